/* The gate and the stages behind it, on operations made for the purpose. */
#include "api/call.h"
#include "api/fixture_test.h"
#include "base/str.h"
#include "base/test.h"

#include <pthread.h>
#include <stdatomic.h>
#include <string.h>
#include <unistd.h>

/* --- operations that note what happened to them ------------------------------------------------------------------- */

struct note {
	const char *id, *text;
	int64_t number;
};
TYPE(note, FIELD(note, id, 0, "Whose"), FIELD(note, text, REQUIRED, "A text", .max = 10),
	FIELD(note, number, 0, "A number", .min = 0, .max = 9));
struct work {
	int64_t prepared, ran;
};

static const struct event noted = EVENT("note.made", "note", &note_type, "For tests");

static struct {
	char trace[200]; /* the stages, in order */
	err_t answer; /* what run() answers */
	bool refuse;
	int again; /* how often run() meets a collision first */
	int64_t attempts;
	size_t waste; /* memory that run() takes */
	bool late; /* when it fails, the record of another node's answer is there */
	_Atomic int told; /* published() calls */
	int64_t rows_when_told;
} seen;

static void trace(const char *what)
{
	size_t n = strlen(seen.trace), m = strlen(what);
	CHECK(n + m + 1 < sizeof seen.trace);
	memcpy(seen.trace + n, what, m + 1);
}

static err_t put_row(struct cx *cx, const struct note *in)
{
	TRY(db_exec(cx, "INSERT INTO installation (name, value) VALUES ($1, $2)", BIND(V(in->text), V("x"))));
	cx->audit.subject_type = "note";
	cx->audit.subject_id = in->text;
	cx->audit.type = &note_type;
	cx->audit.after = in;
	return emit(cx, &noted, in->text, in);
}

static err_t make_note_prepare(struct cx *cx, const struct note *in, struct work *work)
{
	(void)cx;
	(void)in;
	trace("prepare ");
	work->prepared = 7;
	return ERR_OK;
}

static err_t make_note(struct cx *cx, const struct note *in, struct work *work, struct note *out)
{
	trace("run ");
	CHECK_INT(work->prepared, 7); /* at every attempt as prepare() left it */
	CHECK_INT(work->ran, 0);
	CHECK(!out->text && !cx->audit.type && !cx->fail.code);
	work->ran = 1;
	work->prepared = 8;
	*out = *in;
	seen.attempts++;
	TRY(put_row(cx, in));
	arena_alloc(cx->mem, seen.waste);
	if (seen.again-- > 0)
		return FAIL(cx, ERR_AGAIN, "a collision");
	if (seen.refuse)
		return REFUSE(cx, seen.answer, "counted");
	return seen.answer ? FAIL(cx, seen.answer, "failed") : ERR_OK;
}

static err_t make_note_finish(struct cx *cx, const struct note *in, struct work *work, struct note *out)
{
	(void)in;
	(void)out;
	int64_t kept = 0; /* the transaction is over: another connection sees what it wrote */
	CHECK_OK(db_int(cx, &kept, "SELECT COUNT(*) FROM installation", NULL));
	CHECK(kept > 0);
	CHECK_INT(work->ran, 1);
	trace("finish ");
	return ERR_OK;
}

static err_t read_note(struct cx *cx, const struct note *in, struct note *out)
{
	trace(cx->on_loop ? "loop " : "worker ");
	if (cx->on_loop)
		return ERR_NOT_HERE;
	*out = *in;
	arena_alloc(cx->mem, seen.waste);
	return seen.answer;
}

OP_BIND_WORK(make_note, note, work, note);
OP_BIND(read_note, note, note);

static const struct op make = { OP(make_note), .flags = OP_WRITE | OP_ANYONE };
static const struct op make_hashed = { OP(make_note), .flags = OP_WRITE | OP_ANYONE | OP_HASH };
static const struct op read_fast = { OP(read_note), .flags = OP_FAST | OP_ANYONE };

/* --- who calls ---------------------------------------------------------------------------------------------------- */

/* The bearer token says it all: "user ann", "admin eve", "service s". */
static err_t identify(struct cx *cx, const struct credentials *c, bool stale_ok)
{
	(void)stale_ok;
	if (!c->bearer)
		return ERR_OK;
	if (str_starts(c->bearer, "slow ") && cx->on_loop)
		return ERR_NOT_HERE;
	const char *name = strchr(c->bearer, ' ');
	if (!name)
		return FAIL(cx, ERR_TOKEN_INVALID, "no name");
	cx->who = (struct actor){ .kind = str_starts(c->bearer, "service") ? ACTOR_SERVICE : ACTOR_USER,
		.id = name + 1,
		.session_id = "",
		.role = "",
		.perms = str_starts(c->bearer, "admin") ? PERM_BIT(PERM_USER_WRITE) : 0 };
	return ERR_OK;
}

