/* Private to socket*.c.
 *
 * socket.c         the server; calls, and telling
 * socket_visitor.c who it is
 * socket_watch.c   whether he still is; what is due by the clock
 * socket_event.c  the events of the contract, and operations as events
 * socket_news.c   what happened elsewhere, for those whom it concerns
 * socket_presence.c who is here
 * socket_typing.c  who types
 * socket_bus.c     the other nodes
 * socket_room.c    who may join which room
 * socket_table.c  settings and the types of what events carry */
#ifndef API_SOCKET_PART_H
#define API_SOCKET_PART_H

#include "api/socket.h"
#include "bus/presence.h"
#include "realtime/sio.h"

#include <pthread.h>
#include <stdatomic.h>

/* What is known of a connection from its request. */
struct arrival {
	const char *token; /* of Socket.IO's alone: the others show it themselves */
	const char *ip, *user_agent; /* all "" when there is none */
	int64_t at;
};

enum { TYPING_MAX = 4 };
struct typing {
	char room[SIO_ROOM_MAX]; /* "": none */
	int64_t until; /* monotonic */
};

/* Who a socket is; goes with it. */
struct visitor {
	const char *user_id, *username, *session_id, *role; /* in `texts`; user_id is "" of who is nobody */
	struct acquaintance known; /* what his token said; it is not kept itself */
	atomic_llong asked_until; /* time_nanos() up to which its events are paid for */
	const struct space *space;
	struct typing *typing; /* TYPING_MAX, socket_typing.c's; NULL: has typed nothing yet */
	char texts[];
};

/* A namespace. */
struct space {
	const char *name;
	enum perm need;
	bool people;
	void (*on_event)(void *arg, struct sio_socket *k, const struct sio_event *e);
};
enum { SPACES = 2, SPACE_ADMIN = 1 };
extern const struct space spaces[SPACES];

/* How somebody wants to be connected: {"token":...,"recovery":true,"after":"..."}. */
struct wishes {
	const char *token; /* NULL: none */
	bool recovers;
	const char *after;
	const struct space *space;
};

/* A call that a socket made, in an arena of its own. */
struct asked {
	struct call *call;
	struct sio_socket *socket; /* held */
	const char *event;
	const char *json; /* its input */
	bool lax; /* fields that the operation has not are passed over */
	int64_t ack;
	const struct view *view;
	struct wishes wishes; /* of who connects */
	void (*then)(struct asked *a);
};

extern struct sockets {
	int64_t max_payload;
	const char *origins;
	bool https; /* as the public URL has it */
	const struct op *check; /* that says who somebody is */
	struct presence *presence; /* of all nodes */
	struct sio *sio;
	struct sio_nsp *main, *spaces[SPACES]; /* main: the first of them */
	struct http_server *_Atomic server; /* NULL until it has started */
	int64_t opened_at; /* monotonic */
	atomic_llong messages, errors, refused, peak, came, went;
} sockets;

const struct realtime_conf *sockets_conf(void); /* as it is now */

/* From where a request came; in the arena. */
const struct arrival *socket_arrival(struct arena *a, const struct http_req *r);
/* The token that it shows, by its header or as a cookie, of a page that may connect; "": none. */
const char *socket_token(const struct http_req *r);
/* A token without the word Bearer before it. */
const char *token_alone(const char *shown);
void socket_set_origin(struct cx *cx, const struct arrival *from); /* copied */

/* In the name of whom the socket was let in as; by nobody while it was not: then its credentials are still to be set. */
struct asked *asked_new(struct sio_socket *k, const struct op *op);
/* Runs the call; `then` is called when its result stands, on whatever thread, and everything goes with it. */
void asked_run(struct asked *a);

/* The room of a person's own devices. */
void socket_user_room(char out[static SIO_ROOM_MAX], const char *user_id);
/* Emits an event whose one argument is a struct, its names in camelCase. */
void socket_tell(struct sio_socket *k, const char *event, const struct type *t, const void *object);
void socket_tell_room(
	const char *room, const struct sio_socket *but, const char *event, const struct type *t, const void *object);
/* The same to everybody who is listening just now. */
void socket_tell_all(const char *event, const struct type *t, const void *object);
/* The same on this node alone: of what the others learn by themselves. */
void socket_tell_here(const char *room, const char *event, const struct type *t, const void *object);
void socket_error(struct sio_socket *k, const char *event, const char *message);

bool sockets_are_open(void);
void sockets_wake(void); /* the sockets' own thread looks soon */

/* Whether somebody of that role may join, as `realtime.rooms` says. */
bool room_allows(const char *rules, const char *room, const char *role);
/* Whether it is one that nobody may name: user:, role:, sys:. */
bool room_is_ours(const char *room);
/* Why he may not join it; NULL: he may. */
const char *room_refuses(const struct visitor *v, const char *room);

/* --- typing -------------------------------------------------------------------------------------------------------- */

void typing_told(struct sio_socket *k, const char *room, bool types);
/* Those whose time is over (all, with INT64_MAX) have stopped. */
void typing_expire(struct sio_socket *k, int64_t now);

/* --- visitors ------------------------------------------------------------------------------------------------------ */

void visitor_comes(void *arg, struct sio_socket *k, const char *auth);
void visitor_leaves(void *arg, struct sio_socket *k, const char *why);
void visitor_forget(void *user);
/* He is asked again who he is; his connection is cut when he may not have it any more. */
void watch_recheck(struct sio_socket *k);
void watch_start(void);
void watch_stop(void);

/* --- presence: from any thread, in no time ------------------------------------------------------------------------- */

void presence_came(const struct visitor *v); /* by one more socket */
void presence_went(const struct visitor *v);
void presence_says(const struct visitor *v, bool online); /* whether he wants to be seen */
/* True of who is here, or was so shortly that he may ask for what he missed. */
bool presence_knows(const char *user_id);
bool presence_any(void);
const char **presence_all(struct arena *a, size_t *n);
void presence_tick(void); /* on the sockets' thread; may wait for Redis */
void presence_end(void); /* when that thread has ended */
void socket_on_event(void *arg, struct sio_socket *k, const struct sio_event *e);
/* Operations alone, without the events of the contract. */
void socket_on_operation(void *arg, struct sio_socket *k, const struct sio_event *e);

/* --- what events carry --------------------------------------------------------------------------------------------- */

struct told_status {
	const char *user_id, *username, *status;
	int64_t timestamp;
};
struct told_typing {
	const char *user_id, *username, *chat_id; /* chat_id NULL: to a person */
	bool is_typing;
	int64_t timestamp;
};
struct told_room {
	const char *user_id, *username, *room_id, *room_type;
	int64_t timestamp;
};
struct told_beat {
	int64_t timestamp, server_time;
};
struct told_error {
	const char *event, *message;
};
struct told_follow {
	const char *follower_id, *follower_username, *following_id;
	int64_t timestamp;
};
struct told_profile {
	const char *user_id;
	struct json updates;
	int64_t timestamp;
};
struct told_read {
	const char *notification_id; /* NULL: all */
	int64_t timestamp;
};
struct want_read {
	const char *notification_id;
};
struct want_follow {
	const char *following_id;
};
struct user_named {
	const char *id;
};
struct want_typing {
	const char *chat_id, *user_id;
};
struct want_room {
	const char *room_id, *room_type;
};
extern const struct type told_status_type, told_typing_type, told_room_type, told_beat_type, told_error_type,
	told_follow_type, told_profile_type, want_typing_type, want_room_type, want_follow_type, user_named_type,
	told_read_type, want_read_type;

#endif
