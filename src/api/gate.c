#include "api/gate.h"

#include <assert.h>
#include <string.h>

err_t call_take_reader(struct call *c)
{
	const char *why = "";
	c->cx.db = store_reader(engine()->store, &why);
	return c->cx.db ? ERR_OK : FAIL(&c->cx, ERR_UNAVAILABLE, "%s", why);
}

static bool is_owner(const struct call *c)
{
	if (c->cx.who.kind != ACTOR_USER)
		return false;
	const struct field *f = type_field(c->op->call->in, c->op->own, strlen(c->op->own));
	assert(f && f->kind == KIND_TEXT);
	const char *id = *(const char *const *)field_value(f, c->in);
	return id && strcmp(id, c->cx.who.id) == 0;
}

static err_t check_kind(struct call *c)
{
	const struct op *op = c->op;
	struct cx *cx = &c->cx;
	if ((op->flags & OP_LOCAL) && cx->who.kind != ACTOR_LOCAL)
		return FAIL(cx, ERR_DENIED, "%s is for the command line on this host", op->call->name);
	switch (cx->who.kind) {
	case ACTOR_LOCAL:
		return ERR_OK;
	case ACTOR_ANYONE:
		if ((op->flags & OP_ANYONE) || ((op->flags & OP_LOOPBACK) && cx->from.loopback))
			return ERR_OK;
		return FAIL(cx, ERR_UNAUTHENTICATED, "%s needs an identity", op->call->name);
	case ACTOR_SERVICE:
		if (op->flags & (OP_SERVICE | OP_ANYONE))
			break;
		return FAIL(cx, ERR_DENIED, "%s is not for services", op->call->name);
	case ACTOR_USER:
		break;
	}
	return ERR_OK;
}

err_t gate_permission(struct call *c)
{
	if (c->cx.who.kind == ACTOR_LOCAL || may(&c->cx.who, c->op->need) || (c->op->own && is_owner(c)))
		return ERR_OK;
	if ((c->op->flags & OP_LOOPBACK) && c->cx.from.loopback)
		return ERR_OK;
	return FAIL(&c->cx, ERR_DENIED, "%s needs %s", c->op->call->name, perm_info(c->op->need)->name);
}

static bool has_credentials(const struct credentials *c)
{
	return c->known || c->bearer || c->cookie || c->basic_id;
}

static err_t check_caller(struct call *c)
{
	TRY(check_kind(c));
	return c->op->own ? ERR_OK : gate_permission(c);
}

/* A cookie that nothing vouches for speaks for nobody: it does not hold up who logs in anew. */
static err_t identify(struct call *c)
{
	struct cx *cx = &c->cx;
	err_t e = engine()->hooks.identify(cx, &c->creds, c->op->flags & OP_STALE_OK);
	if (e != ERR_CSRF || !(c->op->flags & OP_ANYONE))
		return e;
	cx_forgive(cx);
	cx->who = (struct actor){ .kind = ACTOR_ANYONE, .id = "", .session_id = "", .role = "" };
	return ERR_OK;
}

err_t gate_admit(struct call *c)
{
	struct cx *cx = &c->cx;
	if (!cx->on_loop && has_credentials(&c->creds))
		TRY(call_take_reader(c)); /* live state may have to be read */
	if (c->creds.local)
		cx->who = (struct actor){
			.kind = ACTOR_LOCAL, .id = "", .session_id = "", .role = "", .perms = UINT64_MAX
		};
	else
		TRY(identify(c));
	return check_caller(c);
}

/* The input, and what depends upon it. */
static err_t take_input(struct call *c)
{
	struct cx *cx = &c->cx;
	err_t bound = c->bind ? c->bind(c) : ERR_OK;
	if (bound && bound != ERR_INVALID)
		return bound;
	if (c->op->own)
		TRY(gate_permission(c));
	TRY(bound);
	if (c->op->plan)
		TRY(c->op->plan(cx, c->in, c->work, &c->flags));
	return cx_memory(cx);
}

/* Identity before input: a stranger learns nothing of what the input should be; but ownership stands in the input. */
static err_t admit(struct call *c)
{
	TRY(gate_admit(c));
	return take_input(c);
}

/* What is refused counts as well: guessing tokens, or filling the audit with what was denied, must not be free. */
static err_t limited(struct call *c, err_t admitted)
{
	struct cx *cx = &c->cx;
	err_t (*limit)(struct cx *, const struct op *) = engine()->hooks.limit;
	if (!limit || c->paid || (admitted && err_info(admitted)->http >= 500))
		return admitted;
	const __typeof__(cx->fail) why = cx->fail;
	cx_forgive(cx);
	TRY(limit(cx, c->op));
	cx->fail = why;
	return admitted;
}

static bool takes_key(const struct call *c)
{
	if (!engine()->hooks.once || !(c->keys.key || c->keys.request_id))
		return false;
	return (c->op->flags & OP_WRITE) && !(c->op->flags & OP_NO_IDEMPOTENCY);
}

static err_t enter(struct call *c, err_t admitted)
{
	TRY(limited(c, admitted));
	if (takes_key(c))
		TRY(engine()->hooks.once(c, &c->once));
	c->entered = true;
	return ERR_OK;
}

err_t gate(struct call *c)
{
	bool (*open)(void) = engine()->hooks.open;
	if (open && !open() && !(c->op->flags & OP_UNTIL_SETUP) && !c->creds.local)
		return FAIL(&c->cx, ERR_SETUP_NEEDED, "no administrator yet");
	return enter(c, admit(c));
}

err_t gate_within(struct call *c)
{
	err_t e = check_caller(c);
	return enter(c, e ? e : take_input(c));
}

err_t gate_same(struct call *c)
{
	TRY(check_caller(c));
	TRY(take_input(c));
	c->entered = true;
	return ERR_OK;
}