static err_t ended_meanwhile(struct cx *cx)
{
	return FAIL(cx, ERR_SESSION_ENDED, "between the gate and the transaction");
}

static err_t every_second(struct cx *cx, const struct op *op)
{
	static int asked;
	CHECK(op);
	CHECK(!cx->fail.code && !cx->fail.fields);
	return asked++ % 2 ? FAIL(cx, ERR_RATE_LIMITED, "the second time") : ERR_OK;
}

static void published(const struct emitted *e)
{
	CHECK_TEXT(e->type, "note.made");
	seen.told++;
	seen.rows_when_told = rig_number("SELECT COUNT(*) FROM installation");
}

static bool not_open(void)
{
	return false;
}

static const struct rig_conf alone = { .hooks = { .identify = identify, .published = published } };

static err_t run_as(const char *bearer, const struct op *op, const char *json)
{
	struct call *c = rig_call(op, json);
	c->creds.bearer = bearer;
	return call_run(c);
}

static int64_t rows(void)
{
	return rig_number("SELECT COUNT(*) FROM installation");
}

/* --- the gate ----------------------------------------------------------------------------------------------------- */

TEST(gate, asks_who_you_are_before_it_looks_at_the_input)
{
	static const struct op guarded = { OP(make_note), .flags = OP_WRITE };
	static const struct op needy = { OP(make_note), .flags = OP_WRITE, .need = PERM_USER_WRITE };
	rig_open(&alone);
	CHECK_ERR(run_as(NULL, &guarded, "nonsense"), ERR_UNAUTHENTICATED);
	CHECK_ERR(run_as("forged", &guarded, "nonsense"), ERR_TOKEN_INVALID);
	CHECK_ERR(run_as("user ann", &needy, "nonsense"), ERR_DENIED);
	CHECK_ERR(run_as("admin eve", &needy, "nonsense"), ERR_MALFORMED);
	CHECK_ERR(run_as("admin eve", &needy, "{}"), ERR_INVALID);
	CHECK_OK(run_as("admin eve", &needy, "{\"text\":\"a\"}"));
	rig_close();
}

TEST(gate, lets_the_owner_do_what_others_need_a_permission_for)
{
	static const struct op owned = { OP(make_note), .flags = OP_WRITE | OP_SERVICE, .need = PERM_USER_WRITE,
		.own = "id" };
	rig_open(&alone);
	CHECK_OK(run_as("user ann", &owned, "{\"id\":\"ann\",\"text\":\"a\"}"));
	CHECK_ERR(run_as("user ann", &owned, "{\"id\":\"bob\",\"text\":\"b\"}"), ERR_DENIED);
	CHECK_ERR(run_as("user ann", &owned, "{\"id\":\"ann \",\"text\":\"c\"}"), ERR_DENIED);
	CHECK_ERR(run_as("user ann", &owned, "{\"text\":\"d\"}"), ERR_DENIED);
	/* What is wrong with the input of another is not told. */
	CHECK_ERR(run_as("user ann", &owned, "{\"id\":\"bob\",\"number\":99}"), ERR_DENIED);
	CHECK_ERR(run_as("service ann", &owned, "{\"id\":\"ann\",\"text\":\"e\"}"), ERR_DENIED);
	CHECK_OK(run_as("admin eve", &owned, "{\"id\":\"bob\",\"text\":\"f\"}"));
	CHECK_INT(rows(), 2);
	rig_close();
}

TEST(gate, knows_each_kind_of_caller)
{
	static const struct op local = { OP(make_note), .flags = OP_WRITE | OP_ANYONE | OP_LOCAL };
	static const struct op people = { OP(make_note), .flags = OP_WRITE };
	static const struct op both = { OP(make_note), .flags = OP_WRITE | OP_SERVICE };
	static const struct op loopback = { OP(read_note), .flags = OP_LOOPBACK, .need = PERM_METRICS };
	rig_open(&alone);
	CHECK_ERR(run_as("user ann", &local, "{\"text\":\"a\"}"), ERR_DENIED);
	CHECK_ERR(run_as("admin eve", &local, "{\"text\":\"a\"}"), ERR_DENIED);
	CHECK_ERR(run_as("service s", &people, "{\"text\":\"b\"}"), ERR_DENIED);
	CHECK_OK(run_as("service s", &both, "{\"text\":\"b\"}"));
	CHECK_ERR(run_as(NULL, &loopback, "{\"text\":\"c\"}"), ERR_UNAUTHENTICATED);
	CHECK_ERR(run_as("user ann", &loopback, "{\"text\":\"c\"}"), ERR_DENIED);
	struct call *c = rig_call(&loopback, "{\"text\":\"c\"}");
	c->cx.from.loopback = true;
	CHECK_OK(call_run(c));
	c = rig_call(&local, "{\"text\":\"d\"}");
	c->creds.local = true;
	CHECK_OK(call_run(c));
	CHECK(c->cx.who.kind == ACTOR_LOCAL);
	rig_close();
}

