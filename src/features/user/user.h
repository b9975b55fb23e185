/* Users: the people of the application. This feature owns their rows, their names and what others may see of them. */
#ifndef FEATURES_USER_H
#define FEATURES_USER_H

#include "base/page.h"

enum user_status { USER_ACTIVE, USER_INACTIVE, USER_SUSPENDED, USER_BANNED, USER_PENDING, USER_DELETED };
enum user_visibility { USER_PUBLIC, USER_FOLLOWERS, USER_PRIVATE };
extern const char *const user_status_names[], *const user_visibility_names[], *const user_gender_names[];

struct user_conf {
	int64_t purge_after, profiles;
};
extern const struct conf_group user_conf_group;

struct user_channels {
	bool email, push;
};

struct user {
	int64_t number; /* a row number, for clients that want an integer */
	const char *id, *username, *email, *name, *first_name, *last_name, *display_name, *bio, *website, *location,
		*gender, *date_of_birth, *avatar_url, *cover_url, *role, *status_reason, *push_token;
	bool email_verified, is_private, is_active;
	bool status_own; /* the person deactivated or deleted the account himself, and may undo it */
	/* Preferences that others' requests ask about; the rest of them is the preference feature's. */
	bool show_email, show_location, show_online_status, allow_messages, allow_tagging;
	unsigned status, visibility;
	int64_t status_until,
		erase_at; /* erase_at: when a deleted account is erased for good, 0: it is not, or it was */
	int64_t followers_count, following_count, posts_count, credential_version;
	int64_t created_at, updated_at, last_login_at, last_active_at; /* ms since 1970, 0: never */
	struct user_channels preferences;
	uint64_t hidden; /* fields that this viewer may not see, bits of user_type */
};
extern const struct type user_type, user_channels_type, user_channels_change_type;

struct user_channels_change {
	struct opt_bool email, push;
};
/* What registration and administrators give for a new user; names and texts as they came. */
struct user_new {
	const char *email, *username, *name, *first_name, *last_name, *display_name, *push_token, *role, *device;
	struct secret password;
	const struct user_channels_change *preferences;
};
/* A profile as changed by its owner or an administrator: what is absent stays, null clears. */
struct user_change {
	const char *id; /* whose; the caller's own when NULL */
	struct opt_text username, name, first_name, last_name, display_name, bio, website, location, gender,
		date_of_birth, avatar_url, cover_url, push_token;
	struct opt_enum visibility;
	struct opt_bool is_private, show_email, show_location, show_online_status, allow_messages, allow_tagging;
	const struct user_channels_change *preferences;
	struct opt_text role; /* administrators */
};
struct user_ref {
	const char *id; /* UUID or user name */
};
struct user_removal {
	const char *id; /* the caller's own when NULL */
};
struct user_leaving {
	bool purge;
};
struct user_left {
	int64_t erase_at; /* 0: it stays, deactivated */
};
struct user_status_change {
	const char *id;
	unsigned status;
	const char *reason;
	int64_t until;
};
struct user_query {
	struct page_want want;
	const char *q, *role, *sort, *gender;
	struct opt_enum status, visibility;
	struct opt_bool verified, is_private;
	int64_t created_from, created_to; /* 0: no bound */
};
struct user_list {
	struct list items; /* struct user */
	struct page *page;
};
struct export_work {
	int fd; /* the archive; goes with the call */
};
struct user_stats {
	int64_t total, active, verified, new_today, new_7d, new_30d, as_of;
	struct json by_role, by_status; /* {"name": count} */
};
struct user_stats_query {
	int64_t created_from, created_to; /* 0: no bound */
};
extern const struct type user_stats_type, user_stats_query_type;
extern const struct type user_new_type, user_change_type, user_own_change_type, user_ref_type, user_removal_type,
	user_status_change_type, user_leaving_type, user_left_type, user_query_type, user_search_query_type,
	user_list_type;

