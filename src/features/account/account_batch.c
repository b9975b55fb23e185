/* Several operations on accounts in one call. */
#include "base/json.h"
#include "features/account/account.h"

#include <stdatomic.h>
#include <string.h>

enum { PASSWORDS_MAX = 50, CREATED = 201 };

static const struct {
	const char *action, *op;
} actions[] = { { "create", "user_create" }, { "update", "user_update" }, { "delete", "user_delete" },
	{ "status", "user_set_status" } };
enum { ACTIONS = sizeof actions / sizeof *actions };

static _Atomic bool busy; /* one at a time: a batch is not to keep all workers from those who wait for one answer */

static const char *op_of(const char *action)
{
	for (size_t i = 0; i < ACTIONS; i++)
		if (strcmp(actions[i].action, action) == 0)
			return actions[i].op;
	return NULL;
}

const char *batch_action_check(const char *action)
{
	return op_of(action) ? NULL : "must be create, update, delete or status";
}

static bool has_password(struct cx *cx, const struct batch_item *item)
{
	struct batch_secret s = { 0 };
	const char *json = item->data.text;
	err_t e = json_read(cx, &batch_secret_type, &s, json, strlen(json), true);
	cx_forgive(cx);
	return !e && s.password.s;
}

static err_t check_passwords(struct cx *cx, const struct batch_in *in)
{
	size_t n = 0;
	for (size_t i = 0; i < in->items.n; i++)
		n += has_password(cx, (const struct batch_item *)in->items.items + i);
	return n <= PASSWORDS_MAX
	               ? ERR_OK
	               : cx_field(cx, "items",
				 "may bring at most %d passwords; leave them out and have people set their own",
				 PASSWORDS_MAX);
}

static struct list faults(struct cx *cx, const struct field_error *f)
{
	size_t n = 0;
	for (const struct field_error *i = f; i; i = i->next)
		n++;
	struct list l = { arena_array_of(cx->mem, struct batch_fault, n), 0 };
	for (; f; f = f->next)
		((struct batch_fault *)l.items)[l.n++] = (struct batch_fault){ f->path, f->why };
	return l;
}

static struct batch_result result_of(struct cx *cx, size_t i, const struct batch_item *item, const struct sub_call *s)
{
	return (struct batch_result){ .index = (int64_t)i,
		.action = item->action,
		.status = s->status,
		.id = s->subject_id && *s->subject_id ? s->subject_id : NULL,
		.error = s->result ? err_info(s->result)->code : NULL,
		.message = s->message,
		.details = faults(cx, s->fields) };
}

static err_t run(struct cx *cx, const struct batch_in *in, struct batch_out *out)
{
	const struct batch_item *item = in->items.items;
	struct sub_call *subs = arena_array_of(cx->mem, struct sub_call, in->items.n + 1);
	struct batch_result *results = arena_array_of(cx->mem, struct batch_result, in->items.n + 1);
	for (size_t i = 0; i < in->items.n; i++)
		subs[i] = (struct sub_call){ .op = op_of(item[i].action), .json = item[i].data.text };
	TRY(cx->run_many(cx, subs, in->items.n, in->dry_run));
	*out = (struct batch_out){
		.total = (int64_t)in->items.n, .dry_run = in->dry_run, .results = { results, in->items.n }
	};
	for (size_t i = 0; i < in->items.n; i++) {
		results[i] = result_of(cx, i, &item[i], &subs[i]);
		if (in->dry_run && results[i].status == CREATED)
			results[i].id = NULL; /* nobody has it */
		out->succeeded += !subs[i].result;
	}
	out->failed = out->total - out->succeeded;
	return ERR_OK;
}

err_t user_batch(struct cx *cx, const struct batch_in *in, struct batch_out *out)
{
	TRY(check_passwords(cx, in));
	if (atomic_exchange(&busy, true)) {
		cx->fail.retry_after = 2;
		return FAIL(cx, ERR_BUSY, "another batch runs");
	}
	err_t e = run(cx, in, out);
	atomic_store(&busy, false);
	return e;
}
