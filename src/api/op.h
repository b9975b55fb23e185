/* Operations: what a feature can do, as a table that every door reads (REST, command line, OpenAPI; GraphQL, sockets and
 * the broker likewise). op_run() and the staged call below it are the only way in: identity, permission, ownership,
 * validation, limits, transaction, events and audit happen there, once, for every door. */
#ifndef API_OP_H
#define API_OP_H

#include "base/conf.h"
#include "base/cx.h"
#include "base/page.h"

struct http_req;
struct shape;

/* The service functions of one operation, tied to its types. Only run() must be there.
 *   prepare  before the transaction, on a worker or (OP_HASH) the hash pool: hashing, decoding, making keys; may read
 *   run      inside the transaction (writes) or on a reader (reads); may be called again after a collision
 *   finish   after the commit, on a worker: signing, encoding
 * `work` is a zeroed struct that the three share; run() finds it as prepare() left it, at every attempt. */
struct op_call {
	const char *name; /* "user_create": operationId, CLI `roster user create`, GraphQL userCreate */
	const struct type *in, *out;
	size_t work;
	err_t (*prepare)(struct cx *cx, const void *in, void *work);
	err_t (*run)(struct cx *cx, const void *in, void *work, void *out);
	err_t (*finish)(struct cx *cx, const void *in, void *work, void *out);
};

enum {
	OP_WRITE = 1u << 0, /* runs in a transaction; audited unless OP_NO_AUDIT */
	OP_FAST = 1u << 1, /* a read that memory may answer: tried on the loop, ERR_NOT_HERE sends it to a worker */
	OP_HASH = 1u << 2, /* prepare() computes a password hash: runs on the hash pool */
	OP_ANYONE = 1u << 3, /* no identity needed; one that is given must still be good */
	OP_SERVICE = 1u << 4, /* service credentials may call it (with `need`, when set) */
	OP_NO_AUDIT = 1u << 5,
	OP_AUDIT_READ = 1u << 6, /* a read that is audited all the same */
	OP_ONE = 1u << 7, /* READ COMMITTED will do: a single statement, or one whose rules stand in unique keys */
	OP_BARE = 1u << 8, /* a standard's own answer: no envelope, errors in OAuth form */
	OP_LOCAL = 1u << 9, /* command line on this host alone */
	OP_IGNORE_UNKNOWN = 1u << 10, /* a standard says that unknown fields are ignored (OAuth) */
	OP_HIDDEN = 1u << 11, /* not in OpenAPI, not on the command line (pages) */
	OP_NO_CLI = 1u << 12,
	OP_STALE_OK = 1u << 13, /* also for a session that ended or an account that is not active (log out) */
	OP_NO_STORE = 1u << 14, /* answer holds tokens: Cache-Control: no-store, never compressed */
	OP_NO_DB = 1u << 16, /* answers also while the database does not: cx->db may be NULL */
	OP_LIGHT = 1u << 18, /* prepare() touches memory only: it runs where the gate ran */
	OP_LOOPBACK = 1u << 17, /* callers on this host need no `need` */
	OP_UNTIL_SETUP = 1u << 15, /* served also before the first administrator exists on a public address */
	OP_NO_IDEMPOTENCY = 1u << 19, /* a key that comes with it means nothing: log-in, tokens, codes good once */
	OP_COOKIES = 1u << 21, /* gives or takes tokens, which browsers may have as cookies */
	OP_AUDIT_NAMED =
		1u << 22, /* a write that is audited only when the service names what it concerned (cx->audit) */
	OP_REPLICA = 1u << 23, /* a large read: a replica of the database may answer it */
	OP_PUBLIC = 1u << 20, /* the same for all: credentials are not looked at, an expired cookie breaks nothing */
};

enum rate { RATE_READ, RATE_WRITE, RATE_AUTH, RATE_NONE };

