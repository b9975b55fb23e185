#include "features/push/push.h"
#include "base/str.h"
#include "crypto/crypto.h"
#include "features/push/push_store.h"

#include <string.h>

enum { KEY_MAX = 512, SWEEP = 500 };

static err_t own_only(struct cx *cx)
{
	return cx->who.kind == ACTOR_USER ? ERR_OK : FAIL(cx, ERR_DENIED, "only a person has push tokens of its own");
}

/* What makes it the only one of its kind: the token, or the hash of one that no index would take. */
static const char *key_of(struct cx *cx, const char *token)
{
	uint8_t hash[SHA256_SIZE];
	if (utf8_length(token) <= KEY_MAX)
		return token;
	crypto_sha256(token, strlen(token), hash);
	return arena_printf(cx->mem, "sha256:%s", hex_encode(cx->mem, hash, sizeof hash));
}

static err_t announce(struct cx *cx, const char *user_id, const char *action, const char *platform)
{
	struct push_change *c = arena_new_of(cx->mem, struct push_change);
	*c = (struct push_change){ user_id, action, platform };
	return emit(cx, &push_token_changed, user_id, c);
}

static err_t announce_removal(struct cx *cx, const char *user_id, int64_t removed, const char *platform)
{
	if (!removed)
		return ERR_OK;
	TRY(push_store_settle(cx, user_id));
	return announce(cx, user_id, "removed", platform);
}

/* The device is somebody else's now: nothing for its old owner may appear on it any more. */
static err_t take(struct cx *cx, struct push_token *t, const char *user_id)
{
	const char *before = t->user_id;
	int64_t removed;
	t->user_id = user_id;
	if (strcmp(before, user_id) == 0)
		return push_store_update(cx, t);
	/* A new row: where rows are spread over servers by user, none moves from one to another. */
	TRY(push_store_remove(cx, before, t->id, &removed));
	TRY(push_store_add(cx, t));
	TRY(push_store_settle(cx, before));
	TRY(push_store_prune(cx, user_id, PUSH_TOKENS));
	return announce(cx, before, "moved", t->platform);
}

static err_t put(struct cx *cx, const char *user_id, const struct push_token *new, struct push_token *out)
{
	const char *key = key_of(cx, new->token);
	err_t e = push_store_by_key(cx, key, out);
	if (e && e != ERR_NOT_FOUND)
		return e;
	const struct push_token was = *out;
	*out = *new;
	out->key = key;
	out->used_at = cx->now;
	if (!e) {
		bool mine = strcmp(was.user_id, user_id) == 0;
		out->id = was.id;
		out->user_id = was.user_id;
		out->created_at = mine ? was.created_at : cx->now;
		out->is_default = mine && was.is_default;
		return take(cx, out, user_id);
	}
	out->id = id_new(cx);
	out->user_id = user_id;
	out->created_at = cx->now;
	TRY(push_store_add(cx, out));
	return push_store_prune(cx, user_id, PUSH_TOKENS);
}

err_t push_set_default(struct cx *cx, const char *user_id, const char *token, const char *session_id)
{
	int64_t removed;
	const char *key = token ? key_of(cx, token) : "";
	struct push_token now = { 0 };
	TRY(push_store_remove_by_profile(cx, user_id, key, &removed));
	if (!token)
		return announce(cx, user_id, "default", "");
	err_t e = push_store_by_key(cx, key, &now);
	if (e && e != ERR_NOT_FOUND)
		return e;
	if (!e && strcmp(now.user_id, user_id) == 0)
		return announce(cx, user_id, "default", now.platform);
	TRY(put(cx, user_id,
		&(struct push_token){
			.token = token, .platform = "other", .session_id = session_id, .by_profile = true },
		&now));
	return announce(cx, user_id, "default", now.platform);
}

err_t push_session_ended(struct cx *cx, const char *user_id, const char *session_id)
{
	int64_t removed;
	TRY(push_store_remove_by_session(cx, user_id, session_id, &removed));
	return announce_removal(cx, user_id, removed, "");
}

err_t push_sessions_ended(struct cx *cx, const char *user_id)
{
	int64_t removed;
	TRY(push_store_remove_by_session(cx, user_id, NULL, &removed));
	return announce_removal(cx, user_id, removed, "");
}

