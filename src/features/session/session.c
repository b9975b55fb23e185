#include "features/session/session.h"
#include "base/conf.h"
#include "features/notice/notice.h"
#include "features/push/push.h"
#include "features/session/session_store.h"
#include "features/session/session_token.h"
#include "features/token/token.h"

#include <string.h>

enum { SESSIONS_SHOWN = 1000, SESSIONS_ENDED = 100000, CLEAN_BATCH = 1000, TEXT_MAX = 300, PART_BATCH = 500 };

/* A header's text, cut to what a list should show. */
static const char *shortened(struct cx *cx, const char *s)
{
	size_t n = s ? strnlen(s, TEXT_MAX) : 0;
	while (n && n == TEXT_MAX && ((unsigned char)s[n] & 0xc0) == 0x80)
		n--;
	return n ? arena_memdup0(cx->mem, s, n) : NULL;
}

static int64_t sooner(int64_t a, int64_t b)
{
	return a < b ? a : b;
}

const char *session_agent(struct cx *cx)
{
	return shortened(cx, cx->from.user_agent);
}

err_t session_open(struct cx *cx, const struct user *user, const char *device, struct session *out)
{
	const struct session_conf *conf = CONF_OF(cx, session);
	*out = (struct session){
		.id = id_new(cx),
		.user_id = user->id,
		.counter = 1,
		.credential_version = user->credential_version,
		.created_at = cx->now,
		.last_used_at = cx->now,
		.rotated_at = cx->now,
		.ends_at = cx->now + conf->longest,
		.expires_at = cx->now + sooner(conf->sliding, conf->longest),
		.ip = shortened(cx, cx->from.ip),
		.user_agent = session_agent(cx),
		.device = device && *device ? device : NULL,
		.is_active = true,
	};
	TRY(session_store_add(cx, out));
	return emit(cx, &session_created, out->id, out);
}

enum { DEVICE_SECONDS = 365 * 24 * 3600 }; /* the token itself ends sooner: lockout.known_for */

static int64_t seconds_until(const struct cx *cx, int64_t at)
{
	return at > cx->now ? (at - cx->now) / 1000 : 1;
}

/* The tokens leave the answer, where scripts would see them. A page that was loaded again finds the token against forged
 * writes in a cookie that it may read. */
static void give_cookies(struct cx *cx, const struct session *s, struct signed_in *out)
{
	int64_t long_term = seconds_until(cx, s->expires_at);
	out->csrf_token = session_csrf(cx, s->id);
	const struct set_cookie all[] = {
		{ .name = "access", .value = out->access_token, .seconds = seconds_until(cx, out->expires_at) },
		{ .name = "refresh", .value = out->refresh_token, .seconds = long_term, .strict = true },
		{ .name = "csrf", .value = out->csrf_token, .seconds = long_term, .strict = true, .for_scripts = true },
		{ .name = "device", .value = out->device_token, .seconds = DEVICE_SECONDS, .strict = true },
	};
	for (size_t i = 0; i < sizeof all / sizeof *all; i++)
		if (all[i].value)
			cx_cookie(cx, &all[i]);
	out->access_token = out->refresh_token = out->token_type = out->device_token = NULL;
	out->tokens = NULL;
}

/* Whoever came by the cookies of a session that ends has no more use for them; the device stays known. */
static void forget_cookies(struct cx *cx, const char *session_id)
{
	static const char *const names[] = { "access", "refresh", "csrf" };
	if (!cx->from.by_cookie || strcmp(session_id, cx->who.session_id) != 0)
		return;
	for (size_t i = 0; i < sizeof names / sizeof *names; i++)
		cx_cookie(cx, &(struct set_cookie){ .name = names[i], .value = "" });
}

err_t session_sign(struct cx *cx, const struct session *s, struct user *user, struct signed_in *out)
{
	const struct token_conf *conf = CONF_OF(cx, token);
	struct token_claims claims = { .sub = user->id,
		.sid = s->id,
		.client_id = "first-party",
		.scope = "account",
		.role = user->role,
		.username = user->username,
		.rc = { IS_SET, s->counter } };
	TRY(token_mint(cx, &claims, conf->lifetime, &out->access_token));
	out->refresh_token = session_token_make(cx->mem, s->id, s->user_id, s->counter);
	out->token_type = "bearer";
	out->expires_in = (struct opt_int){ IS_SET, conf->lifetime / 1000 };
	out->expires_at = cx->now + conf->lifetime;
	out->refresh_expires_at = s->expires_at;
	out->tokens = arena_new_of(cx->mem, struct token_pair);
	*out->tokens = (struct token_pair){ out->access_token, out->refresh_token };
	out->user = user;
	person_own(user);
	if (cx->from.cookies)
		give_cookies(cx, s, out);
	return ERR_OK;
}