TEST(gate, advisory_local_operations_are_refused_to_strangers)
{
	static const struct op local = { OP(make_note), .flags = OP_WRITE | OP_ANYONE | OP_LOCAL };
	rig_open(&alone);
	CHECK(run_as(NULL, &local, "{\"text\":\"a\"}") != ERR_OK);
	CHECK_INT(rows(), 0);
	rig_close();
}

TEST(gate, tells_all_field_errors_at_once)
{
	rig_open(&alone);
	struct call *c = rig_call(&make, "{\"number\":10,\"tex\":1,\"id\":5}");
	CHECK_ERR(call_run(c), ERR_INVALID);
	int n = 0;
	for (const struct field_error *f = c->cx.fail.fields; f; f = f->next)
		n++;
	CHECK_INT(n, 4); /* out of range, unknown, of another kind, missing */
	CHECK_TEXT(seen.trace, "");
	rig_close();
}

TEST(gate, serves_nothing_but_the_set_up_before_there_is_an_administrator)
{
	static const struct op early = { OP(make_note), .flags = OP_WRITE | OP_ANYONE | OP_UNTIL_SETUP };
	rig_open(&(struct rig_conf){ .hooks = { .identify = identify, .open = not_open } });
	CHECK_ERR(run_as(NULL, &make, "{\"text\":\"a\"}"), ERR_SETUP_NEEDED);
	CHECK_OK(run_as(NULL, &early, "{\"text\":\"b\"}"));
	struct call *c = rig_call(&make, "{\"text\":\"c\"}");
	c->creds.local = true;
	CHECK_OK(call_run(c));
	rig_close();
}

TEST(gate, asks_limits_after_the_input_and_before_the_work)
{
	rig_open(&(struct rig_conf){ .hooks = { .identify = identify, .limit = every_second } });
	CHECK_OK(run_as(NULL, &make, "{\"text\":\"a\"}"));
	seen.trace[0] = 0;
	CHECK_ERR(run_as(NULL, &make, "{\"text\":\"b\"}"), ERR_RATE_LIMITED);
	CHECK_TEXT(seen.trace, "");
	rig_close();
}

TEST(gate, advisory_what_is_refused_counts_against_the_limits)
{
	static const struct op needy = { OP(make_note), .flags = OP_WRITE, .need = PERM_USER_WRITE };
	rig_open(&(struct rig_conf){ .hooks = { .identify = identify, .limit = every_second } });
	struct call *c = rig_call(&make, "{\"number\":99}");
	CHECK_ERR(call_run(c), ERR_INVALID);
	CHECK(c->cx.fail.fields && c->cx.fail.fields->next); /* told as if no limit had been asked */
	c = rig_call(&make, "{\"number\":99}");
	CHECK_ERR(call_run(c), ERR_RATE_LIMITED);
	CHECK(!c->cx.fail.fields);
	CHECK_ERR(run_as("forged", &needy, "{}"), ERR_TOKEN_INVALID);
	CHECK_ERR(run_as("forged", &needy, "{}"), ERR_RATE_LIMITED);
	CHECK_ERR(run_as("user ann", &needy, "{}"), ERR_DENIED);
	CHECK_ERR(run_as("user ann", &needy, "{}"), ERR_RATE_LIMITED);
	CHECK_INT(rig_number("SELECT COUNT(*) FROM audit"), 1);
	rig_close();
}

TEST(gate, asks_again_inside_the_transaction)
{
	static const struct op stale = { OP(make_note), .flags = OP_WRITE | OP_STALE_OK };
	rig_open(&(struct rig_conf){ .hooks = { .identify = identify, .recheck = ended_meanwhile } });
	CHECK_ERR(run_as("user ann", &make, "{\"text\":\"a\"}"), ERR_SESSION_ENDED);
	CHECK_INT(rows(), 0);
	CHECK_OK(run_as("service s", &make, "{\"text\":\"b\"}"));
	CHECK_OK(run_as("user ann", &stale, "{\"text\":\"c\"}"));
	rig_close();
}

/* --- stages ------------------------------------------------------------------------------------------------------- */

TEST(call, prepares_runs_and_finishes_in_that_order)
{
	rig_open(&alone);
	CHECK_OK(run_as(NULL, &make, "{\"text\":\"a\"}"));
	CHECK_TEXT(seen.trace, "prepare run finish ");
	CHECK_INT(rows(), 1);
	rig_close();
}

TEST(call, what_failed_leaves_nothing_and_tells_nobody)
{
	rig_open(&alone);
	seen.answer = ERR_CONFLICT;
	CHECK_ERR(run_as(NULL, &make, "{\"text\":\"a\"}"), ERR_CONFLICT);
	CHECK_TEXT(seen.trace, "prepare run ");
	CHECK_INT(rows(), 0);
	CHECK_INT(rig_number("SELECT COUNT(*) FROM outbox"), 0);
	CHECK_INT(seen.told, 0);
	rig_close();
}

