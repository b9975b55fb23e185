/* SQL of the events feature. Included by events*.c only. */
#ifndef FEATURES_EVENTS_STORE_H
#define FEATURES_EVENTS_STORE_H

#include "features/events/events.h"
#include "features/events/events_sink.h"

struct event_row {
	int64_t seq, at;
	const char *event_id, *type, *subject_type, *subject_id, *actor_kind, *actor_id, *ip, *correlation_id, *data;
};
extern const struct type event_row_type;
/* Rows in their envelopes; `turn`: the last first. */
struct list events_of(struct cx *cx, const struct list *rows, bool turn);

/* Events with after < seq <= upto whose type is, or begins with, what is asked for ("" any), by subject ("" any). */
struct events_stretch {
	int64_t after, upto;
	const char *type; /* "user.created", or "user." for all that begin so */
	const char *subject_id;
	int64_t most;
	bool newest_first;
};
err_t events_store_read(struct cx *cx, const struct events_stretch *s, struct list *out) CHECKED;
err_t events_store_status(struct cx *cx, struct events_status *out) CHECKED;
/* Of the `most` oldest, the number of the first that is not older than the moment; if all are, one more than the last. 0:
 * there is none. */
err_t events_store_first_kept(struct cx *cx, int64_t moment, int64_t most, int64_t *out) CHECKED;
/* The lowest place of a receiver that a node gives to; beyond any number when there is none. */
err_t events_store_slowest(struct cx *cx, int64_t *out) CHECKED;
/* Takes out what has a lower number, all but the newest. */
err_t events_store_remove(struct cx *cx, int64_t before) CHECKED;

err_t events_store_sinks(struct cx *cx, struct list *out) CHECKED; /* struct sink_info without `behind` */
/* ERR_NOT_FOUND: there is no such receiver. */
err_t events_store_sink_set(struct cx *cx, const char *name, int64_t position, struct sink_info *out) CHECKED;
/* See events_sink.h. ERR_NOT_FOUND: another node holds it. */
err_t events_store_sink_hold(struct cx *cx, const struct sink_self *self, int64_t *position) CHECKED;
err_t events_store_sink_move(
	struct cx *cx, const struct sink_self *self, int64_t from, int64_t to, bool *moved) CHECKED;
err_t events_store_sink_trouble(struct cx *cx, const struct sink_self *self, const char *why) CHECKED;
err_t events_store_sink_let_go(struct cx *cx, const struct sink_self *self) CHECKED;

#endif