struct op {
	const struct op_call *call;
	/* "METHOD /path", several with ", ": below /api/v1, and at the root. {name} binds the field of that name. */
	const char *rest, *root;
	const char *doc; /* one sentence: OpenAPI summary, --help */
	const char *message; /* the envelope's sentence for a success */
	int status; /* of a success; 200 when 0 */
	int status_also; /* another one, that the service sets in cx->status; 0: none */
	enum perm need;
	const char *own; /* field of the input that names the user it concerns: its owner needs no `need` */
	unsigned flags;
	enum rate rate;
	const char
		*reads; /* name of the operation that reads the same thing: its ETag is what If-Match is held against */
	const char *tag; /* group in OpenAPI; the feature's name when NULL */
	const char *answer_file; /* content type, when a success is the file in cx->out_file */
	const struct shape *
		shape; /* whose form its failures have at its own address; NULL: the envelope, or OAuth's with OP_BARE */
	/* What is made of a file that comes with the request (cx->file), on a worker, before prepare(): decoding that takes
	 * time. Operations that have it take one: in a multipart body, or, when `file_body`, as an image that is the body. */
	err_t (*file)(struct cx *cx);
	bool file_body;
	/* Its body may be this many bytes and is spooled to disk (http_req.files): an upload. NULL: a body like any other. */
	int64_t (*body_max)(void);
	/* Content types, for documents: of an upload's body, or of a raw answer. "text/csv, application/json"; text when NULL. */
	const char *types;
	/* Once the input is bound, where the gate runs: for an operation whose input says what kind of call it is. Sets or takes
	 * OP_FAST and OP_HASH; `work` is kept for what comes after. */
	err_t (*plan)(struct cx *cx, const void *in, void *work, unsigned *flags);
	/* An odd route: fills the HTTP answer by itself (page, redirect, file). `call` then has only name and types. */
	err_t (*raw)(struct cx *cx, struct http_req *r);
};

/* An older shape's row: the same operation under another path, other names and another form of answer. */
struct shape_row {
	const struct shape *shape;
	const char *route; /* "POST /api/auth/register" */
	const char *op; /* name of the operation */
	int status; /* of a success; the operation's when 0 */
	const char *message; /* NULL: none */
	const char *in; /* "emailOrUsername=identifier, firstName=first_name": names that differ */
	const char *
		out; /* the answer: "message, user{id, photo_url=avatar_url}, tokens=.{accessToken=access_token}"; "*": all */
	const char *errors; /* "unauthenticated=403:Not authenticated, bad_credentials=400:Invalid credentials" */
	const char *fixed; /* "grant_type=password": fields that the older clients do not send */
	bool ignore_unknown; /* its clients send fields that the operation has not */
};

enum job_how {
	JOB_READ, /* reads the database, or works in this node's memory and folder */
	JOB_WRITE, /* in a transaction; of many nodes one at a time */
	JOB_EACH, /* in a transaction, and each node for itself: it writes down what is in its memory */
};
struct feature_job {
	const char *name;
	int64_t every_ms;
	err_t (*run)(struct cx *cx);
	enum job_how how;
};

/* A number for /metrics: read when asked for. */
struct metric {
	/* "roster_token_cache_hits_total"; with labels, "roster_rate_limited_total{class=\"auth\"}", in rows that follow one
	 * another. */
	const char *name, *help;
	bool counter; /* else a gauge */
	int64_t (*read)(void);
};

/* A file of the archive that holds a person's data: rows of one type, read a batch at a time. */
struct personal_part {
	const char *file, *doc; /* "sessions.json" */
	const struct type *type;
	/* The rows behind the place `after` (NULL: the first ones); *next is the place of the last one when more may follow,
	 * at most 127 bytes, else NULL. */
	err_t (*read)(struct cx *cx, const char *user_id, const char *after, struct list *out, const char **next);
};

struct queue_row;
struct graph_field;
struct graph_type;
struct graph_edge;
struct feature {
	const char *name;
	const char *doc; /* what it is for: of its group in OpenAPI */
	const struct op *ops; /* ends with .call == NULL */
	const struct shape_row *shapes; /* ends with .route == NULL; may be NULL */
	const struct event *const *events; /* ends with NULL; may be NULL */
	const struct feature_job *jobs; /* ends with .name == NULL; may be NULL */
	const struct queue_row *queues; /* see amqp.h; ends with .name == NULL; may be NULL */
	const struct conf_group *conf; /* may be NULL */
	/* See graph.h; each ends with a row that has nothing, and may be NULL. */
	const struct graph_field *graph;
	const struct graph_type *graph_types;
	const struct graph_edge *graph_edges;
	const struct metric *metrics; /* ends with .name == NULL; may be NULL */
	/* Removes, inside the transaction, all that the feature holds of a person who is erased for good; may be NULL. The
	 * features are asked from the end of features_all to its beginning: what stands upon an account goes before it. */
	err_t (*erase)(struct cx *cx, const char *user_id);
	const struct personal_part
		*parts; /* of what a person is given of himself; ends with .file == NULL; may be NULL */
};

