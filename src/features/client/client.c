#include "features/client/client.h"
#include "base/cache.h"
#include "base/str.h"
#include "crypto/crypto.h"
#include "features/client/client_store.h"

#include <string.h>

enum { SECRET_BYTES = 32, CLIENTS = 10000, SHOWN = 1000 };

static struct cache *live; /* client id -> bool: whether it may act */
static bool (*memory_trusted)(void);

void client_init(bool (*trusted)(void))
{
	memory_trusted = trusted;
	if (!live)
		live = cache_new(CLIENTS);
}

void client_forget_all(void)
{
	cache_drop_all(live);
}

void client_changed(const char *id)
{
	cache_drop(live, id, strlen(id));
}

bool client_scope_perms(const char *scope, uint64_t *perms)
{
	*perms = 0;
	while (*scope) {
		size_t n = strcspn(scope, " ");
		int p = PERM_NONE + 1;
		while (p < PERM_COUNT && (strlen(perm_info((enum perm)p)->name) != n ||
						 strncmp(perm_info((enum perm)p)->name, scope, n) != 0))
			p++;
		if (n && p == PERM_COUNT)
			return false;
		if (n)
			*perms |= PERM_BIT(p);
		scope += n;
		scope += *scope == ' ';
	}
	return true;
}

const char *client_scope_text(struct cx *cx, uint64_t perms)
{
	const char *text = "";
	for (int p = PERM_NONE + 1; p < PERM_COUNT; p++)
		if (perms & PERM_BIT(p))
			text = arena_printf(cx->mem, "%s%s%s", text, *text ? " " : "", perm_info((enum perm)p)->name);
	return text;
}

static const char *hash_secret(struct cx *cx, const char *secret)
{
	uint8_t hash[SHA256_SIZE];
	crypto_sha256(secret, strlen(secret), hash);
	return hex_encode(cx->mem, hash, sizeof hash);
}

/* 256 random bits need no slow hash: nobody guesses them. An unknown id, and a secret that there is not, are compared too, so
 * that time tells nothing. */
err_t client_authenticate(struct cx *cx, const char *id, const char *secret, struct client *out)
{
	err_t e = client_store_get(cx, id, out);
	if (e && e != ERR_NOT_FOUND)
		return e;
	const char *none = hash_secret(cx, ""), *shown = hash_secret(cx, secret);
	bool old_good = !e && out->old_secret_hash && out->old_secret_until > cx->now;
	bool right = crypto_same_text(e ? none : out->secret_hash, shown);
	bool right_old = crypto_same_text(old_good ? out->old_secret_hash : none, shown) && old_good;
	if (e || !(right || right_old) || out->revoked_at)
		return FAIL(cx, ERR_BAD_CLIENT, "client %s", id);
	return ERR_OK;
}

static err_t is_live(struct cx *cx, const char *id, bool *out)
{
	bool trusted = !memory_trusted || memory_trusted();
	const bool *known = trusted ? cache_get(live, id, strlen(id), cx->mem, NULL) : NULL;
	if (known) {
		*out = *known;
		return ERR_OK;
	}
	if (cx->on_loop)
		return ERR_NOT_HERE;
	uint64_t ticket = cache_ticket(live, id, strlen(id));
	struct client c = { 0 };
	err_t e = client_store_get(cx, id, &c);
	if (e && e != ERR_NOT_FOUND)
		return e;
	*out = !e && !c.revoked_at;
	if (!cx->aside)
		cache_put(live, id, strlen(id), out, sizeof *out, ticket);
	return ERR_OK;
}

err_t client_identify(struct cx *cx, const char *id, uint64_t perms)
{
	bool may_act;
	TRY(is_live(cx, id, &may_act));
	if (!may_act)
		return FAIL(cx, ERR_TOKEN_INVALID, "the service's credentials were revoked");
	cx->who = (struct actor){
		.kind = ACTOR_SERVICE, .id = arena_strdup(cx->mem, id), .session_id = "", .role = "", .perms = perms
	};
	return ERR_OK;
}

/* --- operations --------------------------------------------------------------------------------------------------- */

static void audit(struct cx *cx, const struct client *before, const struct client *after)
{
	cx->audit.subject_type = "client";
	const struct client *known = after ? after : before;
	cx->audit.subject_id = known ? known->id : "";
	cx->audit.type = &client_type;
	cx->audit.before = before;
	cx->audit.after = after;
}

/* Another secret; its text goes to the caller this once. */
static void make_secret(struct cx *cx, struct client *c)
{
	uint8_t secret[SECRET_BYTES];
	crypto_random(secret, sizeof secret);
	c->secret = arena_printf(cx->mem, "rs1_%s", base64_encode(cx->mem, secret, sizeof secret, true));
	c->secret_hash = hash_secret(cx, c->secret);
	crypto_wipe(secret, sizeof secret);
}

/* Nobody gets hold of a service that may do more than he. */
static err_t check_scope(struct cx *cx, const char *scope)
{
	uint64_t perms;
	if (!client_scope_perms(scope, &perms))
		return cx_field(cx, "scope",
			"must be names of permissions with blanks between them, such as \"token.check user.read\"");
	if (perms & ~cx->who.perms)
		return FAIL(cx, ERR_DENIED, "nobody gives a service more than he may do himself");
	return ERR_OK;
}

err_t client_create(struct cx *cx, const struct client_new *in, struct client *out)
{
	TRY(check_scope(cx, in->scope));
	*out = (struct client){ .id = id_new(cx), .name = in->name, .scope = in->scope, .created_at = cx->now };
	make_secret(cx, out);
	TRY(client_store_add(cx, out));
	audit(cx, NULL, out);
	return emit(cx, &client_created, out->id, out);
}

err_t client_rotate(struct cx *cx, const struct client_rotation *in, struct client *out)
{
	struct client *before = arena_new_of(cx->mem, struct client);
	TRY(client_store_get(cx, in->id, before));
	if (before->revoked_at)
		return FAIL(cx, ERR_NOT_FOUND, "revoked before");
	TRY(check_scope(cx, before->scope));
	*out = *before;
	out->old_secret_hash = in->overlap ? before->secret_hash : NULL;
	out->old_secret_until = in->overlap ? cx->now + in->overlap * 1000 : 0;
	make_secret(cx, out);
	TRY(client_store_set_secret(cx, out));
	audit(cx, before, out);
	return emit(cx, &client_rotated, out->id, out);
}

err_t client_list(struct cx *cx, const struct none *in, struct client_list *out)
{
	(void)in;
	TRY(client_store_list(cx, SHOWN, &out->items));
	out->page = page_fill(cx, &(struct page_want){ .limit = SHOWN }, &out->items, -1);
	return ERR_OK;
}

err_t client_revoke(struct cx *cx, const struct client_ref *in, struct none *out)
{
	(void)out;
	struct client *c = arena_new_of(cx->mem, struct client), *after = arena_new_of(cx->mem, struct client);
	TRY(client_store_get(cx, in->id, c));
	if (c->revoked_at)
		return FAIL(cx, ERR_NOT_FOUND, "revoked before");
	TRY(client_store_revoke(cx, c->id));
	*after = *c;
	after->revoked_at = cx->now;
	audit(cx, c, after);
	return emit(cx, &client_revoked, c->id, after);
}
