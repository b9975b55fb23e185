#include "features/contact/contact.h"
#include "features/push/push.h"

static err_t person(struct cx *cx, const char *id, struct user *out)
{
	TRY(user_cached(cx, id, out));
	return out->status != USER_DELETED ? ERR_OK : FAIL(cx, ERR_NOT_FOUND, "erased");
}

err_t contact_preferences(struct cx *cx, const struct contact_ref *in, struct contact_preferences *out)
{
	struct user u = { 0 };
	TRY(person(cx, in->id, &u));
	out->user_id = u.id;
	return preference_of(cx, &u, &out->p);
}

/* The devices of an account that may not act are silent. */
static err_t tokens_of(struct cx *cx, const struct user *u, struct list *out)
{
	*out = (struct list){ 0 };
	if (cx->on_loop)
		return ERR_NOT_HERE;
	return user_may_act(u, cx->now) ? push_reachable(cx, u->id, out) : ERR_OK;
}

static err_t best_token(struct cx *cx, const struct user *u, struct contact_token *out)
{
	struct list all;
	TRY(tokens_of(cx, u, &all));
	if (!all.n)
		return FAIL(cx, ERR_NOT_FOUND, "no device can be reached");
	const struct push_token *first = all.items;
	*out = (struct contact_token){ first->token, first->platform };
	return ERR_OK;
}

err_t contact_push_token(struct cx *cx, const struct contact_ref *in, struct contact_token *out)
{
	struct user u = { 0 };
	TRY(person(cx, in->id, &u));
	return best_token(cx, &u, out);
}

err_t contact_get(struct cx *cx, const struct contact_query *in, struct contact *out)
{
	struct user u = { 0 };
	TRY(person(cx, in->id, &u));
	out->user_id = u.id;
	out->notification_type = in->type;
	out->contact = u.email;
	out->preferences_enabled = in->type == CONTACT_EMAIL ? u.preferences.email : u.preferences.push;
	if (in->type == CONTACT_EMAIL)
		return u.email ? ERR_OK : FAIL(cx, ERR_NOT_FOUND, "no address");
	struct contact_token t = { 0 };
	TRY(best_token(cx, &u, &t));
	out->contact = t.token;
	return ERR_OK;
}

err_t contact_all(struct cx *cx, const struct contact_ref *in, struct contact_all *out)
{
	struct user u = { 0 };
	struct list all;
	TRY(person(cx, in->id, &u));
	TRY(tokens_of(cx, &u, &all));
	*out = (struct contact_all){ u.id, u.email, u.preferences.email, u.preferences.push, { 0 } };
	const struct push_token *t = all.items;
	const char **texts = arena_array_of(cx->mem, const char *, all.n + 1);
	for (size_t i = 0; i < all.n; i++)
		texts[i] = t[i].token;
	out->push_tokens = (struct list){ texts, all.n };
	return ERR_OK;
}
