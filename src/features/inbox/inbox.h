/* What the services beside this one say of people, by the broker: posts, likes and follows of a social network, reports and
 * suspensions of its moderators. Each event counts once, whatever order they come in; from the kept ones the numbers of a
 * person are built again. */
#ifndef FEATURES_INBOX_H
#define FEATURES_INBOX_H

#include "base/conf.h"
#include "base/page.h"

struct inbox_conf {
	const char *queue, *exchange, *dead_exchange, *dead_routing_key, *dead_queue;
	int64_t prefetch;
};
extern const struct conf_group inbox_conf_group;

/* An event as neighbours send it, in snake_case or camelCase. */
struct inbox_event {
	const char *event_id, *event_type, *source, *version;
	int64_t timestamp;
	struct json data;
};
/* Of its data, what concerns people. */
struct inbox_data {
	const char *user_id, *owner_id, *follower_id, *following_id, *reason;
	int64_t until;
};
struct inbox_result {
	const char *outcome; /* counted, repeated, ignored */
};
/* What neighbours' events add up to. A number may be below 0 while an event that came first waits for the one before it. */
struct inbox_profile {
	const char *user_id;
	int64_t posts_count, likes_count, followers_count, following_count;
	int64_t reports_count, open_reports, suspensions_count;
	int64_t suspended_at, synced_at; /* suspended_at: when the newest word about a suspension was said; 0: never */
};
struct inbox_ref {
	const char *id;
};
struct inbox_synced {
	int64_t people, changed;
};
extern const struct type inbox_event_type, inbox_data_type, inbox_result_type, inbox_profile_type, inbox_ref_type,
	inbox_synced_type;

/* Counts an event. Of a kind, or of a person, that is not known here it is ignored; ERR_INVALID when it does not say whom it
 * concerns. A suspension ends the sessions; one that is older than what was heard last changes no status. */
err_t inbox_receive(struct cx *cx, const struct inbox_event *in, struct inbox_result *out) CHECKED;
/* What is known of a person; zeros when nothing is. */
err_t inbox_profile(struct cx *cx, const struct inbox_ref *in, struct inbox_profile *out) CHECKED;
/* Builds everybody's numbers from the kept events again. */
err_t inbox_sync(struct cx *cx, const struct none *in, struct inbox_synced *out) CHECKED;

err_t inbox_erase(struct cx *cx, const char *user_id) CHECKED;
/* For an export: social.json. */
err_t inbox_part(struct cx *cx, const char *user_id, const char *after, struct list *out, const char **next) CHECKED;

#endif
