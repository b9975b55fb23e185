/* Private to graph_live*.c.
 *
 * graph_live.c       connections: their protocols, their end
 * graph_live_run.c   documents: run once, or each time that something happens */
#ifndef API_GRAPH_LIVE_PART_H
#define API_GRAPH_LIVE_PART_H

#include "api/graph.h"
#include "api/graph_live.h"
#include "api/graphql.h"
#include "api/socket_part.h"

enum { LIVE_SUBS_MAX = 100, LIVE_TURNS_MAX = 256, LIVE_ID_MAX = 200 };

/* What a client asked for, and is to hear more of. */
struct sub {
	struct sub *next;
	struct arena *mem;
	uint64_t serial; /* a client may give its id again */
	const char *id, *query, *variables, *operation; /* the latter two may be NULL */
	const struct graph_field *news; /* NULL: it is being run for the first time */
	json_t *arguments;
	const char *room; /* that it listens in; NULL: his own alone */
};

/* Something happened that one of them is to hear: they are run one after another, so that a client hears it in order. */
struct turn {
	struct turn *next;
	char *news;
	uint64_t serial; /* of the sub */
};

/* Held by its connection, its socket, and each call. */
struct live {
	atomic_int holders;
	bool stream; /* Server-Sent Events; else a WebSocket */
	uint64_t conn_id;
	struct arena *mem;
	struct arrival arrival;
	char *token; /* NULL: none was shown */
	atomic_ullong last_serial; /* of its subs */
	struct sub *first_sub; /* of a stream: what is asked, until it opens */

	struct live *next, *before; /* of those that have not said yet who they are */
	int64_t opened_at;
	bool listed;

	pthread_mutex_t lock; /* of the next ones */
	bool asked, ready, over; /* who it is was asked; is known; the connection is gone */
	struct sio_socket *socket; /* NULL: nobody, who hears nothing */
	struct sub *subs;
	size_t n_subs, n_turns;
	struct turn *turns, **last_turn;
	bool running;
};

void live_hold(struct live *l);
void live_let_go(struct live *l);
/* Tells the client: {"id":id,"type":type,"payload":payload}, or the same as an event. NULL: without it. */
void live_tell(struct live *l, const char *type, const char *id, const char *payload);
void live_close(struct live *l, int code, const char *why);

struct sub *sub_new(const char *id, const char *query, const char *variables, const char *operation);
void sub_free(struct sub *s);
/* Runs it; takes it over. */
void live_begin(struct live *l, struct sub *s);
void live_end(struct live *l, const char *id);
void live_end_all(struct live *l);
/* An event of its socket. */
void live_hear(struct live *l, const struct sio_event *e);

#endif
