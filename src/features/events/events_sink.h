/* Receivers of events that keep a place of their own: a broker, webhooks. Each gets all events in the order of their numbers,
 * at least once, from where it was set up; one that was away catches up. One node at a time gives to a receiver: the one
 * that holds its row, and says so again every few seconds. */
#ifndef FEATURES_EVENTS_SINK_H
#define FEATURES_EVENTS_SINK_H

#include "features/events/events.h"

enum { SINK_HOLD_MS = 15000 }; /* a node that died is waited for so long */

struct sink_self {
	const char *name; /* of the receiver */
	const char *node; /* which gives to it */
	bool alone; /* no other process writes to this database: what a dead one held is free */
};

/* Takes hold of the receiver, or keeps it: *held. It has the events up to *position; one that was never heard of begins
 * behind the newest. */
err_t sink_hold(struct cx *cx, const struct sink_self *self, bool *held, int64_t *position) CHECKED;
/* The first events behind a number, at most `most` (struct event_out). */
err_t sink_read(struct cx *cx, int64_t after, int64_t most, struct list *out) CHECKED;
/* It has what is between the two numbers. *moved is false when this node holds it no more, or somebody sent it back
 * meanwhile: then it is to be held anew. */
err_t sink_move(struct cx *cx, const struct sink_self *self, int64_t from, int64_t to, bool *moved) CHECKED;
/* It takes nothing; since when is kept, and why. */
err_t sink_note_trouble(struct cx *cx, const struct sink_self *self, const char *why) CHECKED;
/* This node stops: another may take hold at once. */
err_t sink_let_go(struct cx *cx, const struct sink_self *self) CHECKED;

#endif
