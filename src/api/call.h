/* One call of an operation, whatever door it came by, and the engine that carries it through its stages:
 *
 *	gate      identity, permission, input, ownership, limits, key     loop when memory suffices, else worker
 *	prepare   hashing and the like                                   hash pool (OP_HASH) or worker
 *	run       the service function; writes inside a transaction      store's writer, or worker
 *	finish    signing                                                worker
 *	answer    the door encodes                                       where the last stage ran
 *
 * Each stage is plain blocking C; only the engine knows that they may run on different threads. */
#ifndef API_CALL_H
#define API_CALL_H

#include "api/op.h"
#include "db/db.h"
#include "net/pool.h"

/* What the caller showed; all NULL when nothing. */
struct credentials {
	const struct acquaintance *known; /* of a connection that goes on, in place of all below; NULL: none */
	const char *bearer; /* Authorization: Bearer */
	const char *cookie; /* access token in the session cookie */
	const char *csrf; /* X-CSRF-Token */
	const char *basic_id, *basic_secret; /* Authorization: Basic, decoded */
	bool safe; /* it writes nothing: a cookie needs no CSRF token */
	bool local; /* came over the control socket from the same user or root */
};

/* An event of the running transaction, kept to be published in memory once it is committed. Of another node's event the
 * first line alone is known. */
struct emitted {
	const char *type, *subject_type, *subject_id;
	struct emitted *next;
	const struct event *event;
	const void *payload; /* lives as long as the call */
	const char *data; /* of another node's event: its payload as JSON */
	uint64_t ticket; /* of the memory that holds the subject, as it was inside the transaction */
};

/* Under which a request may be repeated; all NULL: under none. */
struct request_keys {
	const char *key, *request_id; /* Idempotency-Key, X-Request-ID */
	const char *method, *path;
};

struct call {
	struct cx cx; /* first: the engine finds the call from it */
	const struct op *op;
	unsigned flags; /* the operation's, as its plan() left them */
	struct credentials creds;
	void *in, *work, *out;
	err_t result; /* stands when answer() is called */
	const char *if_match; /* NULL: none */
	struct request_keys keys;

	/* The door's. bind() fills `in` from the request, with all field errors at once; answer() encodes the outcome and
	 * must not touch the call afterwards. */
	err_t (*bind)(struct call *call);
	void (*answer)(struct call *call);
	void *door;

	/* The engine's. */
	struct job job;
	struct tx tx;
	struct arena_mark mark;
	void *work_prepared;
	struct emitted *emitted;
	void *together; /* those that it runs beside: call_together.c */
	bool dry; /* all is done, nothing is kept */
	bool paid; /* one read was counted already: of this call, or of the first in it that reads */
	struct idempotent *once; /* the hooks' own: a request with a key; NULL: none */
	err_t refusal; /* that is being kept under that key */
	bool kept; /* it was */
	bool entered; /* the gate let it in */
	bool loop_tried;
	uint64_t start_ns, run_ns; /* for metrics */
};

/* Hooks that features fill; main wires them. The engine itself knows no feature. */
struct gate_hooks {
	/* Fills cx->who. ERR_NOT_HERE on a loop when memory cannot tell. Nothing shown: ERR_OK and ACTOR_ANYONE. */
	err_t (*identify)(struct cx *cx, const struct credentials *creds, bool stale_ok);
	/* Off a loop, before several calls (at most JOBS_TOGETHER) ask identify(): what can be read at once for all of them is
	 * put into memory. It promises nothing, and what fails in it fails nobody. */
	void (*foresee)(struct cx *cx, size_t n, const struct credentials *const *shown);
	/* Inside the transaction: is the identity still what it was? */
	err_t (*recheck)(struct cx *cx);
	/* Before the work: may this caller go on? Counts the attempt, also one that the gate is about to refuse. */
	err_t (*limit)(struct cx *cx, const struct op *op);
	/* Idempotency. once() asks memory, and claims the key in `*once`; replay() asks the database, before prepare() and
	 * again inside the transaction. Both set cx->from.replayed when `out`, or the error that they return, is from the
	 * record of an earlier request. keep() records inside the transaction, keep_failure() in one of its own. done() is
	 * called once for each claim, last; `kept`: what was recorded or replayed was committed. */
	err_t (*once)(struct call *c, struct idempotent **once);
	err_t (*replay)(struct cx *cx, struct idempotent *once, void *out);
	err_t (*keep)(struct cx *cx, struct idempotent *once, const void *out);
	err_t (*keep_failure)(struct cx *cx, struct idempotent *once, err_t code);
	void (*done)(struct idempotent *once, bool kept);
	/* After the commit, before the answer: memory that holds what changed is told. ticket() is asked inside the
	 * transaction, for memory that may keep the new state instead of forgetting the old. */
	void (*published)(const struct emitted *e);
	uint64_t (*ticket)(const char *subject_type, const char *subject_id);
	/* Memory may have missed a change: it drops all it holds. */
	void (*forget)(void);
	/* Events got their numbers: other nodes are told to look. NULL: the database tells them, if it can. */
	void (*sealed)(void);
	/* Is there an administrator yet? While not, on a public address, only OP_UNTIL_SETUP operations are served. */
	bool (*open)(void);
};

struct engine {
	struct store *store;
	struct pool *workers, *hashers;
	int64_t wait_max; /* ms: a call that has waited longer for its first worker, or its hash, is refused; 0: none is */
	struct gate_hooks hooks;
	const char *node; /* this process among many; in events */
};
/* Call once at start, before the first call. */
void engine_init(const struct engine *e);
const struct engine *engine(void);

/* The correlation id that the other side gave (NULL or "" for none), when it is short and plain: anything else could forge log
 * lines elsewhere, and is replaced by a new one. */
const char *call_correlation(struct arena *a, const char *given);
/* Prepares a call in an arena: cx, time, settings, zeroed input. */
struct call *call_new(struct arena *mem, const struct op *op);

/* For a door, before a body is taken on an event loop: false when the caller, as far as memory can tell, may not call this
 * operation. The gate asks again. */
bool call_welcome(struct call *c);

/* Starts it from an event loop. True: the result stands already, and the caller answers (answer() is not called).
 * False: answer() is or was called on another thread; the caller must not touch the call. */
bool call_start(struct call *c);

/* Carries it through on this thread (not a loop) and returns the result; answer() is not called. */
err_t call_run(struct call *c);

/* The same for one of several operations that a single request asks for: the caller of `outer` is this one's, and all else is
 * asked as if he had called it alone. On a loop reads from memory alone: ERR_NOT_HERE. */
err_t call_within(struct call *c, struct call *outer);

/* Behind the gate, for what goes on after the call: the token that the caller was known by; NULL: by none. A cookie that nothing
 * vouched for spoke for nobody. */
const char *call_token(const struct call *c);

/* For code that has no door: runs an operation as ACTOR_LOCAL with a ready input; `out` lives in mem. */
err_t op_run(struct arena *mem, const struct op *op, const void *in, void **out, struct call **call) CHECKED;

/* The ETag of a value: a hash of what it looks like in JSON, with quotes. */
const char *op_etag(struct arena *a, const struct op *op, const void *out);
/* The same for the object's JSON as it was written. */
const char *etag_of_json(struct arena *a, const struct type *t, const char *json, size_t n);
const char *etag_of(struct arena *a, const void *bytes, size_t n);

#endif
