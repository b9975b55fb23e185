/* Numbers of the engine's own parts for /metrics. */
#ifndef MAIN_NUMBERS_H
#define MAIN_NUMBERS_H

#include "api/op.h"

struct http_server;
struct hub;
struct shared_cache;
struct shared_rate;

extern const struct metric numbers[];
/* Whose connections are counted; NULL at the end. */
void numbers_watch(struct http_server *s);

/* What nodes share; NULL at the end. */
struct shared_numbers {
	struct hub *hub;
	struct shared_cache *cache;
	struct shared_rate *rate; /* NULL: limits are off */
};
void numbers_watch_shared(const struct shared_numbers *s);

#endif
