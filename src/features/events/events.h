/* What left: every change of a person, a session, a role and so on as an event, numbered without a hole. Rows are written by
 * the gate and numbered by the relay (api/outbox.h); this feature reads them, tells how far they are, and takes out what is
 * older than events.keep. */
#ifndef FEATURES_EVENTS_H
#define FEATURES_EVENTS_H

#include "base/json.h"
#include "base/page.h"

struct events_conf {
	int64_t keep, keep_behind;
	const char *exchange, *form;
};
extern const struct conf_group events_conf_group;

struct event_subject {
	const char *type, *id;
};
struct event_actor {
	const char *type, *id, *ip;
};
/* The envelope in which an event leaves, whatever the way. */
struct event_out {
	const char *event_id, *event_type;
	int64_t sequence, timestamp;
	const char *source, *version;
	struct event_subject *subject;
	struct event_actor *actor;
	const char *correlation_id;
	struct json data;
};
struct events_query {
	struct opt_int after;
	int64_t limit;
	const char *type, *subject_id;
};
struct events_list {
	struct list items; /* struct event_out */
	struct page *page;
};
/* A receiver that keeps a place of its own: see events_sink.h. */
struct sink_info {
	const char *name;
	int64_t position, behind, moved_at;
	struct opt_int waiting_since, failing_since;
	const char *reason, *holder;
};
struct events_status {
	int64_t newest, oldest, unsealed;
	struct opt_int unsealed_since;
	struct list sinks; /* struct sink_info */
};
struct events_replay {
	const char *sink;
	int64_t from;
};
extern const struct type event_out_type, events_query_type, events_list_type, sink_info_type, events_status_type,
	events_replay_type;

/* In the order of their numbers: the first ones after `after`, or the last ones there are. Filters are looked for in a
 * bounded stretch: a page may hold fewer than asked for, or none, though more follow. Its cursor is the number to go on
 * after, also at the end, where new ones will follow. */
err_t events_tail(struct cx *cx, const struct events_query *in, struct events_list *out) CHECKED;
/* How far the numbers are, what waits for one, and how far each receiver is. */
err_t events_status(struct cx *cx, const struct none *in, struct events_status *out) CHECKED;
/* Sends a receiver back, or forward: the next it gets is the one with this number. */
err_t events_replay(struct cx *cx, const struct events_replay *in, struct sink_info *out) CHECKED;

/* Job: takes out what is older than events.keep, but never the newest, from which the next number is taken, nor what a
 * receiver waits for, unless that is older than events.keep_behind. */
err_t events_clean(struct cx *cx) CHECKED;

/* What waits, as it was when last counted: how many, and since when the oldest of them (0: none). */
struct events_lag {
	int64_t depth, since;
};
struct events_lag events_relay_lag(void); /* for a number */
struct events_lag events_sink_lag(const char *sink); /* for a receiver; nothing for one that is not there */
int64_t events_lag_ms(const struct events_lag *l); /* until now */
enum { EVENTS_COUNT_MS = 5000 };
/* Job: counts, so often. */
err_t events_count(struct cx *cx) CHECKED;

/* The same one by one, for /metrics; ages in seconds. */
int64_t events_number_unsealed(void);
int64_t events_number_unsealed_age(void);
int64_t events_number_rabbitmq(void);
int64_t events_number_rabbitmq_age(void);
int64_t events_number_webhooks(void);

#endif
