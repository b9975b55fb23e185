/* SQL of the user feature. Included by user*.c only. */
#ifndef FEATURES_USER_STORE_H
#define FEATURES_USER_STORE_H

#include "features/user/user.h"

/* The twin of person_visible() for lists: users that the viewer may know of, whose profile is one to be listed. `viewer` is
 * what person_eyes() says of him: '' for those who may see all, '-' for who is nobody. */
#define USER_VISIBLE_SQL(viewer, listed) \
	"(" viewer " = '' OR users.id = " viewer " OR (users.status = 'active' AND " listed \
	" AND users.id NOT IN (SELECT to_id FROM relation WHERE from_id = " viewer " AND kind = 'block'" \
	" UNION ALL SELECT from_id FROM relation WHERE to_id = " viewer " AND kind = 'block')))"

/* The row alone; its names are claimed by user_store_claim(), its words found by user_store_index(). */
err_t user_store_add(struct cx *cx, struct user *u) CHECKED;
/* Makes the key of a name the user's; ERR_CONFLICT, and the transaction goes on, when it is somebody's. */
err_t user_store_claim(struct cx *cx, const char *key, const char *id) CHECKED;
err_t user_store_index(struct cx *cx, const struct user *u) CHECKED;
err_t user_store_by_id(struct cx *cx, const char *id, struct user *out) CHECKED;
/* Those of a list of ids, as json_texts() writes it, in any order. */
err_t user_store_many(struct cx *cx, const char *ids, size_t most, struct list *out) CHECKED;
/* Of up to BIND_SOME of them, in any order. */
err_t user_store_some(struct cx *cx, size_t n, const char *const *ids, struct list *out) CHECKED;
err_t user_store_by_key(struct cx *cx, const char *key, struct user *out) CHECKED;
/* The row with every column, as it was elsewhere. */
err_t user_store_restore(struct cx *cx, struct user *u) CHECKED;
/* Makes both keys the user's (either may be NULL); ERR_CONFLICT, and the transaction goes on, when one is somebody's. */
err_t user_store_claim_both(struct cx *cx, const char *email, const char *username, const char *id) CHECKED;
/* Takes back what user_store_restore() and user_store_claim_both() did. */
err_t user_store_unrestore(struct cx *cx, const char *id) CHECKED;
/* Identifiers of accounts that have the identifier or one of the keys ("": none): at most three, as texts. */
err_t user_store_like(struct cx *cx, const char *id, const char *email, const char *username, struct list *out) CHECKED;
/* Every column but those that stay the same for ever. */
err_t user_store_replace(struct cx *cx, const struct user *u) CHECKED;
/* The account has no name that begins so any longer. */
err_t user_store_unname(struct cx *cx, const char *id, const char *prefix) CHECKED;
err_t user_store_count_all(struct cx *cx, int64_t *out) CHECKED;
/* Whose name it is; ERR_NOT_FOUND when nobody's. */
err_t user_store_owner_of(struct cx *cx, const char *key, const char **id) CHECKED;
err_t user_store_rename(struct cx *cx, const char *id, const char *prefix, const char *key) CHECKED;
/* The profile; user name and role, which indexes hold, have statements of their own. */
err_t user_store_update(struct cx *cx, const struct user *u) CHECKED;
err_t user_store_set_username(struct cx *cx, const struct user *u) CHECKED;
/* The address and whether it was proved; its key is moved by user_store_rename(). */
err_t user_store_set_email(struct cx *cx, const struct user *u) CHECKED;
err_t user_store_set_role(struct cx *cx, const struct user *u) CHECKED;
err_t user_store_set_picture(struct cx *cx, const struct user *u, enum user_picture which) CHECKED;
/* After a change of its names: they are found by their words. */
err_t user_store_reindex(struct cx *cx, const struct user *u) CHECKED;
err_t user_store_set_status(struct cx *cx, const struct user *u) CHECKED;
/* Status deleted, personal columns emptied, names free. */
err_t user_store_erase(struct cx *cx, const struct user *u) CHECKED;
/* *there: the account was not erased. */
err_t user_store_add_counts(struct cx *cx, const char *id, const struct user_counts *more, bool *there) CHECKED;
err_t user_store_note_login(struct cx *cx, const char *id) CHECKED;
err_t user_store_bump(struct cx *cx, const char *id, int64_t *version) CHECKED;
/* Suspended users whose time has passed; some at a time. */
err_t user_store_suspended_until(struct cx *cx, int64_t now, struct list *out) CHECKED;
/* Deleted users whose time to come back has passed. */
err_t user_store_to_erase(struct cx *cx, int64_t now, size_t most, struct list *out) CHECKED;
/* When the person last exported his data, 0: never; and a claim to do it now, good when that was before the moment. */
err_t user_store_exported_at(struct cx *cx, const char *id, int64_t *out) CHECKED;
err_t user_store_claim_export(struct cx *cx, const char *id, int64_t before, bool *out) CHECKED;
struct user_tally {
	const char *role;
	unsigned status;
	int64_t n;
};
extern const struct type user_tally_type;
/* When accounts were made: from, and before. NULL below: at any time. */
struct user_span {
	int64_t from, to;
};
/* How many accounts, tombstones included, for each role and status that occurs; sorted by role. */
err_t user_store_tally(struct cx *cx, const struct user_span *s, size_t most, struct list *out) CHECKED;
err_t user_store_count_to_erase(struct cx *cx, const struct user_span *s, int64_t *out) CHECKED;
/* Accounts that are not deleted and whose address was proved. */
err_t user_store_count_verified(struct cx *cx, const struct user_span *s, int64_t *out) CHECKED;
err_t user_store_count_within(struct cx *cx, const struct user_span *s, int64_t *out) CHECKED;
err_t user_store_count_admins(struct cx *cx, int64_t *out) CHECKED;

