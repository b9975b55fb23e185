/* What nodes share: a Redis when one is set (second cache, limits, bus), else wake-ups of the database. */
#ifndef MAIN_SHARED_H
#define MAIN_SHARED_H

#include "base/err.h"

/* Before the engine, when the features have been opened: they get what is shared, and their first request finds Redis away. */
void shared_open(void);
/* The threads begin. Before the relay. */
void shared_start(void);
/* After the last request and after the relay, before the store is closed. */
void shared_stop(void);

/* Who is online, on all nodes. From shared_start() until shared_stop(). */
struct presence *shared_presence(void);

/* By which sockets of all nodes speak; NULL: there is no Redis. Likewise. */
struct bus *shared_sockets_bus(void);

/* Tells the other nodes that events got their numbers; NULL when the database does so itself. For the engine's hooks. */
void (*shared_sealed(void))(void);

#endif