TEST(call, what_was_refused_stays_written_and_is_told)
{
	rig_open(&alone);
	seen.answer = ERR_BAD_CREDENTIALS;
	seen.refuse = true;
	CHECK_ERR(run_as(NULL, &make, "{\"text\":\"a\"}"), ERR_BAD_CREDENTIALS);
	CHECK_TEXT(seen.trace, "prepare run "); /* nothing is signed for it */
	CHECK_INT(rows(), 1);
	CHECK_INT(rig_number("SELECT COUNT(*) FROM outbox"), 1);
	CHECK_TEXT(rig_text("SELECT outcome FROM audit"), "bad_credentials");
	CHECK_INT(seen.told, 1);
	rig_close();
}

TEST(call, events_are_told_after_the_commit_alone)
{
	rig_open(&alone);
	CHECK_OK(run_as(NULL, &make, "{\"text\":\"a\"}"));
	CHECK_INT(seen.told, 1);
	CHECK_INT(seen.rows_when_told, 1); /* another connection sees it already */
	rig_close();
}

/* What PostgreSQL does after a collision, on SQLite, where there is none: the attempt is rolled back and run again. */
static struct {
	struct call *call;
	struct tx tx;
} repeat;

static enum tx_verdict run_again(struct tx *tx, int attempt)
{
	CHECK(attempt == 0);
	repeat.call->tx.db = tx->db;
	return repeat.call->tx.run(&repeat.call->tx, 1);
}

TEST(call, a_collision_is_run_again_from_fresh_memory)
{
	rig_open(&alone);
	seen.again = 3;
	repeat.call = rig_call(&make, "{\"text\":\"a\"}");
	repeat.tx.run = run_again;
	CHECK_ERR(call_run(repeat.call), ERR_AGAIN);
	size_t used = arena_used(repeat.call->cx.mem);
	for (int i = 0; i < 3; i++) {
		CHECK_OK(store_transact(engine()->store, &repeat.tx));
		CHECK(i == 2 || arena_used(repeat.call->cx.mem) == used);
	}
	CHECK_OK(repeat.call->result);
	CHECK_INT(seen.attempts, 4); /* make_note() has seen that each began as the first */
	CHECK_INT(rows(), 1);
	CHECK_INT(rig_number("SELECT COUNT(*) FROM outbox"), 1);
	CHECK_INT(rig_number("SELECT COUNT(*) FROM audit"), 1);
	CHECK(repeat.call->emitted && !repeat.call->emitted->next); /* told once */
	rig_close();
}

TEST(call, the_audit_row_stands_in_the_transaction_of_the_change)
{
	rig_open(&alone);
	CHECK_OK(run_as("user ann", &make, "{\"text\":\"a\",\"number\":3}"));
	CHECK_TEXT(
		rig_text(
			"SELECT actor_kind || ' ' || actor_id || ' ' || ip || ' ' || operation || ' ' || subject_type || ' ' ||"
			" subject_id || ' ' || outcome || ' ' || correlation_id FROM audit"),
		"user ann 192.0.2.1 make_note note a ok test-1");
	CHECK_TEXT(rig_text("SELECT changes FROM audit"), "{\"before\":{},\"after\":{\"text\":\"a\",\"number\":3}}");
	rig_close();
}

TEST(call, a_change_whose_audit_row_cannot_be_written_is_no_change)
{
	rig_open(&alone);
	rig_change("CREATE TRIGGER no_audit BEFORE INSERT ON audit BEGIN SELECT RAISE(ABORT, 'full'); END");
	CHECK(run_as(NULL, &make, "{\"text\":\"a\"}") != ERR_OK);
	CHECK_INT(rows(), 0);
	CHECK_INT(seen.told, 0);
	seen.refuse = true;
	seen.answer = ERR_BAD_CREDENTIALS;
	CHECK(run_as(NULL, &make, "{\"text\":\"b\"}") != ERR_OK);
	CHECK_INT(rows(), 0);
	rig_close();
}

TEST(call, what_was_denied_or_failed_is_audited_by_itself)
{
	static const struct op needy = { OP(make_note), .flags = OP_WRITE, .need = PERM_USER_WRITE };
	static const struct op silent = { OP(make_note), .flags = OP_WRITE | OP_NO_AUDIT, .need = PERM_USER_WRITE };
	rig_open(&alone);
	CHECK_ERR(run_as("user ann", &needy, "{\"text\":\"a\"}"), ERR_DENIED);
	CHECK_TEXT(rig_text("SELECT actor_id || ' ' || outcome FROM audit"), "ann denied");
	CHECK_ERR(run_as("user ann", &silent, "{\"text\":\"a\"}"), ERR_DENIED);
	CHECK_INT(rig_number("SELECT COUNT(*) FROM audit"), 1);
	seen.answer = ERR_CONFLICT;
	CHECK_ERR(run_as("admin eve", &needy, "{\"text\":\"a\"}"), ERR_CONFLICT);
	CHECK_TEXT(rig_text("SELECT actor_id || ' ' || outcome FROM audit ORDER BY id DESC"), "eve conflict");
	/* Noise of strangers is no entry of the log. */
	CHECK_ERR(run_as(NULL, &needy, "{\"text\":\"a\"}"), ERR_UNAUTHENTICATED);
	CHECK_ERR(run_as(NULL, &make, "{\"text\":\"a\"}"), ERR_CONFLICT);
	CHECK_INT(rig_number("SELECT COUNT(*) FROM audit"), 2);
	rig_close();
}