err_t push_reachable(struct cx *cx, const char *user_id, struct list *out)
{
	return push_store_reachable(cx, user_id, out);
}

/* --- operations --------------------------------------------------------------------------------------------------- */

static void audit(struct cx *cx, const struct push_token *before, const struct push_token *after)
{
	cx->audit.subject_type = "user";
	cx->audit.subject_id = cx->who.id;
	cx->audit.type = &push_token_type;
	cx->audit.before = before;
	cx->audit.after = after;
}

err_t push_list(struct cx *cx, const struct none *in, struct push_list *out)
{
	(void)in;
	TRY(own_only(cx));
	TRY(push_store_list(cx, cx->who.id, &out->items));
	out->page = page_fill(cx, &(struct page_want){ .limit = PAGE_LIMIT_MAX }, &out->items, -1);
	return ERR_OK;
}

err_t push_register(struct cx *cx, const struct push_new *in, struct push_token *out)
{
	TRY(own_only(cx));
	TRY(put(cx, cx->who.id,
		&(struct push_token){ .token = in->token,
			.platform = in->platform,
			.device = in->device && *in->device ? in->device : NULL,
			.session_id = cx->who.session_id },
		out));
	audit(cx, NULL, out);
	return announce(cx, cx->who.id, "registered", out->platform);
}

err_t push_remove(struct cx *cx, const struct push_ref *in, struct none *out)
{
	(void)out;
	int64_t removed;
	struct push_token *t = arena_new_of(cx->mem, struct push_token);
	TRY(own_only(cx));
	TRY(push_store_by_id(cx, in->id, t));
	if (strcmp(t->user_id, cx->who.id) != 0)
		return FAIL(cx, ERR_NOT_FOUND, "the token of somebody else");
	TRY(push_store_remove(cx, t->user_id, t->id, &removed));
	audit(cx, t, NULL);
	return announce_removal(cx, cx->who.id, removed, t->platform);
}

static err_t remove_one(struct cx *cx, const char *token, int64_t *removed)
{
	struct push_token *t = arena_new_of(cx->mem, struct push_token);
	err_t e = push_store_by_key(cx, key_of(cx, token), t);
	*removed = 0;
	if (e == ERR_NOT_FOUND || (!e && strcmp(t->user_id, cx->who.id) != 0))
		return ERR_OK; /* the same answer for a token that is nobody's and one of somebody else */
	TRY(e);
	audit(cx, t, NULL);
	return push_store_remove(cx, t->user_id, t->id, removed);
}

err_t push_remove_all(struct cx *cx, const struct push_removal *in, struct push_count *out)
{
	TRY(own_only(cx));
	TRY(in->token ? remove_one(cx, in->token, &out->removed)
		      : push_store_remove_all(cx, cx->who.id, &out->removed));
	return announce_removal(cx, cx->who.id, out->removed, "");
}

/* Sessions that expire end without a word. A walk in the order of ids looks at each token in its turn, so that no run holds
 * the writer for long, however many there are. */
err_t push_clean(struct cx *cx)
{
	static char at[40]; /* jobs run one at a time */
	struct list some;
	TRY(push_store_sweep(cx, at, SWEEP, &some));
	const struct push_token *t = some.items;
	for (size_t i = 0; i < some.n; i++) {
		int64_t removed;
		if (!t[i].session_id)
			continue;
		TRY(push_store_remove(cx, t[i].user_id, t[i].id, &removed));
		TRY(announce_removal(cx, t[i].user_id, removed, t[i].platform));
	}
	const char *last = some.n == SWEEP ? t[some.n - 1].id : "";
	memcpy(at, last, strnlen(last, sizeof at - 1) + 1);
	return ERR_OK;
}

/* --- a person's own ----------------------------------------------------------------------------------------------- */

err_t push_erase(struct cx *cx, const char *user_id)
{
	int64_t removed;
	return push_store_remove_all(cx, user_id, &removed);
}

/* There are PUSH_TOKENS at most. */
err_t push_part(struct cx *cx, const char *user_id, const char *after, struct list *out, const char **next)
{
	(void)after;
	*next = NULL;
	return push_store_list(cx, user_id, out);
}
