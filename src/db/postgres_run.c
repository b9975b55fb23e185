/* Statements on PostgreSQL. */
#include "db/postgres.h"
#include "base/time.h"

#include <assert.h>
#include <errno.h>
#include <poll.h>
#include <string.h>

enum { GRACE_MS = 2000, NUMBER_TEXT = 32 };

/* By SQLSTATE, whole or its class (PostgreSQL manual, appendix A). */
static const struct {
	const char *state;
	err_t e;
} states[] = {
	{ "23505", ERR_CONFLICT }, /* unique_violation */
	{ "23P01", ERR_CONFLICT }, /* exclusion_violation */
	{ "40001", ERR_AGAIN }, /* serialization_failure */
	{ "40P01", ERR_AGAIN }, /* deadlock_detected */
	{ "57014", ERR_UNAVAILABLE }, /* query_canceled: the time limit */
	{ "57P", ERR_UNAVAILABLE }, /* shut down, starting up */
	{ "55P03", ERR_UNAVAILABLE }, /* lock_not_available */
	{ "25P03", ERR_UNAVAILABLE }, /* idle_in_transaction_session_timeout */
	{ "08", ERR_UNAVAILABLE }, /* connection */
	{ "53", ERR_UNAVAILABLE }, /* too many connections, disk full, out of memory */
	{ "58", ERR_UNAVAILABLE }, /* I/O error */
};

static bool state_is(const char *state, const char *prefix)
{
	return strncmp(state, prefix, strlen(prefix)) == 0;
}

/* The tables changed since the statement was prepared (another node migrated), or a pooler gave us another backend. */
static bool is_stale(const char *state)
{
	return state_is(state, "0A000") || state_is(state, "26000");
}

/* Only the primary message: the detail holds the values, which are people's data. */
static err_t error_of(struct postgres_db *p, const PGresult *r, const char **why)
{
	const char *message = pq.PQresultErrorField(r, PG_DIAG_MESSAGE_PRIMARY);
	const char *state = pq.PQresultErrorField(r, PG_DIAG_SQLSTATE);
	*why = postgres_why(p, message ? message : pq.PQerrorMessage(p->c));
	if (!state)
		return ERR_UNAVAILABLE;
	if (is_stale(state)) {
		p->stale = true;
		return ERR_AGAIN;
	}
	for (size_t i = 0; i < sizeof states / sizeof *states; i++)
		if (state_is(state, states[i].state))
			return states[i].e;
	return ERR_INTERNAL;
}

/* Waits for bytes until the time `until` (0: without end). A server that hangs would not keep its own time limit. */
static bool readable(const struct postgres_db *p, int64_t until)
{
	struct pollfd f = { .fd = pq.PQsocket(p->c), .events = POLLIN };
	for (;;) {
		int64_t left = until ? until - time_monotonic() : -1;
		if (until && left <= 0)
			return false;
		int n = poll(&f, 1, (int)left);
		if (n > 0)
			return true;
		if (n < 0 && errno != EINTR)
			return false;
	}
}

/* False when the connection is lost, or silent for too long; else *out is the next result, NULL behind the last one of a text. */
static bool result(struct postgres_db *p, int64_t until, PGresult **out)
{
	while (pq.PQisBusy(p->c))
		if (!readable(p, until) || !pq.PQconsumeInput(p->c))
			return false;
	*out = pq.PQgetResult(p->c);
	return true;
}

static int64_t deadline(const struct postgres_db *p)
{
	return p->unlimited ? 0 : time_monotonic() + p->db.store->timeout_ms + GRACE_MS;
}

/* The answer to what was sent, of several the first that failed, else the last; NULL when the connection is lost. */
static PGresult *answer(struct postgres_db *p)
{
	int64_t until = deadline(p);
	PGresult *kept = NULL;
	for (;;) {
		PGresult *r;
		if (!result(p, until, &r)) {
			pq.PQclear(kept);
			return NULL;
		}
		if (!r)
			return kept;
		bool failed = kept && pq.PQresultStatus(kept) == PGRES_FATAL_ERROR;
		pq.PQclear(failed ? r : kept);
		kept = failed ? kept : r;
	}
}

static err_t lost(struct postgres_db *p, const char **why)
{
	*why = postgres_why(p, "The connection to PostgreSQL was lost");
	postgres_drop(p);
	return ERR_UNAVAILABLE;
}

/* *out is the answer when it is good; NULL after a failure, and when there is none. */
static err_t finish_with(struct postgres_db *p, PGresult *r, PGresult **out, const char **why)
{
	*out = NULL;
	if (!r)
		return lost(p, why);
	ExecStatusType status = pq.PQresultStatus(r);
	if (status == PGRES_COMMAND_OK || status == PGRES_TUPLES_OK) {
		*out = r;
		return ERR_OK;
	}
	err_t e = error_of(p, r, why);
	pq.PQclear(r);
	if (pq.PQstatus(p->c) != CONNECTION_OK)
		postgres_drop(p);
	return e;
}