TEST(call, a_read_that_should_be_known_is_audited)
{
	static const struct op secret = { OP(read_note), .flags = OP_AUDIT_READ, .need = PERM_USER_WRITE };
	static const struct op plain = { OP(read_note), .need = PERM_USER_WRITE };
	rig_open(&alone);
	CHECK_OK(run_as("admin eve", &plain, "{\"text\":\"a\"}"));
	CHECK_INT(rig_number("SELECT COUNT(*) FROM audit"), 0);
	CHECK_OK(run_as("admin eve", &secret, "{\"text\":\"a\"}"));
	CHECK_TEXT(rig_text("SELECT actor_id || ' ' || operation || ' ' || outcome FROM audit"), "eve read_note ok");
	CHECK_ERR(run_as("user ann", &secret, "{\"text\":\"a\"}"), ERR_DENIED);
	CHECK_INT(rig_number("SELECT COUNT(*) FROM audit"), 2);
	rig_close();
}

static struct call *small_call(const struct op *op, size_t limit)
{
	struct arena *mem = arena_new(limit);
	struct call *c = call_new(mem, op);
	*(struct note *)c->in = (struct note){ .text = "a" };
	return c;
}

TEST(call, memory_beyond_the_limit_is_too_large)
{
	rig_open(&alone);
	seen.waste = 1 << 20;
	struct call *c = small_call(&make, 256 << 10);
	CHECK_ERR(call_run(c), ERR_TOO_LARGE);
	CHECK_INT(rows(), 0);
	arena_free(c->cx.mem);
	c = small_call(&read_fast, 256 << 10);
	CHECK_ERR(call_run(c), ERR_TOO_LARGE);
	arena_free(c->cx.mem);
	c = small_call(&make, 1 << 10);
	arena_alloc(c->cx.mem, 2 << 10);
	CHECK_ERR(call_run(c), ERR_TOO_LARGE); /* before any work */
	CHECK_TEXT(seen.trace, "prepare run worker ");
	arena_free(c->cx.mem);
	CHECK_INT(err_info(ERR_TOO_LARGE)->http, 413);
	rig_close();
}

TEST(call, code_without_a_door_runs_with_the_authority_of_this_host)
{
	struct arena *mem = rig_open(&alone);
	void *out;
	struct call *c;
	CHECK_OK(op_run(mem, &make, &(struct note){ .text = "a" }, &out, &c));
	CHECK_TEXT(((struct note *)out)->text, "a");
	CHECK(c->cx.who.kind == ACTOR_LOCAL);
	CHECK_OK(op_run(mem, &make, &(struct note){ .text = "b" }, &out, NULL));
	rig_close();
}

/* --- idempotency hooks -------------------------------------------------------------------------------------------- */

/* A request's text says what becomes of it: "memory" is known without a database, "old" is in the record, "gone" is a
 * failure there, "late" is there when the failure is to be kept. */
struct idempotent {
	const char *text;
	int64_t attempts; /* of run() before it */
};
static struct {
	int claims, given_back, good; /* done() calls, and those that said `kept` */
	err_t kept; /* failure that was kept */
} once;

static err_t from_record(struct cx *cx, void *out, const char *text)
{
	cx->from.replayed = true;
	((struct note *)out)->text = text;
	return ERR_OK;
}

static err_t once_ask(struct call *c, struct idempotent **out)
{
	const char *text = ((const struct note *)c->in)->text;
	CHECK_TEXT(c->keys.key, "k");
	if (strcmp(text, "memory") == 0)
		return from_record(&c->cx, c->out, "from memory");
	if (strcmp(text, "busy") == 0)
		return FAIL(&c->cx, ERR_KEY_BUSY, "still running");
	*out = arena_new_of(c->cx.mem, struct idempotent);
	(*out)->text = text;
	(*out)->attempts = seen.attempts;
	once.claims++;
	return ERR_OK;
}

static err_t replay(struct cx *cx, struct idempotent *i, void *out)
{
	CHECK(cx->db);
	if (strcmp(i->text, "old") == 0 || (seen.late && seen.attempts > i->attempts))
		return from_record(cx, out, "from the record");
	if (strcmp(i->text, "gone") == 0) {
		cx->from.replayed = true;
		return FAIL(cx, ERR_NOT_FOUND, "as before");
	}
	return ERR_OK;
}