/* Preferences that were changed through the profile; absent: not changed. */
struct user_preferred {
	struct opt_bool email_notifications, push_notifications, show_email, show_location, show_online_status,
		allow_messages, allow_tagging;
	struct opt_enum profile_visibility;
};
struct user_preference_note {
	const char *user_id;
	struct user_preferred *changed;
};
extern const struct type user_preferred_type, user_preference_note_type;

/* preference.updated as a change of the profile brings it; the preference feature emits it with all of them. */
extern const struct event user_preference_updated;
extern const struct event user_created, user_updated, user_status_changed, user_deleted, user_email_verified;

/* The status_reason of an account that is pending until its address is proved: nothing else lifts by that. */
#define USER_UNPROVED "The e-mail address was not verified yet"

/* --- for other features ------------------------------------------------------------------------------------------- */

/* Adds a user: checks and normalises its names, refuses taken ones (ERR_EMAIL_TAKEN, ERR_USERNAME_TAKEN; ERR_INVALID with
 * the fields), derives a user name from the e-mail when there is none. `user` comes with everything else filled in and
 * leaves as stored. Emits user.created. */
err_t user_add(struct cx *cx, struct user *user) CHECKED;

/* For accounts that come from elsewhere, with what they were there: identifier, times, status, counters.
 * user_match() normalises the names of `u` (ERR_INVALID with the fields) and finds the account that has its identifier,
 * address or name already: ERR_NOT_FOUND when there is none, ERR_INVALID when they belong to different ones.
 * user_restore() adds `u` as it is, with a new identifier when it has none; rules and events are those of user_add().
 * user_replace() makes `before` into `now`: ERR_DENIED when it may do more than the caller, or is his own and would get another
 * address or password; ERR_LAST_ADMIN. What it loses its sessions by (another status, `fresh`: another password) ends them.
 * Both want user_match() to have been asked in the same transaction, and write nothing when they refuse. */
struct user_keys {
	const char *email, *username; /* NULL: it has none */
};
err_t user_match(struct cx *cx, struct user *u, struct user_keys *keys, struct user *found) CHECKED;
err_t user_restore(struct cx *cx, struct user *u, struct user_keys *keys) CHECKED;
err_t user_replace(
	struct cx *cx, const struct user *before, struct user *now, const struct user_keys *keys, bool fresh) CHECKED;
/* Adds to the numbers that a profile shows, which never fall below 0; emits user.counted unless all are 0. */
struct user_counts {
	int64_t posts, followers, following;
};
struct user_counted {
	const char *user_id;
};
extern const struct type user_counted_type;
extern const struct event user_counted;
extern const struct event user_recounted; /* the same of many: of all who were tied to the subject */
err_t user_add_counts(struct cx *cx, const char *id, const struct user_counts *more) CHECKED;
/* The same for both ends of a follow that begins (by 1) or ended (by -1), in an order in which no two wait for each other.
 * ERR_NOT_FOUND when one of them was erased meanwhile. */
err_t user_count_follow(struct cx *cx, const char *follower, const char *followed, int64_t by) CHECKED;
/* Before a person's ties go with him: who follows him, and whom he follows, counts one less. */
err_t user_uncount_ties(struct cx *cx, const char *id) CHECKED;
/* Up to `most` accounts that are not erased, in the order of their numbers, behind number `after`. */
err_t user_some(struct cx *cx, int64_t after, int64_t most, struct list *out) CHECKED;
err_t user_count(struct cx *cx, int64_t *out) CHECKED;

/* The stored user. ERR_NOT_FOUND. Every field is there; nothing is hidden. */
err_t user_by_id(struct cx *cx, const char *id, struct user *out) CHECKED;
/* By identifier or user name, also of somebody who is hidden from the caller: for what may be done to such a one. An address
 * finds nobody. ERR_NOT_FOUND, also when the account is deleted. */
