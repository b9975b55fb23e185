/* Service credentials: other programs that act under their own name (OAuth 2.0 clients, RFC 6749 section 2). */
#ifndef FEATURES_CLIENT_H
#define FEATURES_CLIENT_H

#include "base/page.h"

struct client {
	const char *id, *name, *scope, *secret; /* secret: shown once, when it is made */
	const char *secret_hash, *old_secret_hash; /* old: NULL when there is none */
	int64_t old_secret_until; /* the old one is good until then */
	int64_t created_at, revoked_at;
};
struct client_new {
	const char *name, *scope;
};
struct client_ref {
	const char *id;
};
struct client_rotation {
	const char *id;
	int64_t overlap; /* seconds */
};
struct client_list {
	struct list items; /* struct client */
	struct page *page;
};
extern const struct type client_type, client_new_type, client_ref_type, client_rotation_type, client_list_type;
extern const struct event client_created, client_rotated, client_revoked;

/* PERM_BIT()s of a scope text ("token.check user.read"). False when a word is no permission. */
bool client_scope_perms(const char *scope, uint64_t *perms);
/* The same permissions as text. */
const char *client_scope_text(struct cx *cx, uint64_t perms);
/* Checks id and secret, in constant time; scope as registered. ERR_BAD_CLIENT. Not on a loop. */
err_t client_authenticate(struct cx *cx, const char *id, const char *secret, struct client *out) CHECKED;
/* Makes the service of a verified token the caller, by live state. ERR_NOT_HERE on a loop when memory cannot tell;
 * ERR_TOKEN_INVALID when it was revoked. */
err_t client_identify(struct cx *cx, const char *id, uint64_t perms) CHECKED;
void client_init(bool (*memory_trusted)(void));
void client_changed(const char *id);
void client_forget_all(void);

/* Registers one; the answer alone holds the secret. Emits client.created. */
err_t client_create(struct cx *cx, const struct client_new *in, struct client *out) CHECKED;
err_t client_list(struct cx *cx, const struct none *in, struct client_list *out) CHECKED;
/* Gives it another secret, which the answer alone holds; the one before is good for the overlap, so that its instances can be
 * told one by one. What was old before that is worthless at once. Emits client.rotated. */
err_t client_rotate(struct cx *cx, const struct client_rotation *in, struct client *out) CHECKED;
/* Its secret and its tokens are worthless from now on. Emits client.revoked. */
err_t client_revoke(struct cx *cx, const struct client_ref *in, struct none *out) CHECKED;

#endif