static err_t finish(struct postgres_db *p, int sent, PGresult **out, const char **why)
{
	return finish_with(p, sent ? answer(p) : NULL, out, why);
}

/* --- several at once ---------------------------------------------------------------------------------------------- */

/* What is sent now goes into the pipeline, behind BEGIN when that was not sent yet. */
static bool pipe_open(struct postgres_db *p)
{
	const char *begin = p->begin;
	if (!p->owed && !pq.PQenterPipelineMode(p->c))
		return false;
	p->begin = NULL;
	p->owed += begin != NULL;
	return !begin || pq.PQsendQueryParams(p->c, begin, 0, NULL, NULL, NULL, NULL, 0);
}

/* Ends the pipeline: the first answer that is bad, else the last one; NULL when the connection is lost. */
static PGresult *pipe_answer(struct postgres_db *p)
{
	PGresult *kept = NULL, *end = NULL;
	bool bad = false;
	if (!pq.PQpipelineSync(p->c))
		return NULL;
	for (; p->owed; p->owed--) {
		PGresult *r = answer(p);
		pq.PQclear(bad ? r : kept);
		kept = bad ? kept : r;
		if (!r) {
			pq.PQclear(bad ? kept : NULL);
			return NULL;
		}
		ExecStatusType status = pq.PQresultStatus(kept);
		bad = status != PGRES_COMMAND_OK && status != PGRES_TUPLES_OK;
	}
	bool ended = result(p, deadline(p), &end) && pq.PQresultStatus(end) == PGRES_PIPELINE_SYNC;
	pq.PQclear(end);
	if (ended && pq.PQexitPipelineMode(p->c))
		return kept;
	pq.PQclear(kept);
	return NULL;
}

err_t postgres_settle(struct postgres_db *p, const char *last, const char **why)
{
	PGresult *r;
	if (!p->begin && !p->owed && !last)
		return ERR_OK;
	bool sent = pipe_open(p);
	if (sent && last) {
		p->owed++;
		sent = pq.PQsendQueryParams(p->c, last, 0, NULL, NULL, NULL, NULL, 0);
	}
	err_t e = finish_with(p, sent ? pipe_answer(p) : NULL, &r, why);
	pq.PQclear(r);
	return e;
}

err_t postgres_simple(struct postgres_db *p, const char *text, const char **why)
{
	PGresult *r;
	assert(!p->owed);
	err_t e = finish(p, pq.PQsendQuery(p->c, text), &r, why);
	pq.PQclear(r);
	return e;
}

static err_t prepare(struct postgres_db *p, const char *sql, struct stmt **out, const char **why)
{
	char name[NUMBER_TEXT];
	unsigned number = ++p->statements;
	snprintf(name, sizeof name, "s%u", number);
	PGresult *r;
	TRY(finish(p, pq.PQsendPrepare(p->c, name, sql_text(sql, false), 0, NULL), &r, why));
	pq.PQclear(r);
	*out = stmt_add(&p->db, sql);
	(*out)->number = number;
	return ERR_OK;
}

static int send_args(struct postgres_db *p, const struct stmt *st, const struct val *args)
{
	const char *values[PARAMS_MAX];
	char numbers[PARAMS_MAX][NUMBER_TEXT], name[NUMBER_TEXT];
	size_t n = args_count(args);
	for (size_t i = 0; i < n; i++) {
		values[i] = numbers[i];
		switch (args[i].tag) {
		case VAL_END:
		case VAL_NULL:
			values[i] = NULL;
			break;
		case VAL_BOOL:
			values[i] = args[i].i ? "t" : "f";
			break;
		case VAL_INT:
			snprintf(numbers[i], NUMBER_TEXT, "%lld", (long long)args[i].i);
			break;
		case VAL_DOUBLE:
			snprintf(numbers[i], NUMBER_TEXT, "%.17g", args[i].d);
			break;
		case VAL_TEXT:
			values[i] = args[i].s;
			break;
		}
	}
	snprintf(name, sizeof name, "s%u", st->number);
	return pq.PQsendQueryPrepared(p->c, name, (int)n, values, NULL, NULL, 0);
}

static void map_columns(const PGresult *r, struct stmt *st, const struct rows *rows, int n)
{
	const char *names[COLUMNS_MAX];
	for (int i = 0; i < n; i++)
		names[i] = pq.PQfname(r, i);
	rows_map(rows, st, names, n);
}

static err_t take_rows(const PGresult *r, struct stmt *st, struct rows *rows, const char **why)
{
	struct cell cells[COLUMNS_MAX];
	int n = pq.PQnfields(r), count = pq.PQntuples(r);
	assert(n <= COLUMNS_MAX);
	if (count && !rows_mapped(rows, st, n))
		map_columns(r, st, rows, n);
	bool full = false;
	for (int row = 0; row < count && !full; row++) {
		for (int i = 0; i < n; i++) {
			bool null = pq.PQgetisnull(r, row, i);
			cells[i] = (struct cell){ .tag = null ? CELL_NULL : CELL_TEXT,
				.s = pq.PQgetvalue(r, row, i),
				.n = (size_t)pq.PQgetlength(r, row, i) };
		}
		TRY(rows_take(rows, st, cells, &full, why));
	}
	return ERR_OK;
}