err_t user_by_ref(struct cx *cx, const char *id_or_name, struct user *out) CHECKED;
/* By e-mail or user name, however it is spelt. ERR_NOT_FOUND. */
err_t user_by_login(struct cx *cx, const char *identifier, struct user *out) CHECKED;

/* Changes what of the preferences stands in the user's row (visibility, preferences, show_*, allow_*), for the preference
 * feature, which tells of it. Emits user.updated when something differs. */
err_t user_set_preferred(struct cx *cx, const char *id, const struct user_change *in, struct user *out) CHECKED;

/* Whether the account may act: active, or suspended until a time that has passed. */
bool user_may_act(const struct user *u, int64_t now);

/* Whether it is pending because its address was not proved. */
bool user_unproved(const struct user *u);
/* The person proved to read the mail of the account's address: verified, and active when it waited for that alone. Emits
 * user.email_verified, unless it was verified before. */
err_t user_verify_email(struct cx *cx, struct user *u) CHECKED;
/* The same with another address, which takes the place of the old one. ERR_EMAIL_TAKEN. Emits user.updated too. */
err_t user_move_email(struct cx *cx, struct user *u, const char *email) CHECKED;
/* The same by somebody else's word: the address is still to be proved. NULL: it has none any more. ERR_EMAIL_TAKEN. */
err_t user_put_email(struct cx *cx, struct user *u, const char *email) CHECKED;
/* Forgets the default token for push notifications: whoever set it gets none any more. */
err_t user_drop_push_token(struct cx *cx, struct user *u) CHECKED;

/* Notes a log-in: last_login_at, last_active_at. Not a change that an ETag shows. */
err_t user_note_login(struct cx *cx, const char *id) CHECKED;
/* Makes every credential and session given out so far worthless: the next version. */
err_t user_bump_credentials(struct cx *cx, const char *id, int64_t *version) CHECKED;

/* What a viewer may see of another person: sets target->hidden, and is the only place that knows (its twin in SQL is
 * USER_VISIBLE_SQL in user_store.h). *visible is false when the viewer may not even know that the account exists. */
err_t person_visible(struct cx *cx, struct user *target, bool *visible) CHECKED;
/* The same for a list of struct user, which loses those that are not visible. */
enum { USER_SOME = PAGE_LIMIT_MAX + 1 }; /* in a list: one more than a page */
err_t person_visible_some(struct cx *cx, struct list *users) CHECKED;

/* Lists of people by what is between them and one person, as far as the caller may see them, the newest ties first. */
enum user_tied_by {
	USER_TIED_TO, /* who is that to the owner: his followers */
	USER_TIED_FROM, /* to whom the owner is that */
	USER_TIED_MUTUAL, /* of the first, those whom the caller follows */
};
struct user_tied {
	const char *owner;
	enum user_tied_by by;
	unsigned kind; /* enum relation_kind */
	const struct page_want *want;
};
err_t user_tied(struct cx *cx, const struct user_tied *in, struct user_list *out) CHECKED;
/* Whom those follow whom the caller follows, by how many of them. */
err_t user_suggested(struct cx *cx, int64_t most, struct list *out) CHECKED;
/* The first `limit` of such a list for each of n owners at once, whoever may see whose. */
struct user_tied_some {
	const char *const *owners;
	size_t n;
	enum user_tied_by by; /* not USER_TIED_MUTUAL */
	unsigned kind;
	int64_t limit;
};
err_t user_tied_some(struct cx *cx, const struct user_tied_some *in, struct user_list *out) CHECKED;
/* Users by their ids, in that order, as far as the caller may see them. */
err_t user_visible_by_ids(struct cx *cx, size_t n, const char *const *ids, struct list *out) CHECKED;
/* The same where each has its place: out[i] is a struct user, or NULL. */
err_t user_visible_each(struct cx *cx, size_t n, const char *const *ids, const void **out) CHECKED;
/* A row of .graph_edges (api/graph.h): the person whom a text of the type names, as far as the caller may see him. */
#define USER_EDGE(type, key, name, doc) \
	{ \
		&type##_type, (name), (doc), (key), .to = &user_type, .load_keys = user_visible_each \
	}

