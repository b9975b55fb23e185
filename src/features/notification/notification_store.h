/* SQL of the notification feature. Included by notification*.c only. */
#ifndef FEATURES_NOTIFICATION_STORE_H
#define FEATURES_NOTIFICATION_STORE_H

#include "features/notification/notification.h"

/* Those of one person behind a place, NULL: from the newest. */
struct notification_slice {
	const char *user_id, *before, *type; /* type NULL: any */
	bool unread;
	int64_t most;
};
/* Somebody who has too many, or was erased while one was on its way to him. */
struct notification_crowd {
	const char *user_id;
	bool crowded, erased;
};
extern const struct type notification_crowd_type;
/* *added: false when its request_id was there. */
err_t notification_store_add(struct cx *cx, const struct notification *n, bool *added) CHECKED;
err_t notification_store_by_request(
	struct cx *cx, const char *user_id, const char *request_id, struct notification *out) CHECKED;
/* The newest of a type that somebody caused, also one that is put away. */
err_t notification_store_by_actor(
	struct cx *cx, const char *user_id, const char *type, const char *actor_id, struct notification *out) CHECKED;
/* Those that are shown. */
err_t notification_store_get(struct cx *cx, const char *user_id, const char *id, struct notification *out) CHECKED;
err_t notification_store_list(struct cx *cx, const struct notification_slice *s, struct list *out) CHECKED;
err_t notification_store_count(struct cx *cx, const char *user_id, struct notification_count *out) CHECKED;
/* ERR_NOT_FOUND when there is none that is unread. */
err_t notification_store_read(struct cx *cx, const char *user_id, const char *id, struct notification *out) CHECKED;
err_t notification_store_read_all(struct cx *cx, const char *user_id, int64_t *marked) CHECKED;
/* What could come again is put away without its content, the rest removed. */
err_t notification_store_delete(struct cx *cx, const char *user_id, const char *id, bool *deleted) CHECKED;
err_t notification_store_withdraw(struct cx *cx, const char *user_id, const char *type, const char *actor_id) CHECKED;
/* One that was withdrawn is shown again. */
err_t notification_store_bring_back(struct cx *cx, const char *user_id, const char *id) CHECKED;
/* Those of a type that somebody caused. */
err_t notification_store_remove_caused(
	struct cx *cx, const char *user_id, const char *type, const char *actor_id) CHECKED;
err_t notification_store_part_ways(struct cx *cx, const char *a, const char *b) CHECKED;
err_t notification_store_erase(struct cx *cx, const char *user_id) CHECKED;
/* At most `most` of them. */
err_t notification_store_clean(struct cx *cx, int64_t before, int64_t most) CHECKED;
err_t notification_store_clean_away(struct cx *cx, int64_t before, int64_t most) CHECKED;
/* Where a stretch of `rows` behind a person's identifier ends: the person at its end, NULL: there are fewer. */
err_t notification_store_stretch(struct cx *cx, const char *after, int64_t rows, const char **end) CHECKED;
/* People of a stretch (struct notification_crowd) who have more than `keep`, or were erased. */
err_t notification_store_crowded(
	struct cx *cx, const char *after, const char *end, int64_t keep, int64_t most, struct list *out) CHECKED;
/* Removes `most` at most beyond the `keep` newest. */
err_t notification_store_trim(struct cx *cx, const char *user_id, int64_t keep, int64_t most, int64_t *removed) CHECKED;

#endif
