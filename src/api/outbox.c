#include "api/outbox.h"
#include "base/json.h"
#include "base/id.h"
#include "base/str.h"

#include <string.h>

static const char *const actor_kinds[] = { "anyone", "user", "service", "local" };

/* Whose data the event holds: the user that it is about, or that its payload names; NULL: nobody's. */
static const char *person_of(const struct event *ev, const char *subject_id, const void *payload)
{
	const char *id = NULL;
	if (ev->ids_alone)
		return NULL;
	if (strcmp(ev->subject_type, "user") == 0)
		id = subject_id;
	const struct field *f = id ? NULL : type_field(ev->payload, "user_id", strlen("user_id"));
	if (f && f->kind == KIND_TEXT && field_has(f, payload) == IS_SET)
		id = *(const char *const *)field_value(f, payload);
	return id && *id ? id : NULL;
}

err_t outbox_forget(struct cx *cx, const char *user_id)
{
	return db_exec(cx, "UPDATE outbox SET data = '{}', ip = '' WHERE person = $1", BIND(V(user_id)));
}

err_t outbox_emit(struct cx *cx, const struct event *ev, const char *subject_id, const void *payload)
{
	struct call *c = (struct call *)(void *)cx;
	struct buf data = { .mem = cx->mem };
	json_write(&data, ev->payload, payload, JSON_RECORD);
	TRY(db_later(cx,
		"INSERT INTO outbox (event_id, type, at, subject_type, subject_id, actor_kind, actor_id, ip, correlation_id,"
		" node, data, person) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)",
		BIND(V(id_new(cx)), V(ev->name), V(cx->now), V(ev->subject_type), V(subject_id),
			V(actor_kinds[cx->who.kind]), V(cx->who.id), V(ev->ids_alone ? "" : cx->from.ip),
			V(cx->from.correlation_id), V(engine()->node), V(buf_cstr(&data)),
			V(person_of(ev, subject_id, payload)))));
	struct emitted *m = arena_new_of(cx->mem, struct emitted);
	void *kept = arena_alloc(cx->mem, ev->payload->size); /* the caller's own may stand on its stack */
	memcpy(kept, payload, ev->payload->size);
	*m = (struct emitted){ .type = ev->name,
		.subject_type = ev->subject_type,
		.subject_id = arena_strdup(cx->mem, subject_id),
		.next = c->emitted,
		.event = ev,
		.payload = kept,
		.ticket = engine()->hooks.ticket ? engine()->hooks.ticket(ev->subject_type, subject_id) : 0 };
	c->emitted = m;
	return ERR_OK;
}

/* {"before":{...},"after":{...}} with the fields alone that differ; "" when the operation noted nothing. */
static const char *changes(struct cx *cx)
{
	const struct type *t = cx->audit.type;
	if (!t)
		return "";
	struct buf was = { .mem = cx->mem }, is = { .mem = cx->mem }, out = { .mem = cx->mem };
	const void *sides[] = { cx->audit.before, cx->audit.after };
	struct buf *texts[] = { &was, &is };
	for (const struct field *f = t->fields; f->name; f++) {
		if ((f->flags & (SENSITIVE | HIDDEN)) || f->kind == KIND_SECRET)
			continue;
		struct buf value[2] = { { .mem = cx->mem }, { .mem = cx->mem } };
		for (int i = 0; i < 2; i++)
			if (sides[i] && field_has(f, sides[i]) == IS_SET)
				json_write_value(&value[i], f, sides[i], JSON_RECORD, false);
		if (strcmp(buf_cstr(&value[0]), buf_cstr(&value[1])) == 0)
			continue;
		for (int i = 0; i < 2; i++)
			if (value[i].n)
				buf_printf(
					texts[i], "%s\"%s\":%s", texts[i]->n ? "," : "", f->name, buf_cstr(&value[i]));
	}
	buf_printf(&out, "{\"before\":{%s},\"after\":{%s}}", buf_cstr(&was), buf_cstr(&is));
	return buf_cstr(&out);
}

static struct audit_row row_of(struct call *c, err_t outcome)
{
	struct cx *cx = &c->cx;
	return (struct audit_row){
		.at = cx->now,
		.actor_kind = actor_kinds[cx->who.kind],
		.actor_id = cx->who.id,
		.ip = cx->from.ip,
		.operation = c->op->call->name,
		.subject_type = cx->audit.subject_type ? cx->audit.subject_type : "",
		.subject_id = cx->audit.subject_id ? cx->audit.subject_id : "",
		.outcome = err_info(outcome)->code,
		.changes = changes(cx),
		.correlation_id = cx->from.correlation_id,
	};
}

static err_t insert(struct cx *cx, const struct audit_row *r)
{
	return db_later(cx,
		"INSERT INTO audit (at, actor_kind, actor_id, ip, operation, subject_type, subject_id, outcome, changes,"
		" correlation_id, salt) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)",
		BIND(V(r->at), V(r->actor_kind), V(r->actor_id), V(r->ip), V(r->operation), V(r->subject_type),
			V(r->subject_id), V(r->outcome), V(r->changes), V(r->correlation_id), V(audit_salt(cx->mem))));
}

err_t audit_write(struct call *c, err_t outcome)
{
	struct audit_row r = row_of(c, outcome);
	return insert(&c->cx, &r);
}

/* A row on its way in a transaction of its own, with its own memory. */
struct late {
	struct cx cx;
	struct tx tx;
	struct job job;
	struct audit_row row;
};

static enum tx_verdict late_run(struct tx *tx, int attempt)
{
	struct late *l = (struct late *)(void *)((char *)tx - offsetof(struct late, tx));
	(void)attempt;
	l->cx.db = tx->db;
	return insert(&l->cx, &l->row) ? TX_ROLLBACK : TX_COMMIT;
}

static void late_done(struct tx *tx, err_t e)
{
	struct late *l = (struct late *)(void *)((char *)tx - offsetof(struct late, tx));
	(void)e; /* the database is out of reach: the log line of the request remains */
	arena_free(l->cx.mem);
}

static void late_job(struct job *job)
{
	struct late *l = (struct late *)(void *)((char *)job - offsetof(struct late, job));
	store_submit(engine()->store, &l->tx);
}

void audit_later(struct call *c, err_t outcome)
{
	struct arena *mem = arena_new(0);
	struct late *l = arena_new_of(mem, struct late);
	struct audit_row r = row_of(c, outcome);
	l->cx.mem = mem;
	l->tx = (struct tx){ .run = late_run, .done = late_done, .single = true };
	l->job.run = late_job;
	l->row = r;
	const char **texts[] = { &l->row.actor_id, &l->row.ip, &l->row.subject_type, &l->row.subject_id,
		&l->row.changes, &l->row.correlation_id };
	for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
		*texts[i] = arena_strdup(mem, *texts[i]);
	if (!engine()->workers)
		late_done(&l->tx, store_transact(engine()->store, &l->tx));
	else if (!pool_submit(engine()->workers, &l->job))
		arena_free(mem); /* too busy even to note it: the log line of the request remains */
}
