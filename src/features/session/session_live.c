/* Live state: who bears a token, answered from memory whenever that is sure. Three maps: tokens that were verified (by
 * the SHA-256 of the whole token), sessions, users. A change drops what it concerns before its answer is sent; where other
 * nodes write too, memory counts only while this node knows what they did. */
#include "base/cache.h"
#include "base/str.h"
#include "crypto/keyring.h"
#include "features/client/client.h"
#include "features/role/role.h"
#include "features/session/session.h"
#include "features/session/session_store.h"
#include "features/token/token.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

enum { ID = 40, DUE_MAX = 50000, FLUSH_MS = 60000, FLUSH_BATCH = 500 };

/* A verified token. It says who and until when; all else is asked of the session and the user. */
struct seen {
	char sub[ID], sid[ID];
	bool service;
	uint64_t perms; /* of a service: its scope */
	int64_t exp, rc;
};
struct live {
	char user_id[ID];
	int64_t ended_at, expires_at, version;
	int64_t used_at, used_counter, flushed_at;
};

/* Uses of sessions that are to be written down: not changes, so they wait for a batch. */
struct due {
	struct due *next;
	char sid[ID], user_id[ID];
	int64_t at, counter;
};

static struct cache *tokens, *sessions;
static bool (*memory_trusted)(void);
static struct {
	pthread_mutex_t lock;
	struct due *first;
	size_t n;
} due = { .lock = PTHREAD_MUTEX_INITIALIZER };

void session_init(bool (*trusted)(void), size_t tokens_most, size_t sessions_most)
{
	memory_trusted = trusted;
	if (!tokens) {
		tokens = cache_new(tokens_most);
		sessions = cache_new(sessions_most);
	}
}

void session_changed(const char *id)
{
	cache_drop(sessions, id, strlen(id));
}

static struct cache_stats stats_of(struct cache *c)
{
	struct cache_stats s;
	cache_stats(c, &s);
	return s;
}

int64_t session_token_hits(void)
{
	return stats_of(tokens).hits;
}

int64_t session_token_misses(void)
{
	return stats_of(tokens).misses;
}

int64_t session_live_hits(void)
{
	return stats_of(sessions).hits;
}

int64_t session_live_misses(void)
{
	return stats_of(sessions).misses;
}

void session_forget_all(void)
{
	cache_drop_all(tokens);
	cache_drop_all(sessions);
}

static bool trusted(void)
{
	return !memory_trusted || memory_trusted();
}

static void put_id(char to[static ID], const char *from)
{
	size_t n = from ? strnlen(from, ID - 1) : 0;
	if (n)
		memcpy(to, from, n);
	to[n] = 0;
}

/* --- the token ---------------------------------------------------------------------------------------------------- */

static const struct seen *token_known(struct arena *a, const char *token)
{
	uint8_t key[SHA256_SIZE];
	crypto_sha256(token, strlen(token), key);
	return cache_get(tokens, key, sizeof key, a, NULL);
}

static err_t see_token(struct cx *cx, const char *token, struct seen *out)
{
	uint8_t key[SHA256_SIZE];
	crypto_sha256(token, strlen(token), key);
	const struct seen *known = cache_get(tokens, key, sizeof key, cx->mem, NULL);
	if (known) {
		*out = *known;
		return out->exp * 1000 > cx->now ? ERR_OK : FAIL(cx, ERR_TOKEN_EXPIRED, "expired");
	}
	/* Also on a loop: a signature is arithmetic, and takes no longer than the way to a worker and back. */
	struct token_claims c;
	uint64_t ticket = cache_ticket(tokens, key, sizeof key);
	TRY(token_check(cx, token, &c));
	*out = (struct seen){ .service = !c.sid, .exp = c.exp.v, .rc = c.rc.has == IS_SET ? c.rc.v : 0 };
	put_id(out->sub, c.sub);
	put_id(out->sid, c.sid);
	if (out->service && !client_scope_perms(c.scope ? c.scope : "", &out->perms))
		return FAIL(cx, ERR_TOKEN_INVALID, "a scope of another version");
	cache_put(tokens, key, sizeof key, out, sizeof *out, ticket);
	return ERR_OK;
}

/* --- the session -------------------------------------------------------------------------------------------------- */

static struct live live_of(const struct session *s)
{
	struct live l = { .ended_at = s->ended_at,
		.expires_at = s->expires_at,
		.version = s->credential_version,
		.used_at = s->last_used_at,
		.used_counter = s->used_counter,
		.flushed_at = s->last_used_at };
	put_id(l.user_id, s->user_id);
	return l;
}