static err_t keep(struct cx *cx, struct idempotent *i, const void *out)
{
	CHECK(cx->in_tx && i);
	return db_exec(cx, "INSERT INTO installation (name, value) VALUES ('kept', $1)",
		BIND(V(((const struct note *)out)->text)));
}

static err_t keep_failure(struct cx *cx, struct idempotent *i, err_t code)
{
	CHECK(cx->in_tx && cx->fail.code == code);
	once.kept = code;
	return db_exec(cx, "INSERT INTO installation (name, value) VALUES ('failure', $1)", BIND(V(i->text)));
}

static void once_done(struct idempotent *i, bool kept)
{
	CHECK(i);
	once.given_back++;
	once.good += kept;
}

static err_t replayed_finish(struct cx *cx, const struct note *in, struct work *work, struct note *out)
{
	(void)in;
	(void)work;
	CHECK(out->text);
	trace(cx->from.replayed ? "again " : "finish ");
	return ERR_OK;
}
#define once_note make_note
#define once_note_prepare make_note_prepare
#define once_note_finish replayed_finish
OP_BIND_WORK(once_note, note, work, note);

static const struct op keyed = { OP(once_note), .flags = OP_WRITE | OP_ANYONE };
static const struct rig_conf with_keys = { .hooks = { .identify = identify,
						   .published = published,
						   .once = once_ask,
						   .replay = replay,
						   .keep = keep,
						   .keep_failure = keep_failure,
						   .done = once_done } };

static struct call *run_keyed(const struct op *op, const char *text)
{
	struct call *c = rig_call(op, text);
	c->keys.key = "k";
	(void)!call_run(c);
	return c;
}

TEST(call, a_replay_is_answered_from_the_record_and_run_no_more)
{
	static const struct op light = { OP(once_note), .flags = OP_WRITE | OP_ANYONE | OP_LIGHT };
	rig_open(&with_keys);
	struct call *c = run_keyed(&keyed, "{\"text\":\"memory\"}");
	CHECK_OK(c->result);
	CHECK_TEXT(((struct note *)c->out)->text, "from memory");
	CHECK_TEXT(seen.trace, "again ");
	CHECK_INT(once.claims, 0);
	c = run_keyed(&keyed, "{\"text\":\"old\"}");
	CHECK_TEXT(((struct note *)c->out)->text, "from the record");
	CHECK_TEXT(seen.trace, "again again "); /* nothing was prepared */
	CHECK_OK(run_keyed(&light, "{\"text\":\"old\"}")->result);
	CHECK_TEXT(seen.trace, "again again prepare again "); /* found inside the transaction */
	CHECK_INT(rows(), 0);
	CHECK_INT(rig_number("SELECT COUNT(*) FROM audit"), 0); /* and nothing happened that could be told */
	CHECK_INT(seen.told, 0);
	CHECK_INT(once.given_back, 2);
	CHECK_INT(once.good, 2);
	rig_close();
}

TEST(call, a_result_and_its_record_are_written_together)
{
	rig_open(&with_keys);
	CHECK_OK(run_keyed(&keyed, "{\"text\":\"new\"}")->result);
	CHECK_INT(rows(), 2);
	CHECK_INT(once.good, 1);
	seen.answer = ERR_UNAVAILABLE;
	CHECK_ERR(run_keyed(&keyed, "{\"text\":\"other\"}")->result, ERR_UNAVAILABLE);
	CHECK_INT(rows(), 2);
	CHECK_INT(once.given_back, 2);
	CHECK_INT(once.good, 1);
	rig_close();
}

TEST(call, only_refusals_of_the_operation_itself_are_kept)
{
	static const struct {
		err_t e;
		bool kept;
	} rows_[] = { { ERR_NOT_FOUND, true }, { ERR_CONFLICT, true }, { ERR_INVALID, true }, { ERR_DENIED, false },
		{ ERR_BAD_CREDENTIALS, false }, { ERR_LOCKED, false }, { ERR_RATE_LIMITED, false }, { ERR_BUSY, false },
		{ ERR_PRECONDITION, false }, { ERR_INTERNAL, false }, { ERR_TIMEOUT, false } };
	for (size_t i = 0; i < sizeof rows_ / sizeof *rows_; i++) {
		rig_open(&with_keys);
		memset(&seen, 0, sizeof seen);
		memset(&once, 0, sizeof once);
		seen.answer = rows_[i].e;
		CHECK_ERR(run_keyed(&keyed, "{\"text\":\"new\"}")->result, rows_[i].e);
		CHECK_INT(rows(), rows_[i].kept);
		CHECK_INT(once.good, rows_[i].kept);
		CHECK_INT(once.given_back, 1);
		rig_close();
	}
}