/* For the answer to a change: who made it sees what he may see of the account, and knows that it exists. */
err_t person_shown(struct cx *cx, struct user *target) CHECKED;
/* Hides what is not for his followers. */
void person_as_followers_see(struct user *u);
/* Hides nothing: for the person itself. */
void person_own(struct user *u);
/* Whether a stranger sees no more of the profile than its name; and whether somebody who is that to him does. */
bool person_limited(const struct user *u);
bool person_limited_for(const struct user *u, unsigned ties);

/* Of a profile as person_visible() left it: whether its followers and followees are shown to this viewer. */
bool person_shows_ties(const struct user *u);
/* Whether somebody who is that to him may write to him, or tag him. */
bool person_takes_messages(const struct user *u, unsigned ties);
bool person_takes_tags(const struct user *u, unsigned ties);

enum user_picture { USER_AVATAR, USER_COVER };
/* Sets the address of a picture (NULL: none any more); *old is the one before. ERR_NOT_FOUND; ERR_DENIED for an account that
 * may do more than the caller. Emits user.updated. */
err_t user_set_picture(struct cx *cx, const char *id, enum user_picture which, const char *url, struct user *out,
	const char **old) CHECKED;
/* Takes the address away, whoever asks, without an event: a part of an erasure. */
err_t user_forget_picture(struct cx *cx, const char *id, enum user_picture which, const char **old) CHECKED;

/* Nobody acts upon an account that may do more than he himself: a moderator suspends no administrator. ERR_DENIED. */
err_t user_guard_rank(struct cx *cx, const struct user *target) CHECKED;
/* The same for what one may do to others alone: of one's own account it would pass by the question for the password. */
err_t user_guard_other(struct cx *cx, const struct user *target) CHECKED;
/* ERR_LAST_ADMIN when that account is the only active administrator. */
err_t user_guard_last_admin(struct cx *cx, const struct user *before) CHECKED;

/* user_guard_rank() for an account that was not read yet. ERR_NOT_FOUND. */
err_t user_guard(struct cx *cx, const char *id) CHECKED;
/* Makes active again what its owner, who proved himself, deactivated or deleted; nothing to do for an active account.
 * ERR_NOT_ACTIVE when somebody else ended it, or it is erased. Emits user.status_changed. */
err_t user_come_back(struct cx *cx, const char *id) CHECKED;
/* How the data that other features hold are reached: api/personal.h. */
struct user_personal {
	err_t (*erase)(struct cx *cx, const char *user_id);
	err_t (*export)(struct cx *cx, const char *user_id, bool own, int *fd);
};
/* Call once, at start. */
void user_personal_by(const struct user_personal *p);
const struct user_personal *user_personal(void);
/* The own part of an erasure: the row becomes a tombstone without personal data, its names are free. */
err_t user_erase(struct cx *cx, const char *user_id) CHECKED;
/* The own part of an export: profile.json. */
err_t user_part(struct cx *cx, const char *user_id, const char *after, struct list *out, const char **next) CHECKED;

/* How many accounts there are that are active administrators. */
err_t user_count_admins(struct cx *cx, int64_t *out) CHECKED;

/* A copy of an own profile kept in memory between changes. user_cached() is ERR_NOT_HERE when it is not there, or reads
 * it when not on a loop. */