/* --- ending ------------------------------------------------------------------------------------------------------- */

/* *ended is false when another transaction was faster, which a refresh sees (it is READ COMMITTED): then that one told it. */
static err_t end(struct cx *cx, const struct session *s, const char *reason, bool *ended)
{
	struct session gone = *s;
	int64_t changed;
	gone.ended_at = cx->now;
	gone.end_reason = reason;
	gone.is_active = false;
	forget_cookies(cx, s->id);
	TRY(session_store_end(cx, s, reason, &changed));
	*ended = changed > 0;
	if (!changed)
		return ERR_OK;
	TRY(push_session_ended(cx, s->user_id, s->id));
	return emit(cx, &session_revoked, s->id, &gone);
}

err_t session_end(struct cx *cx, const struct session *s, const char *reason)
{
	bool ended;
	return end(cx, s, reason, &ended);
}

err_t session_end_all(struct cx *cx, const char *user_id, const char *but, const char *reason, int64_t *ended)
{
	struct list all;
	TRY(session_store_list(cx, user_id, SESSIONS_ENDED, &all));
	const struct session *s = all.items;
	*ended = 0;
	for (size_t i = 0; i < all.n; i++) {
		if (but && strcmp(s[i].id, but) == 0)
			continue;
		TRY(session_end(cx, &s[i], reason));
		(*ended)++;
	}
	return ERR_OK;
}

err_t session_erase(struct cx *cx, const char *user_id)
{
	return session_store_erase(cx, user_id);
}

err_t session_part(struct cx *cx, const char *user_id, const char *after, struct list *out, const char **next)
{
	TRY(session_store_all(cx, user_id, after ? after : "", PART_BATCH, out));
	struct session *s = out->items;
	for (size_t i = 0; i < out->n; i++)
		s[i].is_active = !s[i].ended_at && s[i].expires_at > cx->now;
	*next = out->n == PART_BATCH ? s[out->n - 1].id : NULL;
	return ERR_OK;
}

/* In the audit what befalls a session concerns the person, who is shown it. */
static void audit(struct cx *cx, const struct session *s)
{
	struct session *kept = arena_new_of(cx->mem, struct session);
	*kept = *s;
	kept->is_active = false;
	cx->audit.subject_type = "user";
	cx->audit.subject_id = s->user_id;
	cx->audit.type = &session_type;
	cx->audit.before = kept;
}

err_t session_by_id(struct cx *cx, const char *user_id, const char *id, struct session *out)
{
	return session_store_of(cx, user_id, id, out);
}

err_t session_keep(struct cx *cx, const char *user_id, const char *id, int64_t version)
{
	struct session s = { 0 };
	TRY(session_store_keep(cx, user_id, id, version));
	TRY(session_store_of(cx, user_id, id, &s));
	return emit(cx, &session_kept, id, &s); /* or memory would hold its old version against it */
}

static err_t own_only(struct cx *cx)
{
	return cx->who.kind == ACTOR_USER ? ERR_OK : FAIL(cx, ERR_DENIED, "only a person has sessions");
}

err_t session_logout(struct cx *cx, const struct none *in, struct none *out)
{
	(void)in;
	(void)out;
	struct session s = { 0 };
	TRY(own_only(cx));
	TRY(session_store_of(cx, cx->who.id, cx->who.session_id, &s));
	audit(cx, &s);
	return s.ended_at ? ERR_OK : session_end(cx, &s, "logout");
}

err_t session_logout_all(struct cx *cx, const struct none *in, struct session_count *out)
{
	(void)in;
	TRY(own_only(cx));
	return session_end_all(cx, cx->who.id, NULL, "logout_all", &out->ended);
}

err_t session_revoke_others(struct cx *cx, const struct none *in, struct session_count *out)
{
	(void)in;
	TRY(own_only(cx));
	return session_end_all(cx, cx->who.id, cx->who.session_id, "revoked", &out->ended);
}

