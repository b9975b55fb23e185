/* Numbers of the engine's own parts for /metrics. */
#ifndef MAIN_NUMBERS_H
#define MAIN_NUMBERS_H

#include "api/op.h"

struct http_server;

extern const struct metric numbers[];
/* Whose connections are counted; NULL at the end. */
void numbers_watch(struct http_server *s);

#endif