/* Ties the functions to their types; a wrong type does not compile.
 * OP_BIND(fn, In, Out):             err_t fn(struct cx *, const struct In *, struct Out *)
 * OP_BIND_WORK(fn, In, Work, Out):  err_t fn_prepare(struct cx *, const struct In *, struct Work *)
 *                                   err_t fn(struct cx *, const struct In *, struct Work *, struct Out *)
 *                                   err_t fn_finish(struct cx *, const struct In *, struct Work *, struct Out *)
 * OP_BIND_WORK_GIVING:              the same, with the answer under another table than the struct's own */
#define OP_BIND(fn, In, Out) OP_RUN_(fn, In, Out, In##_type, Out##_type)
#define OP_RUN_(fn, In, Out, in_table, out_table) \
	static err_t fn##_run_(struct cx *cx, const void *in, void *work, void *out) \
	{ \
		const struct In *i_ = in; \
		struct Out *o_ = out; \
		(void)work; \
		return fn(cx, i_, o_); \
	} \
	static const struct op_call fn##_call = { \
		.name = #fn, .in = &(in_table), .out = &(out_table), .run = fn##_run_ \
	}
#define OP_BIND_WORK(fn, In, Work, Out) \
	OP_STAGES_(#fn, fn##_call, fn##_prepare_, fn##_run_, fn##_finish_, fn##_prepare, fn, fn##_finish, In, Work, \
		Out, Out##_type)
#define OP_BIND_WORK_GIVING(fn, In, Work, Out, table) \
	OP_STAGES_(#fn, fn##_call, fn##_prepare_, fn##_run_, fn##_finish_, fn##_prepare, fn, fn##_finish, In, Work, \
		Out, table)
#define OP_STAGES_(name_, call_, prepare_, run_, finish_, do_prepare_, do_run_, do_finish_, In, Work, Out, table) \
	static err_t prepare_(struct cx *cx, const void *in, void *work) \
	{ \
		const struct In *i_ = in; \
		struct Work *w_ = work; \
		return do_prepare_(cx, i_, w_); \
	} \
	static err_t run_(struct cx *cx, const void *in, void *work, void *out) \
	{ \
		const struct In *i_ = in; \
		struct Work *w_ = work; \
		struct Out *o_ = out; \
		return do_run_(cx, i_, w_, o_); \
	} \
	static err_t finish_(struct cx *cx, const void *in, void *work, void *out) \
	{ \
		const struct In *i_ = in; \
		struct Work *w_ = work; \
		struct Out *o_ = out; \
		return do_finish_(cx, i_, w_, o_); \
	} \
	static const struct op_call call_ = { .name = name_, \
		.in = &In##_type, \
		.out = &(table), \
		.work = sizeof(struct Work), \
		.prepare = prepare_, \
		.run = run_, \
		.finish = finish_ }
#define OP(fn) .call = &fn##_call
/* The same as OP_BIND, for an operation that gives, or takes, its struct under another table than the struct's own. */
#define OP_BIND_GIVING(fn, In, Out, table) OP_RUN_(fn, In, Out, In##_type, table)
#define OP_BIND_AS(fn, In, table, Out) OP_RUN_(fn, In, Out, table, Out##_type)
/* A raw route: a name and the types of what it takes, for documents. */
#define OP_BIND_RAW(fn, In, Out) \
	static const struct op_call fn##_call = { .name = #fn, .in = &In##_type, .out = &Out##_type }

/* The same for one whose answer the door makes of what its plan() left. */
#define OP_BIND_PLANNED(fn, In, Work, Out) \
	static const struct op_call fn##_call = { \
		.name = #fn, .in = &In##_type, .out = &Out##_type, .work = sizeof(struct Work) \
	}

/* An operation gives a list when its out type has exactly the fields `items` (FIELD_LIST) and `page` (FIELD_OBJECT of
 * page): the door puts `items` into data and the other into meta. */
bool op_is_list(const struct op *op);

/* NULL: there is none of that name. */
const struct event *event_find(const char *name);

/* True when it takes and gives JSON, and is no standard's own: what GraphQL and sockets can call as well. */
bool op_speaks_json(const struct op *op);

/* True when every field of the out type may be left out: then an answer that has none of them is null. */
bool op_may_be_nothing(const struct op *op);

/* All operations of all features; found by name ("user_create"). */
struct registry {
	const struct feature *const *features; /* ends with NULL */
};
extern const struct feature *const features_all[];
const struct op *op_find(const char *name, const struct feature **feature);

#endif
