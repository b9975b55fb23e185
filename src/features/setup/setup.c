#include "features/setup/setup.h"
#include "base/str.h"
#include "crypto/crypto.h"

#include <stdatomic.h>
#include <string.h>

enum { TOKEN_BYTES = 32 };

/* The token lives in memory alone: a restart prints a new link, and no copy of the database holds one. */
static uint8_t token_hash[SHA256_SIZE];
static _Atomic bool needed, closed;

bool setup_open(void)
{
	return !atomic_load_explicit(&closed, memory_order_relaxed);
}

void setup_close_until_done(void)
{
	if (atomic_load(&needed))
		atomic_store(&closed, true);
}

static void done(void)
{
	atomic_store(&needed, false);
	atomic_store(&closed, false);
}

static const char *new_token(struct cx *cx)
{
	uint8_t bytes[TOKEN_BYTES];
	crypto_random(bytes, sizeof bytes);
	const char *text = base64_encode(cx->mem, bytes, sizeof bytes, true);
	crypto_sha256(text, strlen(text), token_hash);
	crypto_wipe(bytes, sizeof bytes);
	atomic_store(&needed, true);
	return text;
}

static struct user_new as_new(const char *email, const struct secret *password)
{
	return (struct user_new){ .email = email, .password = *password, .role = "admin" };
}

err_t setup_begin(struct cx *cx, const char *email, const struct secret *password, const char **token)
{
	int64_t admins;
	*token = NULL;
	TRY(user_count_admins(cx, &admins));
	if (admins)
		return ERR_OK;
	if (!email || !*email) {
		*token = new_token(cx);
		return ERR_OK;
	}
	struct user_new in = as_new(email, password);
	struct account_new_work *work = arena_new_of(cx->mem, struct account_new_work);
	struct signed_in out = { 0 };
	TRY(user_create_prepare(cx, &in, work));
	return user_create(cx, &in, work, &out);
}

/* Whoever holds the token acts with the authority of this host. */
static err_t authorise(struct cx *cx, const char *token)
{
	uint8_t hash[SHA256_SIZE];
	if (!atomic_load(&needed))
		return FAIL(cx, ERR_ALREADY_SET_UP, "there is an administrator");
	crypto_sha256(token, strlen(token), hash);
	if (!crypto_same(hash, token_hash, sizeof hash)) {
		cx->fail.message = "This set-up link is not the one that the server printed at its last start.";
		return FAIL(cx, ERR_TOKEN_INVALID, "wrong set-up token");
	}
	cx->who = (struct actor){ .kind = ACTOR_LOCAL, .id = "", .session_id = "", .role = "", .perms = UINT64_MAX };
	return ERR_OK;
}

err_t setup_create_prepare(struct cx *cx, const struct setup_in *in, struct account_new_work *work)
{
	struct user_new new = as_new(in->email, &in->password);
	TRY(authorise(cx, in->token));
	return user_create_prepare(cx, &new, work);
}

err_t setup_create(struct cx *cx, const struct setup_in *in, struct account_new_work *work, struct signed_in *out)
{
	int64_t admins;
	struct user_new new = as_new(in->email, &in->password);
	TRY(user_count_admins(cx, &admins));
	if (admins)
		return FAIL(cx, ERR_ALREADY_SET_UP, "somebody was faster");
	return user_create(cx, &new, work, out);
}

err_t setup_create_finish(
	struct cx *cx, const struct setup_in *in, struct account_new_work *work, struct signed_in *out)
{
	struct user_new new = as_new(in->email, &in->password);
	done();
	return user_create_finish(cx, &new, work, out);
}

err_t setup_watch(struct cx *cx)
{
	int64_t admins;
	if (!atomic_load_explicit(&needed, memory_order_relaxed))
		return ERR_OK;
	TRY(user_count_admins(cx, &admins));
	if (admins)
		done();
	return ERR_OK;
}