TEST(call, input_that_the_gate_refuses_claims_no_key)
{
	rig_open(&with_keys);
	CHECK_ERR(run_keyed(&keyed, "{}")->result, ERR_INVALID);
	CHECK_ERR(run_keyed(&keyed, "{\"text\":\"busy\"}")->result, ERR_KEY_BUSY);
	CHECK_INT(rows(), 0);
	CHECK_INT(once.claims + once.given_back, 0);
	static const struct op unkeyed = { OP(once_note), .flags = OP_WRITE | OP_ANYONE | OP_NO_IDEMPOTENCY };
	CHECK_OK(run_keyed(&unkeyed, "{\"text\":\"memory\"}")->result);
	CHECK_TEXT(seen.trace, "prepare run finish ");
	rig_close();
}

TEST(call, a_failure_is_replayed_as_one)
{
	rig_open(&with_keys);
	struct call *c = run_keyed(&keyed, "{\"text\":\"gone\"}");
	CHECK_ERR(c->result, ERR_NOT_FOUND);
	CHECK(c->cx.from.replayed);
	CHECK_TEXT(seen.trace, "");
	CHECK_INT(rows(), 0);
	CHECK_INT(once.good, 1);
	rig_close();
}

TEST(call, what_another_node_answered_meanwhile_is_the_answer)
{
	rig_open(&with_keys);
	seen.answer = ERR_CONFLICT;
	struct call *c = rig_call(&keyed, "{\"text\":\"new\"}");
	c->keys.key = "k";
	CHECK_ERR(call_run(c), ERR_CONFLICT); /* refused here, kept: the other node's is not known yet */
	CHECK_ERR(once.kept, ERR_CONFLICT);
	static const struct op other = { OP(once_note), .flags = OP_WRITE | OP_ANYONE | OP_LIGHT };
	seen.late = true;
	c = run_keyed(&other, "{\"text\":\"late\"}");
	CHECK_OK(c->result);
	CHECK(c->cx.from.replayed);
	CHECK_TEXT(((struct note *)c->out)->text, "from the record");
	rig_close();
}

/* --- from a loop -------------------------------------------------------------------------------------------------- */

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t answered = PTHREAD_COND_INITIALIZER;
static int answers;

static void answer(struct call *c)
{
	(void)c;
	pthread_mutex_lock(&lock);
	answers++;
	pthread_cond_signal(&answered);
	pthread_mutex_unlock(&lock);
}

static void await(int n)
{
	pthread_mutex_lock(&lock);
	while (answers < n)
		pthread_cond_wait(&answered, &lock);
	pthread_mutex_unlock(&lock);
}

static struct call *start(const char *bearer, const struct op *op, const char *json, bool *at_once)
{
	struct call *c = rig_call(op, json);
	c->creds.bearer = bearer;
	c->answer = answer;
	*at_once = call_start(c);
	return c;
}

static const struct rig_conf pooled = {
	.hooks = { .identify = identify, .published = published }, .threads = 2, .queue_max = 8
};

TEST(call, a_fast_read_that_memory_cannot_answer_goes_to_a_worker)
{
	bool at_once;
	rig_open(&pooled);
	struct call *c = start(NULL, &read_fast, "{\"text\":\"a\"}", &at_once);
	CHECK(!at_once);
	await(1);
	CHECK_OK(c->result);
	CHECK_TEXT(((struct note *)c->out)->text, "a");
	CHECK_TEXT(seen.trace, "loop worker ");
	rig_close();
}

TEST(call, an_identity_that_memory_cannot_tell_is_asked_on_a_worker)
{
	bool at_once;
	rig_open(&pooled);
	struct call *c = start("slow ann", &make, "{\"text\":\"a\"}", &at_once);
	CHECK(!at_once);
	await(1);
	CHECK_OK(c->result);
	CHECK_TEXT(c->cx.who.id, "ann");
	CHECK_TEXT(seen.trace, "prepare run finish ");
	rig_close();
}

TEST(call, what_the_gate_refuses_is_answered_on_the_loop)
{
	bool at_once;
	rig_open(&pooled);
	struct call *c = start(NULL, &make, "{}", &at_once);
	CHECK(at_once);
	CHECK_ERR(c->result, ERR_INVALID);
	CHECK_INT(answers, 0);
	rig_close();
}

TEST(call, every_kind_of_operation_gets_from_the_loop_to_its_answer)
{
	bool at_once;
	rig_open(&pooled);
	struct call *c = start(NULL, &make, "{\"text\":\"a\"}", &at_once);
	await(1);
	CHECK_OK(c->result);
	c = start(NULL, &make_hashed, "{\"text\":\"b\"}", &at_once);
	await(2);
	CHECK_OK(c->result);
	CHECK_TEXT(seen.trace, "prepare run finish prepare run finish ");
	CHECK_INT(rows(), 2);
	seen.answer = ERR_CONFLICT;
	c = start(NULL, &make_hashed, "{\"text\":\"c\"}", &at_once);
	await(3);
	CHECK_ERR(c->result, ERR_CONFLICT);
	rig_close();
}

