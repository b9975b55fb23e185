/* What a call needs from its surroundings: one `struct cx` per request, job or command, never shared by two threads.
 * Services take it first, read who is calling and what time it is, allocate from its arena, and report failure to it. */
#ifndef BASE_CX_H
#define BASE_CX_H

#include "base/arena.h"
#include "base/err.h"
#include "base/type.h"

struct db;
struct event;
struct conf;

enum perm {
#define PERM_ROW(name, wire, doc) PERM_##name,
#include "base/perms.def"
#undef PERM_ROW
	PERM_COUNT
};
#define PERM_BIT(p) ((p) == PERM_NONE ? UINT64_C(0) : UINT64_C(1) << (unsigned)(p))
#define PERM_ALL ((~UINT64_C(0) >> (64 - PERM_COUNT)) & ~UINT64_C(1)) /* every permission there is; bit 0 is none */
struct perm_info {
	const char *name, *doc;
};
const struct perm_info *perm_info(enum perm p);

enum actor_kind {
	ACTOR_ANYONE, /* nobody said who they are */
	ACTOR_USER, /* a person with a live session */
	ACTOR_SERVICE, /* another program, by client credentials */
	ACTOR_LOCAL, /* the command line on this host, or the program itself */
};
struct actor {
	enum actor_kind kind;
	const char *id; /* user id or client id; "" when there is none */
	const char *session_id; /* "" when there is none */
	const char *role; /* from live state, never from a claim */
	uint64_t perms; /* PERM_BIT()s */
	int64_t version; /* credential_version that the session was made with */
	const void *self; /* the caller's own struct user, as identity was found; NULL when unknown */
	int64_t counter; /* claim `rc`: refresh counter that the access token was minted with */
};
/* Who showed an access token that was found good, on a connection that goes on: what it said of him. */
struct acquaintance {
	const char *user_id, *session_id;
	int64_t counter; /* claim `rc` */
	int64_t until; /* ms since 1970: when the token ends */
};
static inline bool may(const struct actor *who, enum perm p)
{
	return p == PERM_NONE || (who->perms & PERM_BIT(p));
}

/* Where a call comes from; texts are "" when unknown. */
struct origin {
	const char *ip, *user_agent, *correlation_id, *traceparent;
	const char *
		ip_block; /* what counts as one client: an IPv4 address, or the /64 of an IPv6 one (a household has all) */
	bool loopback; /* from this host, and no proxy in between says it is somebody else */
	bool secure; /* came over TLS, here or at a trusted proxy */
	bool replayed; /* answered from the idempotency record */
	bool cookies; /* tokens are wanted as cookies */
	bool by_cookie; /* a cookie says who calls, or holds what the call is about */
	const char *csrf; /* shown beside it: proves that a page of ours sent it */
};

/* What is wrong with one field; a refused input lists all of them at once. */
struct field_error {
	struct field_error *next;
	const char *path, *why, *code; /* code: "invalid", "required", "unknown_field" */
};

/* One of several operations that are called together: what to call, and what came of it. */
struct sub_call {
	const char *op, *json; /* name of the operation, its input as a JSON object */
	err_t result;
	int status; /* as HTTP tells it */
	const char *subject_id; /* what it concerned; NULL or "" when unknown */
	const char *message; /* of a failure, for the client */
	struct field_error *fields;
};

/* A file that came with a request. */
struct attachment {
	const uint8_t *bytes; /* lent until the request's arena is freed */
	size_t n;
	void *made; /* what the operation's file() made of it; NULL: not yet */
};

/* A cookie that goes with the answer. */
struct set_cookie {
	const char *name; /* "access": the door puts what its names begin with before it */
	const char *value; /* "": to be forgotten */
	int64_t seconds; /* that it lives */
	bool strict; /* not sent when a page elsewhere leads here */
	bool for_scripts; /* pages may read it */
	struct set_cookie *next;
};

