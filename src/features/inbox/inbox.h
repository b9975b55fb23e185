/* What the services beside this one say of people: by the broker posts, likes and follows of a social network, reports and
 * suspensions of its moderators; and in pages what these add up to. Each event counts once, whatever order they come in; from
 * the pages and the kept events the numbers of a person are built again. */
#ifndef FEATURES_INBOX_H
#define FEATURES_INBOX_H

#include "base/conf.h"
#include "base/page.h"

enum { INBOX_PAGE_MAX = 500 }; /* people on a page */
#define INBOX_COUNT_MAX INT64_C(1000000000000)

enum inbox_source { INBOX_SOCIAL, INBOX_MODERATION, INBOX_SOURCES };
extern const char *const inbox_source_names[];

struct inbox_conf {
	const char *queue, *exchange, *dead_exchange, *dead_routing_key, *dead_queue;
	int64_t prefetch;
	/* Of their pages. */
	const char *social_url, *social_token, *moderation_url, *moderation_token, *ca_file;
	int64_t page_size, page_bytes, page_timeout, pages;
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

struct inbox_numbers {
	int64_t posts, likes, followers, following; /* said by the social network */
	int64_t reports, open_reports, suspensions; /* by moderation */
};
/* What neighbours' pages and events add up to. A number may be below 0 while an event that came first waits for the one
 * before it. */
struct inbox_profile {
	const char *user_id;
	struct inbox_numbers now, said; /* said: on pages, before events were added */
	int64_t said_at[INBOX_SOURCES]; /* when these were right; 0: no page told */
	int64_t suspended_at, synced_at; /* suspended_at: when the newest word about a suspension was said; 0: never */
};
struct inbox_ref {
	const char *id;
};
struct inbox_synced {
	int64_t people, changed;
};

/* One person on a page; what it does not say stays as it is. */
struct inbox_entry {
	const char *user_id;
	struct opt_int posts, likes, followers, following, reports, open_reports, suspensions;
	int64_t at; /* when the numbers were right; 0: now */
};
struct inbox_put_in {
	unsigned from; /* enum inbox_source: only its own numbers are taken */
	struct list profiles; /* struct inbox_entry */
};
struct inbox_put_out {
	int64_t people, changed, unknown, older;
};
extern const struct type inbox_event_type, inbox_data_type, inbox_result_type, inbox_profile_type, inbox_ref_type,
	inbox_synced_type, inbox_entry_type, inbox_put_in_type, inbox_put_out_type;

/* Counts an event. Of a kind, or of a person, that is not known here it is ignored; ERR_INVALID when it does not say whom it
 * concerns. A suspension ends the sessions; one that is older than what was heard last changes no status. */
err_t inbox_receive(struct cx *cx, const struct inbox_event *in, struct inbox_result *out) CHECKED;
/* What is known of a person; zeros when nothing is. */
err_t inbox_profile(struct cx *cx, const struct inbox_ref *in, struct inbox_profile *out) CHECKED;
/* Builds everybody's numbers again: what pages said, and the kept events after that. */
err_t inbox_sync(struct cx *cx, const struct none *in, struct inbox_synced *out) CHECKED;
/* Takes numbers from a neighbour's page; events that happened after they were right are added to them. Who is not known here,
 * and what is older than an earlier page said, is counted and left out. No status changes by it. */
err_t inbox_put(struct cx *cx, const struct inbox_put_in *in, struct inbox_put_out *out) CHECKED;

err_t inbox_erase(struct cx *cx, const char *user_id) CHECKED;
/* For an export: social.json. */
err_t inbox_part(struct cx *cx, const char *user_id, const char *after, struct list *out, const char **next) CHECKED;

#endif