err_t session_revoke(struct cx *cx, const struct session_ref *in, struct none *out)
{
	(void)out;
	struct session s = { 0 };
	TRY(session_store_get(cx, in->id, &s));
	bool mine = cx->who.kind == ACTOR_USER && strcmp(s.user_id, cx->who.id) == 0;
	if (!mine && cx->who.kind != ACTOR_LOCAL && !may(&cx->who, PERM_SESSION_ADMIN))
		return FAIL(cx, ERR_NOT_FOUND, "the session of somebody else");
	if (s.ended_at)
		return FAIL(cx, ERR_NOT_FOUND, "ended before");
	if (!mine)
		TRY(user_guard(cx, s.user_id));
	audit(cx, &s);
	return session_end(cx, &s, "revoked");
}

static err_t list_of(struct cx *cx, const char *user_id, struct session_list *out)
{
	TRY(session_store_list(cx, user_id, SESSIONS_SHOWN, &out->items));
	struct session *s = out->items.items;
	for (size_t i = 0; i < out->items.n; i++) {
		s[i].current = strcmp(s[i].id, cx->who.session_id) == 0;
		s[i].is_active = true;
	}
	out->page = page_fill(cx, &(struct page_want){ .limit = SESSIONS_SHOWN }, &out->items, -1);
	return ERR_OK;
}

err_t session_list(struct cx *cx, const struct none *in, struct session_list *out)
{
	(void)in;
	TRY(own_only(cx));
	return list_of(cx, cx->who.id, out);
}

err_t user_sessions(struct cx *cx, const struct user_removal *in, struct session_list *out)
{
	TRY(user_guard(cx, in->id));
	return list_of(cx, in->id, out);
}

err_t user_sessions_end(struct cx *cx, const struct user_removal *in, struct session_count *out)
{
	TRY(user_guard(cx, in->id));
	cx->audit.subject_type = "user";
	cx->audit.subject_id = in->id;
	return session_end_all(cx, in->id, NULL, "revoked", &out->ended);
}

/* --- refreshing --------------------------------------------------------------------------------------------------- */

bool session_is_refresh(const char *token)
{
	return session_token_is(token);
}

err_t session_by_refresh(struct cx *cx, const char *refresh_token, struct session *out)
{
	struct session_token t;
	if (!session_token_read(cx->mem, refresh_token, &t))
		return FAIL(cx, ERR_TOKEN_INVALID, "not a refresh token of ours");
	err_t e = t.user_id ? session_store_of(cx, t.user_id, t.session_id, out)
	                    : session_store_get(cx, t.session_id, out);
	if (e)
		return e == ERR_NOT_FOUND ? FAIL(cx, ERR_TOKEN_INVALID, "the session is gone") : e;
	out->is_active = !out->ended_at && out->expires_at > cx->now && t.counter == out->counter;
	return ERR_OK;
}

err_t session_refresh_prepare(struct cx *cx, const struct session_refresh_in *in, struct session_work *work)
{
	struct session_token t;
	if (!session_token_read(cx->mem, in->refresh_token, &t))
		return FAIL(cx, ERR_TOKEN_INVALID, "not a refresh token of ours");
	work->id = t.session_id;
	work->user_id = t.user_id;
	work->counter = t.counter;
	return cx->from.cookies && cx->from.by_cookie ? session_csrf_check(cx, work->id, cx->from.csrf) : ERR_OK;
}

static err_t check_alive(struct cx *cx, const struct session *s)
{
	if (s->ended_at)
		return FAIL(cx, ERR_SESSION_ENDED, "ended: %s", s->end_reason ? s->end_reason : "");
	if (s->expires_at <= cx->now)
		return FAIL(cx, ERR_TOKEN_EXPIRED, "not refreshed for too long");
	if (s->credential_version != s->owner_version)
		return FAIL(cx, ERR_SESSION_ENDED, "the credentials were changed");
	struct user u = { .status = s->owner_status, .status_until = s->owner_until };
	return user_may_act(&u, cx->now) ? ERR_OK : FAIL(cx, ERR_NOT_ACTIVE, "%s", user_status_names[u.status]);
}

err_t session_alive(struct cx *cx, const char *id, struct session *out, struct user *user)
{
	err_t e = session_store_owned(cx, id, out);
	if (e)
		return e == ERR_NOT_FOUND ? FAIL(cx, ERR_SESSION_ENDED, "the session is gone") : e;
	TRY(check_alive(cx, out));
	return user_by_id(cx, out->user_id, user);
}