static err_t see_session(struct cx *cx, const char *user_id, const char *sid, struct live *out)
{
	const struct live *known = trusted() ? cache_get(sessions, sid, strlen(sid), cx->mem, NULL) : NULL;
	if (known) {
		*out = *known;
		return ERR_OK;
	}
	if (cx->on_loop)
		return ERR_NOT_HERE;
	uint64_t ticket = cache_ticket(sessions, sid, strlen(sid));
	struct session s = { 0 };
	err_t e = session_store_of(cx, user_id, sid, &s);
	if (e)
		return e == ERR_NOT_FOUND ? FAIL(cx, ERR_SESSION_ENDED, "the session is gone") : e;
	*out = live_of(&s);
	if (!cx->aside)
		cache_put(sessions, sid, strlen(sid), out, sizeof *out, ticket);
	return ERR_OK;
}

static err_t foresee_sessions(struct cx *cx, size_t n, const char *const *ids, const char *const *user_ids)
{
	const char *missing[BIND_SOME], *owners[BIND_SOME];
	uint64_t tickets[BIND_SOME];
	size_t m = 0;
	for (size_t i = 0; i < n; i++)
		if (!cache_with(sessions, ids[i], strlen(ids[i]), NULL, NULL)) {
			tickets[m] = cache_ticket(sessions, ids[i], strlen(ids[i]));
			owners[m] = user_ids[i];
			missing[m++] = ids[i];
		}
	struct list all = { 0 };
	if (m)
		TRY(session_store_some(cx, m, missing, owners, &all));
	const struct session *s = all.items;
	for (size_t i = 0; i < all.n; i++)
		for (size_t k = 0; k < m; k++)
			if (strcmp(s[i].id, missing[k]) == 0) {
				struct live l = live_of(&s[i]);
				cache_put(sessions, missing[k], strlen(missing[k]), &l, sizeof l, tickets[k]);
			}
	return ERR_OK;
}

void session_foresee(struct cx *cx, size_t n, const char *const *shown)
{
	const char *sids[BIND_SOME], *subs[BIND_SOME];
	size_t m = 0;
	if (!trusted())
		return;
	for (size_t i = 0; i < n && i < BIND_SOME; i++) {
		const struct seen *known = token_known(cx->mem, shown[i]);
		if (known && !known->service) {
			sids[m] = known->sid;
			subs[m++] = known->sub;
		}
	}
	if (!foresee_sessions(cx, m, sids, subs) && !user_foresee(cx, m, subs))
		return;
	cx_forgive(cx);
}

static void add_due(const char *sid, const char *user_id, int64_t at, int64_t counter)
{
	struct due *d = malloc(sizeof *d);
	if (!d)
		abort();
	put_id(d->sid, sid);
	put_id(d->user_id, user_id);
	d->at = at;
	d->counter = counter;
	pthread_mutex_lock(&due.lock);
	bool room = due.n < DUE_MAX;
	if (room) {
		d->next = due.first;
		due.first = d;
		due.n++;
	}
	pthread_mutex_unlock(&due.lock);
	if (!room)
		free(d);
}

struct use {
	int64_t now, counter;
	bool due;
};

static void mark_use(void *value, void *arg)
{
	struct live *l = value;
	struct use *u = arg;
	bool news = u->counter > l->used_counter;
	if (news)
		l->used_counter = u->counter;
	if (u->now > l->used_at)
		l->used_at = u->now;
	u->due = news || u->now - l->flushed_at >= FLUSH_MS;
	if (u->due)
		l->flushed_at = u->now;
}

/* Notes that the session is in use; written down when it is news: a counter not seen before, or a minute gone by. */
static void note_use(struct cx *cx, const char *sid, const struct live *l, int64_t counter)
{
	if (counter <= l->used_counter && cx->now - l->flushed_at < FLUSH_MS)
		return;
	struct use use = { .now = cx->now, .counter = counter };
	if (cache_with(sessions, sid, strlen(sid), mark_use, &use) && use.due)
		add_due(sid, l->user_id, use.now, counter);
}

static void read_used(void *value, void *arg)
{
	*(int64_t *)arg = ((const struct live *)value)->used_counter;
}

int64_t session_cached_used(const char *id)
{
	int64_t used = 0;
	cache_with(sessions, id, strlen(id), read_used, &used);
	return used;
}

static struct due *take_due(void)
{
	pthread_mutex_lock(&due.lock);
	struct due *first = due.first, *last = first;
	for (size_t i = 1; last && last->next && i < FLUSH_BATCH; i++)
		last = last->next;
	if (last) {
		due.first = last->next;
		last->next = NULL;
	}
	pthread_mutex_unlock(&due.lock);
	return first;
}

static void put_back_due(struct due *first)
{
	struct due **end = &first;
	pthread_mutex_lock(&due.lock);
	while (*end)
		end = &(*end)->next;
	*end = due.first;
	due.first = first;
	pthread_mutex_unlock(&due.lock);
}