TEST(call, requests_with_a_key_get_from_the_loop_to_their_answer)
{
	static const struct op hashed = { OP(once_note), .flags = OP_WRITE | OP_ANYONE | OP_HASH };
	static const struct {
		const char *json;
		err_t fails, result;
		const char *trace;
		int rows;
	} steps[] = { { "{\"text\":\"memory\"}", ERR_OK, ERR_OK, "again ", 0 },
		{ "{\"text\":\"old\"}", ERR_OK, ERR_OK, "again ", 0 },
		{ "{\"text\":\"gone\"}", ERR_OK, ERR_NOT_FOUND, "", 0 },
		{ "{\"text\":\"a\"}", ERR_CONFLICT, ERR_CONFLICT, "prepare run ", 1 },
		{ "{\"text\":\"b\"}", ERR_OK, ERR_OK, "prepare run finish ", 3 } };
	struct rig_conf conf = with_keys;
	bool at_once;
	conf.threads = 2;
	conf.queue_max = 8;
	rig_open(&conf);
	for (int i = 0; i < 5; i++) {
		seen.trace[0] = 0;
		seen.answer = steps[i].fails;
		struct call *c = rig_call(&hashed, steps[i].json);
		c->keys.key = "k";
		c->answer = answer;
		at_once = call_start(c);
		CHECK(!at_once);
		await(i + 1);
		CHECK_ERR(c->result, steps[i].result);
		CHECK_TEXT(seen.trace, steps[i].trace);
		CHECK_INT(rows(), steps[i].rows);
	}
	CHECK_INT(once.given_back, once.claims);
	rig_close();
}

static struct {
	pthread_mutex_t lock;
	_Atomic int held;
} gatekeeper = { .lock = PTHREAD_MUTEX_INITIALIZER };

static void hold(struct job *job)
{
	(void)job;
	gatekeeper.held++;
	pthread_mutex_lock(&gatekeeper.lock);
	pthread_mutex_unlock(&gatekeeper.lock);
}

TEST(call, a_full_queue_answers_busy_and_says_when_to_come_again)
{
	struct job jobs[4] = { { .run = hold }, { .run = hold }, { .run = hold }, { .run = hold } };
	bool at_once;
	rig_open(&(struct rig_conf){ .hooks = { .identify = identify }, .threads = 1, .queue_max = 2 });
	pthread_mutex_lock(&gatekeeper.lock);
	int taken = 0;
	CHECK(pool_submit(engine()->workers, &jobs[taken++]));
	while (!gatekeeper.held)
		usleep(1000);
	while (taken < 4 && pool_submit(engine()->workers, &jobs[taken]))
		taken++;
	struct call *c = start(NULL, &read_fast, "{\"text\":\"a\"}", &at_once);
	await(1);
	CHECK_ERR(c->result, ERR_BUSY);
	CHECK_INT(c->cx.fail.retry_after, 1);
	CHECK_INT(err_info(ERR_BUSY)->http, 503);
	pthread_mutex_unlock(&gatekeeper.lock);
	rig_close();
}

static struct call *start_late(const struct op *op, const char *json)
{
	struct job first = { .run = hold };
	bool at_once;
	int before = gatekeeper.held;
	pthread_mutex_lock(&gatekeeper.lock);
	CHECK(pool_submit((op->flags & OP_HASH) ? engine()->hashers : engine()->workers, &first));
	while (gatekeeper.held == before)
		usleep(1000);
	struct call *c = start(NULL, op, json, &at_once);
	usleep(30000);
	pthread_mutex_unlock(&gatekeeper.lock);
	CHECK(!at_once);
	return c;
}

TEST(call, who_waited_too_long_for_a_thread_is_told_to_come_again_and_nothing_is_done)
{
	const struct rig_conf conf = {
		.hooks = { .identify = identify }, .threads = 1, .queue_max = 2, .wait_max = 10
	};
	static const struct op *const ops[] = { &make, &make_hashed };
	rig_open(&conf);
	for (int i = 0; i < 2; i++) {
		struct call *c = start_late(ops[i], "{\"text\":\"a\"}");
		await(i + 1);
		CHECK_ERR(c->result, ERR_BUSY);
		CHECK_INT(c->cx.fail.retry_after, 1);
	}
	CHECK_TEXT(seen.trace, "");
	CHECK_INT(rows(), 0);
	rig_close();
}

TEST(call, denied_calls_of_a_loop_are_audited_by_a_worker)
{
	static const struct op needy = { OP(make_note), .flags = OP_WRITE, .need = PERM_USER_WRITE };
	bool at_once;
	rig_open(&pooled);
	CHECK_ERR(start("user ann", &needy, "{\"text\":\"a\"}", &at_once)->result, ERR_DENIED);
	CHECK(at_once);
	for (int i = 0; i < 2000 && !rig_number("SELECT COUNT(*) FROM audit"); i++)
		usleep(1000);
	CHECK_TEXT(rig_text("SELECT outcome FROM audit"), "denied");
	rig_close();
}