/* A slice of a list in one of the orders; `after` is the key of the row before it (NULL: from the start). */
struct user_slice {
	const char *role, *status, *visibility, *gender; /* NULL: any */
	const char *q; /* NULL: any; else a canonical text to be held by the names */
	const char *viewer; /* NULL: may see all; else whose eyes */
	const char *after_name; /* orders by name: user name of the row before; by word: the word */
	int64_t after; /* number of the row before; 0, or INT64_MAX backwards: none */
	int64_t offset, most;
	int64_t created_from, created_to; /* registered from, and before; 0: no bound */
	struct opt_bool verified, is_private;
};
/* Whether the list goes by the date of registration: then after_name is that of the row before, as a number. */
static inline bool user_slice_by_date(const struct user_slice *s)
{
	return !s->q && (s->created_from || s->created_to);
}
enum user_order { USER_NEWEST, USER_OLDEST, USER_BY_NAME, USER_BY_NAME_BACK };
err_t user_store_slice(struct cx *cx, enum user_order order, const struct user_slice *slice, struct list *out) CHECKED;
/* How many, counting no further than PAGE_COUNT_MAX + 1. */
err_t user_store_count(struct cx *cx, const struct user_slice *slice, int64_t *out) CHECKED;
/* Visible people whose user name begins with q, in order of the name; and those whose names hold q somewhere. */
err_t user_store_begins(struct cx *cx, const struct user_slice *slice, struct list *out) CHECKED;
err_t user_store_begins_count(struct cx *cx, const struct user_slice *slice, int64_t *out) CHECKED;
/* The first of the words kept for a user that begins with q and that the viewer sees, by which user_store_begins() found it;
 * NULL: none does. */
const char *user_store_first_word(struct cx *cx, const struct user *u, const struct user_slice *slice);
err_t user_store_holds(struct cx *cx, const struct user_slice *slice, struct list *out) CHECKED;
err_t user_store_holds_count(struct cx *cx, const struct user_slice *slice, int64_t *out) CHECKED;

#endif