static void free_due(struct due *first)
{
	size_t n = 0;
	for (struct due *next; first; first = next, n++) {
		next = first->next;
		free(first);
	}
	pthread_mutex_lock(&due.lock);
	due.n -= n;
	pthread_mutex_unlock(&due.lock);
}

err_t session_flush(struct cx *cx)
{
	struct due *first = take_due();
	err_t e = ERR_OK;
	for (struct due *d = first; d && !e; d = d->next) {
		e = session_store_used(cx, d->sid, d->user_id, d->at, d->counter);
		user_touched(d->user_id); /* a moment before the commit: at worst it shows a minute later */
	}
	if (e)
		put_back_due(first); /* it collided with a change of one of them, and is run again */
	else
		free_due(first);
	return e;
}

/* --- the answer --------------------------------------------------------------------------------------------------- */

static err_t see_both(struct cx *cx, const struct seen *t, struct live *l, struct user *u)
{
	TRY(see_session(cx, t->sub, t->sid, l));
	return user_cached(cx, l->user_id, u);
}

/* A change of the password raises the version of the user, and of the one session that it keeps. Who sees the one before
 * and the other after it must not take that session for ended. */
static err_t see_alike(struct cx *cx, const struct seen *t, struct live *l, struct user *u)
{
	TRY(see_both(cx, t, l, u));
	if (l->ended_at || l->version == u->credential_version)
		return ERR_OK;
	if (cx->on_loop)
		return ERR_NOT_HERE;
	session_changed(t->sid);
	user_changed(l->user_id);
	return see_both(cx, t, l, u);
}

static err_t identify_user(struct cx *cx, const struct seen *t, bool stale_ok)
{
	struct live l;
	struct user *u = arena_new_of(cx->mem, struct user);
	TRY(see_alike(cx, t, &l, u));
	bool ended = l.ended_at || l.expires_at <= cx->now || l.version != u->credential_version ||
	             strcmp(l.user_id, t->sub) != 0;
	if (ended && !stale_ok)
		return FAIL(cx, ERR_SESSION_ENDED, "session %s has ended", t->sid);
	if (!ended && !user_may_act(u, cx->now) && !stale_ok)
		return FAIL(cx, u->status == USER_DELETED ? ERR_SESSION_ENDED : ERR_NOT_ACTIVE, "%s",
			user_status_names[u->status]);
	uint64_t perms;
	TRY(role_perms(cx, u->role, &perms));
	cx->who = (struct actor){ .kind = ACTOR_USER,
		.id = u->id,
		.session_id = arena_strdup(cx->mem, t->sid),
		.role = u->role,
		.perms = perms,
		.version = l.version,
		.counter = t->rc,
		.self = u };
	if (!ended)
		note_use(cx, cx->who.session_id, &l, t->rc);
	return ERR_OK;
}

err_t session_identify(struct cx *cx, const char *token, bool stale_ok)
{
	struct seen t;
	TRY(see_token(cx, token, &t));
	return t.service ? client_identify(cx, t.sub, t.perms) : identify_user(cx, &t, stale_ok);
}

err_t session_identify_again(struct cx *cx, const struct acquaintance *known, bool stale_ok)
{
	struct seen t = { .rc = known->counter };
	if (known->until <= cx->now)
		return FAIL(cx, ERR_TOKEN_EXPIRED, "expired");
	put_id(t.sub, known->user_id);
	put_id(t.sid, known->session_id);
	return identify_user(cx, &t, stale_ok);
}

err_t session_recheck(struct cx *cx)
{
	struct session_now now;
	err_t e = session_store_now(cx, cx->who.id, cx->who.session_id, &now);
	if (e == ERR_NOT_FOUND)
		return FAIL(cx, ERR_SESSION_ENDED, "the session is gone");
	TRY(e);
	if (now.ended_at || now.expires_at <= cx->now || now.version != now.user_version ||
		now.version != cx->who.version)
		return FAIL(cx, ERR_SESSION_ENDED, "it ended meanwhile");
	struct user u = { .status = now.status, .status_until = now.status_until };
	if (!user_may_act(&u, cx->now))
		return FAIL(cx, ERR_NOT_ACTIVE, "%s", user_status_names[now.status]);
	return role_perms(cx, now.role, &cx->who.perms);
}

err_t session_csrf_check(struct cx *cx, const char *session_id, const char *shown)
{
	if (shown && crypto_same_text(session_csrf(cx, session_id), shown))
		return ERR_OK;
	return FAIL(cx, ERR_CSRF, "cookie without its token");
}

const char *session_csrf(struct cx *cx, const char *session_id)
{
	uint8_t mac[SHA256_SIZE];
	crypto_hmac(keyring_key(KEY_CSRF), session_id, strlen(session_id), mac);
	return base64_encode(cx->mem, mac, 24, true);
}
