/* What happened, told to the sockets whom it concerns, whichever door it came by. */
#ifndef API_SOCKET_NEWS_H
#define API_SOCKET_NEWS_H

#include "api/call.h"

/* After the commit of a change on this node. From any thread, in no time. */
void sockets_published(const struct emitted *e);

#endif