struct cx {
	struct arena *mem; /* whatever the call returns lives here */
	struct db *db; /* a connection; inside a transaction when the operation writes */
	struct actor who;
	struct origin from;
	int64_t now; /* ms since 1970, the same for the whole call */
	const struct conf *conf; /* the settings as they stood when the call began */
	struct attachment *file; /* NULL: none came, or the operation takes none */
	bool in_tx; /* inside the transaction of a write: memory may be older than what the transaction sees */
	bool aside; /* db is a replica: what it says may be older than memory knows, and must not be kept there */
	bool on_loop; /* on an event loop: memory only, else answer ERR_NOT_HERE */
	bool refused; /* REFUSE(): the answer is an error and what was written stays */
	/* Set by the gate; writes an event into the outbox of the running transaction. */
	err_t (*emit)(struct cx *cx, const struct event *ev, const char *subject_id, const void *payload);
	/* Set by the gate; runs each as if the same caller had called it alone, one failing without the others. `dry`: all is
	 * done but kept. Not from inside a transaction, nor on a loop. */
	err_t (*run_many)(struct cx *cx, struct sub_call *subs, size_t n, bool dry);
	struct {
		err_t code;
		const char *detail, *file; /* for the log, never for the client */
		int line;
		const char *message; /* a sentence for the client in place of the error's own, or NULL */
		struct field_error *fields;
		int64_t retry_after; /* seconds, 0: none */
		const struct type *more_type; /* of `more`, whose fields are told beside the error's own; NULL: none */
		const void *more;
	} fail;
	struct {
		const char *subject_type, *subject_id;
		const struct type *type; /* of both values below */
		const void *before, *after;
	} audit; /* what an audited operation did; filled by the service, written by the gate */
	struct {
		const char *name; /* NULL: the answer is no file */
		int fd; /* goes with `mem` */
	} out_file; /* of an operation that says so: its answer, to be saved under this name */
	struct {
		int64_t limit, remaining, reset; /* requests at once: at most, now; seconds until all are there again */
	} rate; /* what this caller may still do, told with every answer; limit 0: nothing is counted */
	struct set_cookie *cookies; /* see cx_cookie() */
	int status; /* HTTP status of a success in place of the operation's own, 0: none (health says 503) */
	const char *message; /* sentence of a success in place of the operation's own, or NULL */
	int64_t not_before; /* monotonic ms before which the answer is held back (failed log-ins), 0: none */
};

/* An event: something that happened. The row is data; `payload` describes the struct given to emit(). */
struct event {
	const char *name; /* "user.created" */
	const char *subject_type; /* "user" */
	const struct type *payload;
	const char *doc;
	bool ids_alone; /* ids and times are all it holds, and no address is kept with it: nothing to forget of anybody */
	bool harmless; /* nobody is another by it, or may more or less, and no session ended */
};
/* EVENT("user.created", "user", &user_type, "An account was made") */
#define EVENT(name_, subject_type_, payload_, ...) \
	{ \
		.name = (name_), .subject_type = (subject_type_), .payload = (payload_), .doc = __VA_ARGS__ \
	}

/* Announces that something happened to the subject. Written with the transaction, sent after its commit. */
err_t emit(struct cx *cx, const struct event *ev, const char *subject_id, const void *payload) CHECKED;

/* Notes why a call failed (for the log, never for the client) and returns the code. FAIL rolls back; REFUSE answers the
 * error too, but commits what was written: an attempt counted, a spent code, a session ended because its token was stolen. */
err_t cx_fail(struct cx *cx, err_t code, const char *file, int line, const char *fmt, ...)
	__attribute__((format(printf, 5, 6), nonnull(5)));
err_t cx_refuse(struct cx *cx, err_t code, const char *file, int line, const char *fmt, ...)
	__attribute__((format(printf, 5, 6), nonnull(5)));
#define FAIL(cx, code, ...) cx_fail((cx), (code), __FILE__, __LINE__, __VA_ARGS__)
#define REFUSE(cx, code, ...) cx_refuse((cx), (code), __FILE__, __LINE__, __VA_ARGS__)

/* Notes what is wrong with a field of the input ("why" is a sentence for a person) and returns ERR_INVALID. Call it for
 * each wrong field, then return the code once: the client gets them all together. */
err_t cx_field(struct cx *cx, const char *path, const char *fmt, ...) __attribute__((format(printf, 3, 4)));
err_t cx_field_code(struct cx *cx, const char *path, const char *code, const char *fmt, ...)
	__attribute__((format(printf, 4, 5)));

/* ERR_TOO_LARGE, with words for the client, when the call's arena has given more than it may. */
err_t cx_memory(struct cx *cx) CHECKED;

/* Forgets a noted failure: for a caller that handles the error of a call it made. */
void cx_forgive(struct cx *cx);

/* Has the answer set a cookie, in place of one of the same name that was to be set before. Doors without cookies ignore it. */
void cx_cookie(struct cx *cx, const struct set_cookie *c);

/* A new identifier: a UUIDv7 (RFC 9562 section 5.7) in lower-case text, ordered by time. */
const char *id_new(struct cx *cx);

#endif