/* The previous token is answered with the current one while that may not have arrived: shortly after the rotation, or as
 * long as nothing minted with the current counter was used. A client that lost the answer, or two tabs at once. */
static bool may_have_missed_it(struct cx *cx, const struct session *s, int64_t counter)
{
	if (counter != s->counter - 1)
		return false;
	int64_t grace = CONF_OF(cx, session)->grace, age = cx->now - s->rotated_at;
	if (age <= grace &&
		age >= -grace) /* a rotation far ahead of us: the clock was set back, and says nothing of it */
		return true;
	int64_t used = session_cached_used(s->id);
	return (used > s->used_counter ? used : s->used_counter) < s->counter;
}

static err_t stolen(struct cx *cx, const struct session *s, int64_t counter)
{
	struct user u = { 0 };
	const struct mail_value values[] = { { "device", s->device }, { "ip", cx->from.ip }, { NULL, NULL } };
	bool ended;
	audit(cx, s);
	TRY(end(cx, s, "reuse", &ended));
	if (!ended)
		return FAIL(cx, ERR_SESSION_ENDED, "it ended meanwhile");
	TRY(emit(cx, &session_reuse_detected, s->id, s));
	TRY(user_by_id(cx, s->user_id, &u));
	TRY(notice_send(cx, &u, "session_stolen", values));
	return REFUSE(cx, ERR_SESSION_ENDED, "refresh token %lld of session %s was used again; it is at %lld",
		(long long)counter, s->id, (long long)s->counter);
}

/* The one statement that nearly every refresh needs, behind another when the token does not name its user. ERR_NOT_FOUND when
 * it is one of the others, or rotation is off. */
static err_t rotate(struct cx *cx, const struct session_work *work, struct session *s)
{
	const struct session_conf *conf = CONF_OF(cx, session);
	if (!conf->rotate)
		return ERR_NOT_FOUND;
	if (!work->user_id)
		TRY(session_store_get(cx, work->id, s));
	s->id = work->id;
	s->user_id = work->user_id ? work->user_id : s->user_id;
	s->counter = work->counter;
	s->expires_at = cx->now + conf->sliding;
	TRY(session_store_turn(cx, s));
	TRY(check_alive(cx, s)); /* else it was not rotated either: the transaction is undone */
	return emit(cx, &session_refreshed, s->id, s);
}

static err_t prolong(struct cx *cx, struct session *s)
{
	s->expires_at = sooner(cx->now + CONF_OF(cx, session)->sliding, s->ends_at);
	TRY(session_store_prolong(cx, s));
	return emit(cx, &session_refreshed, s->id, s);
}

static err_t refresh_otherwise(struct cx *cx, const struct session_work *work, struct session *s)
{
	err_t e = session_store_owned(cx, work->id, s);
	if (e)
		return e == ERR_NOT_FOUND ? FAIL(cx, ERR_TOKEN_INVALID, "the session is gone") : e;
	TRY(check_alive(cx, s));
	if (work->counter == s->counter)
		return prolong(cx, s);
	return may_have_missed_it(cx, s, work->counter) ? ERR_OK : stolen(cx, s, work->counter);
}

err_t session_refresh(
	struct cx *cx, const struct session_refresh_in *in, struct session_work *work, struct signed_in *out)
{
	(void)in;
	(void)out;
	err_t e = rotate(cx, work, &work->session);
	if (e == ERR_NOT_FOUND && !cx->fail.code)
		e = refresh_otherwise(cx, work, &work->session);
	work->open = !e;
	return e;
}

err_t session_refresh_finish(
	struct cx *cx, const struct session_refresh_in *in, struct session_work *work, struct signed_in *out)
{
	(void)in;
	TRY(user_cached(cx, work->session.user_id, &work->user));
	return session_sign(cx, &work->session, &work->user, out);
}

/* --- the rest ----------------------------------------------------------------------------------------------------- */

err_t session_check(struct cx *cx, const struct none *in, struct token_status *out)
{
	(void)in;
	out->valid = true;
	if (cx->who.kind != ACTOR_USER)
		return ERR_OK;
	out->user = arena_new_of(cx->mem, struct user);
	TRY(user_cached(cx, cx->who.id, out->user));
	person_own(out->user);
	return ERR_OK;
}

err_t session_clean(struct cx *cx)
{
	return session_store_clean(cx, cx->now - CONF_OF(cx, session)->sliding, CLEAN_BATCH);
}