void user_init(bool (*memory_trusted)(void), size_t entries, size_t profiles);
void user_forget_all(void);
err_t user_cached(struct cx *cx, const char *id, struct user *out) CHECKED;
/* Reads what memory lacks of up to BIND_SOME own profiles at once; ERR_OK when it is there now, as far as there is one. */
err_t user_foresee(struct cx *cx, size_t n, const char *const *ids) CHECKED;
struct second_cache;
/* A cache that nodes share, for what strangers see of a profile. Before the first request. */
void user_second(const struct second_cache *c);
bool user_memory_trusted(void);
/* The account was used: that shows in its profile, and nowhere else. */
void user_touched(const char *id);
int64_t user_profiles_read(void); /* of the database, for /metrics */
void user_changed(const char *id); /* after the commit of a change of the user */
/* The same where the new state is at hand: it is kept, unless memory was told of another change since the ticket, which is
 * taken inside the transaction. Two changes of one user cannot both commit with the state that the other had not seen. */
uint64_t user_ticket(const char *id);
void user_renewed(const void *now, uint64_t ticket); /* a struct user */

/* --- operations --------------------------------------------------------------------------------------------------- */

/* The caller's own user, all of it. */
err_t user_me(struct cx *cx, const struct none *in, struct user *out) CHECKED;
/* A user by id or name, as far as the caller may see it. ERR_NOT_FOUND. */
err_t user_get(struct cx *cx, const struct user_ref *in, struct user *out) CHECKED;
/* Changes a profile. ERR_USERNAME_TAKEN, ERR_INVALID. Emits user.updated. */
err_t user_update(struct cx *cx, const struct user_change *in, struct user *out) CHECKED;
/* The same for the caller's own. */
err_t user_update_me(struct cx *cx, const struct user_change *in, struct user *out) CHECKED;
/* Deactivates: sessions end, the profile is hidden; an administrator can bring it back, and who did it to his own account
 * can too. ERR_LAST_ADMIN. */
err_t user_deactivate(struct cx *cx, const struct user_removal *in, struct none *out) CHECKED;
/* The same for the caller's own; `purge`: and erases it for good after user.purge_after, unless he comes back. */
err_t user_deactivate_me(struct cx *cx, const struct user_leaving *in, struct user_left *out) CHECKED;
/* Erases an account for good, by an administrator: status `deleted`, its names free again. ERR_LAST_ADMIN. */
err_t user_delete(struct cx *cx, const struct user_removal *in, struct none *out) CHECKED;
/* Active, suspended (with a reason, and until when), banned ... ERR_LAST_ADMIN. Emits user.status_changed. */
err_t user_set_status(struct cx *cx, const struct user_status_change *in, struct user *out) CHECKED;
/* All users, for administrators, by filters and order. */
err_t user_list(struct cx *cx, const struct user_query *in, struct user_list *out) CHECKED;
/* People whose names begin with or hold the text, as far as the caller may see them. */
err_t user_search(struct cx *cx, const struct user_query *in, struct user_list *out) CHECKED;
/* How many accounts there are, by role and status, and how many are new; perhaps some seconds old. */
err_t stats_users(struct cx *cx, const struct user_stats_query *in, struct user_stats *out) CHECKED;

/* All that is kept of the caller, as a ZIP (cx->out_file), once an hour: ERR_RATE_LIMITED. */
err_t user_export_me_prepare(struct cx *cx, const struct none *in, struct export_work *work) CHECKED;
err_t user_export_me(struct cx *cx, const struct none *in, struct export_work *work, struct none *out) CHECKED;
err_t user_export_me_finish(struct cx *cx, const struct none *in, struct export_work *work, struct none *out) CHECKED;
/* The same of somebody else, without what is for his eyes alone. */
err_t user_export_person_prepare(struct cx *cx, const struct user_removal *in, struct export_work *work) CHECKED;
err_t user_export_person(
	struct cx *cx, const struct user_removal *in, struct export_work *work, struct none *out) CHECKED;
err_t user_export_person_finish(
	struct cx *cx, const struct user_removal *in, struct export_work *work, struct none *out) CHECKED;

/* Job: suspensions whose time has passed end. */
err_t user_end_suspensions(struct cx *cx) CHECKED;
/* Job: deleted accounts whose time to come back has passed are erased, some at a time. */
err_t user_erase_due(struct cx *cx) CHECKED;

#endif