static int64_t changed_of(PGresult *r)
{
	return strtoll(pq.PQcmdTuples(r), NULL, 10); /* "" when the command changes nothing */
}

/* The prepared statement. What is owed is waited for before one is made: a failure there would leave it unmade. */
static err_t statement(struct postgres_db *p, const char *sql, struct stmt **out, const char **why)
{
	*out = stmt_find(&p->db, sql);
	if (*out)
		return ERR_OK;
	if (p->owed)
		TRY(postgres_settle(p, NULL, why));
	return prepare(p, sql, out, why);
}

static err_t run_once(
	struct postgres_db *p, const char *sql, const struct val *args, struct rows *rows, const char **why)
{
	p->db.changed = 0;
	struct stmt *st;
	PGresult *r;
	TRY(statement(p, sql, &st, why));
	if (p->begin || p->owed) {
		bool sent = pipe_open(p) && send_args(p, st, args);
		p->owed++;
		TRY(finish_with(p, sent ? pipe_answer(p) : NULL, &r, why));
	} else {
		TRY(finish(p, send_args(p, st, args), &r, why));
	}
	err_t e = rows ? take_rows(r, st, rows, why) : ERR_OK;
	p->db.changed = changed_of(r);
	pq.PQclear(r);
	return e;
}

/* A connection whose statements are stale starts afresh: they cannot be dropped inside a failed transaction. */
static void drop_when_stale(struct postgres_db *p)
{
	if (p->stale && !p->db.in_tx)
		postgres_drop(p);
	p->stale = p->stale && p->db.in_tx;
}

/* A connection may have died unseen while it was idle: nothing is lost when the first statement finds that out, so once more. */
static err_t run_in_tx(
	struct postgres_db *p, const char *sql, const struct val *args, struct rows *rows, const char **why)
{
	const char *begin = p->owed ? NULL : p->begin;
	if (!p->c)
		return lost(p, why);
	err_t e = run_once(p, sql, args, rows, why);
	if (!begin || e != ERR_UNAVAILABLE || p->c || !postgres_ready(p, why))
		return e;
	p->begin = begin;
	return run_once(p, sql, args, rows, why);
}

err_t postgres_later(struct db *db, const char *sql, const struct val *args, const char **why)
{
	enum { OWED_MAX = 64 }; /* answers that nobody reads must fit into the socket */
	struct postgres_db *p = postgres_of(db);
	struct stmt *st;
	if (!p->c || (p->begin && !p->owed)) /* the first one finds out whether the connection lives */
		return run_in_tx(p, sql, args, NULL, why);
	TRY(statement(p, sql, &st, why));
	if (!pipe_open(p) || !send_args(p, st, args))
		return lost(p, why);
	p->owed++;
	return p->owed < OWED_MAX ? ERR_OK : postgres_settle(p, NULL, why);
}

err_t postgres_run(struct db *db, const char *sql, const struct val *args, struct rows *rows, const char **why)
{
	struct postgres_db *p = postgres_of(db);
	if (db->in_tx)
		return run_in_tx(p, sql, args, rows, why);
	/* A read may be run again: on a new connection when this one was lost, with a new plan when the tables changed. */
	err_t e = ERR_UNAVAILABLE;
	for (int i = 0; i < 2 && postgres_ready(p, why); i++) {
		e = run_once(p, sql, args, rows, why);
		drop_when_stale(p);
		if (e != ERR_AGAIN && (e != ERR_UNAVAILABLE || p->c))
			return e;
		if (rows)
			rows->n = 0;
	}
	return e == ERR_AGAIN ? ERR_UNAVAILABLE : e;
}

err_t postgres_try(struct db *db, const char *sql, const struct val *args, const char **why)
{
	struct postgres_db *p = postgres_of(db);
	if (!p->c)
		return lost(p, why);
	err_t e = postgres_settle(p, "SAVEPOINT try", why);
	if (e)
		return e == ERR_CONFLICT ? ERR_INTERNAL : e; /* of what was owed, which cannot be undone alone */
	e = run_once(p, sql, args, NULL, why);
	if (e == ERR_CONFLICT) {
		TRY(postgres_simple(p, "ROLLBACK TO try; RELEASE try", why));
		return ERR_CONFLICT;
	}
	return e ? e : postgres_simple(p, "RELEASE try", why);
}

err_t postgres_script(struct db *db, const char *text, const char **why)
{
	struct postgres_db *p = postgres_of(db);
	if (!p->c)
		return lost(p, why);
	p->unlimited = true;
	err_t e = postgres_settle(p, "SET LOCAL statement_timeout = 0", why);
	if (!e)
		e = postgres_simple(p, text, why);
	p->unlimited = false;
	return e;
}
