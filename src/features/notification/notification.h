/* Notifications: what a person is told, kept for him until it is old. Services and administrators send them, a push notification
 * leaves one, and so do follows. This feature knows no follow: whoever stands above it says that one is caused or withdrawn. */
#ifndef FEATURES_NOTIFICATION_H
#define FEATURES_NOTIFICATION_H

#include "base/conf.h"
#include "base/page.h"

enum { NOTIFICATION_DATA_MAX = 8192, NOTIFICATION_CODE_MAX = 255, NOTIFICATION_REQUEST_MAX = 255 };

struct notification_conf {
	int64_t keep, most;
};
extern const struct conf_group notification_conf_group;

struct notification {
	const char *id, *user_id, *type, *code, *title, *body;
	struct json data;
	int64_t priority;
	const char *actor_id; /* who caused it; NULL: nobody in particular */
	int64_t created_at, read_at; /* read_at 0: not yet */
	const char *request_id, *state; /* of the row alone */
};
struct notification_new {
	const char *id; /* whose */
	const char *type, *code, *title, *body, *request_id;
	struct json data;
	int64_t priority;
};
struct notification_ref {
	const char *id;
};
struct notification_query {
	struct page_want want;
	bool unread;
	const char *type;
};
struct notification_list {
	struct list items; /* struct notification */
	struct page *page;
};
struct notification_count {
	int64_t total, unread;
};
struct notification_marked {
	int64_t marked;
};
/* What notification.read says. */
struct notification_seen {
	const char *id, *user_id; /* id NULL: all that there were */
	int64_t read_at;
};
extern const struct type notification_type, notification_new_type, notification_ref_type, notification_query_type,
	notification_list_type, notification_count_type, notification_marked_type, notification_told_type,
	notification_seen_type;
extern const struct event notification_created, notification_was_read;

/* --- for other features, inside a transaction --------------------------------------------------------------------- */

/* Stores one for `in->id` and emits notification.created; *added: it was not there. One of the same request_id for the same
 * person is given in its place. Fields are as the operation would have checked them. */
err_t notification_add(struct cx *cx, const struct notification_new *in, struct notification *out, bool *added) CHECKED;
/* Somebody did something that concerns the person, who is told once a day of the same (type, actor): within a day one that was
 * withdrawn is there again, an older one is replaced. None when either blocks the other, or the person mutes him. Who
 * calls it holds relation_lock() of the two. */
err_t notification_cause(struct cx *cx, const char *user_id, const char *type, const char *actor_id) CHECKED;
/* It is so no longer: what was not read yet goes. */
err_t notification_withdraw(struct cx *cx, const char *user_id, const char *type, const char *actor_id) CHECKED;
/* These two are gone for each other: neither keeps what the other caused. */
err_t notification_part_ways(struct cx *cx, const char *a, const char *b) CHECKED;

/* All that a person got, or caused. */
err_t notification_erase(struct cx *cx, const char *user_id) CHECKED;
err_t notification_part(
	struct cx *cx, const char *user_id, const char *after, struct list *out, const char **next) CHECKED;

/* --- operations --------------------------------------------------------------------------------------------------- */

err_t notification_list(struct cx *cx, const struct notification_query *in, struct notification_list *out) CHECKED;
/* ERR_NOT_FOUND, also of somebody else's. */
err_t notification_get(struct cx *cx, const struct notification_ref *in, struct notification *out) CHECKED;
err_t notification_count(struct cx *cx, const struct none *in, struct notification_count *out) CHECKED;
/* Again: the same answer. Emits notification.read the first time. */
err_t notification_read(struct cx *cx, const struct notification_ref *in, struct notification *out) CHECKED;
err_t notification_read_all(struct cx *cx, const struct none *in, struct notification_marked *out) CHECKED;
err_t notification_delete(struct cx *cx, const struct notification_ref *in, struct none *out) CHECKED;
/* To anybody, by who has notification.send. cx->status is 200 when the request was known. ERR_NOT_FOUND. */
err_t notification_send(struct cx *cx, const struct notification_new *in, struct notification *out) CHECKED;

/* Jobs: what is older than notification.keep goes, and what was put away a day ago; then the oldest of those who have more than
 * notification.most, some people at a time. */
err_t notification_clean(struct cx *cx) CHECKED;
err_t notification_trim(struct cx *cx) CHECKED;

#endif
