/* What happened in the program, for the sockets of those whom it concerns. */
#ifndef API_SOCKET_NEWS_H
#define API_SOCKET_NEWS_H

#include "api/call.h"

/* An event of this node after its commit, or another's as it becomes known. From any thread, in no time. */
void sockets_published(const struct emitted *e);
/* Somebody came or went: his followers are told, as far as he lets them know. */
void news_status(const char *user_id, const char *username, const char *status);

#endif
