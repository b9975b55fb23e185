/* Passwords of accounts: what a new one must be, the stored hash, checking one, changing one's own. The hashes themselves
 * are crypto/password.h. */
#ifndef FEATURES_PASSWORD_H
#define FEATURES_PASSWORD_H

#include "base/page.h"
#include "crypto/password.h"
#include "features/lockout/lockout.h"
#include "features/user/user.h"

struct password_conf {
	int64_t memory, passes, min_score;
};
extern const struct conf_group password_conf_group;

enum { PASSWORD_MIN = 8, PASSWORD_MAX = 256, PASSWORD_TYPED_MAX = 1024 };

struct password_change_in {
	struct secret current_password, new_password;
};
struct password_change_work {
	char hash[PASSWORD_HASH_MAX]; /* of the new one */
	const char *checked; /* the stored hash that the current one was held against */
	bool right;
	struct lockout lockout;
};
struct password_set_in {
	const char *id;
	struct secret password;
};
struct password_set_work {
	char hash[PASSWORD_HASH_MAX];
};
extern const struct type password_change_in_type, password_set_in_type;
extern const struct event password_changed;

/* Notes what is wrong with a new password for this person (field `path`); ERR_INVALID. Costs a zxcvbn, up to a few ms. */
err_t password_acceptable(struct cx *cx, const char *path, const struct secret *p, const struct user *owner) CHECKED;
/* Hashes by the settings; on the hash pool. */
err_t password_make(struct cx *cx, const struct secret *p, char out[static PASSWORD_HASH_MAX]) CHECKED;
/* The stored hash of a user; NULL when there is none. */
err_t password_stored(struct cx *cx, const char *user_id, const char **hash) CHECKED;
/* Stores a hash in place of whatever was there. */
err_t password_store(struct cx *cx, const char *user_id, const char *hash) CHECKED;
/* Tells the person that the password is another: an event, and a letter. Letters that open the account by other ways, and
 * were asked for before, are worthless from now on. */
err_t password_announce(struct cx *cx, const char *user_id) CHECKED;
/* Checks a typed password against a hash. A NULL hash costs as much time as any other and is never right. */
bool password_right(struct cx *cx, const char *hash, const struct secret *typed);
/* For an erasure: the hash goes. */
err_t password_erase(struct cx *cx, const char *user_id) CHECKED;
/* Whether a hash is of another kind or cost than the settings say. */
bool password_old(struct cx *cx, const char *hash);
/* Told how long each hash took, in ns; for metrics. */
void password_observe(void (*fn)(uint64_t ns));

/* Changes one's own password: every other session ends, this one goes on. ERR_BAD_CREDENTIALS for a wrong current one,
 * which is counted: who stole a session must not guess the password with it. ERR_LOCKED. */
err_t password_change_prepare(
	struct cx *cx, const struct password_change_in *in, struct password_change_work *work) CHECKED;
err_t password_change(struct cx *cx, const struct password_change_in *in, struct password_change_work *work,
	struct none *out) CHECKED;
err_t password_change_finish(struct cx *cx, const struct password_change_in *in, struct password_change_work *work,
	struct none *out) CHECKED;

/* Sets somebody else's: every session of his ends, what he was locked out for is forgotten, a letter tells him. ERR_DENIED
 * for one who may do more than the caller, ERR_NOT_FOUND. */
err_t user_set_password_prepare(
	struct cx *cx, const struct password_set_in *in, struct password_set_work *work) CHECKED;
err_t user_set_password(
	struct cx *cx, const struct password_set_in *in, struct password_set_work *work, struct none *out) CHECKED;
err_t user_set_password_finish(
	struct cx *cx, const struct password_set_in *in, struct password_set_work *work, struct none *out) CHECKED;

#endif
