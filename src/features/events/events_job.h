/* The threads that give events to receivers, one each: one that hangs holds up no other. A receiver is there only when the
 * settings name it. */
#ifndef FEATURES_EVENTS_JOB_H
#define FEATURES_EVENTS_JOB_H

#include "base/work.h"
#include "features/events/events_sink.h"

/* How events reach one kind of receiver. All are called by its thread alone. */
struct events_way {
	const char *name; /* of the receiver's row */
	bool (*is_set)(void); /* the settings name it */
	/* Sends events (struct event_out) in their order, without waiting. False and *why: then close() comes next. Opens what it
	 * needs; waits for nobody for ever. */
	bool (*send)(struct arena *mem, const struct list *events, const char **why);
	/* Waits until it has what was sent for certain: all, or all but the last batch. *upto: the number of the last event that
	 * it has for certain, 0 when nothing new; also when it fails. */
	bool (*settle)(bool all, int64_t *upto, const char **why);
	/* In place of these two (which are NULL then): writes what is to be done with the events, in the transaction that moves the
	 * receiver's place behind them. So none is left out, and none comes twice. */
	err_t (*keep)(struct cx *cx, const struct list *events);
	bool (*idle)(const char **why); /* now and then, while there is nothing to give; NULL: needs none */
	void (*close)(void);
};
extern const struct events_way events_rabbit;

struct events_job;
/* `ways` ends with NULL and must outlive the job. NULL when no receiver is set. `alone`: no other process writes to this
 * database. */
struct events_job *events_job_start(
	const struct work_doors *doors, const struct events_way *const *ways, const char *node, bool alone);
/* What was given and not noted is given again by whoever comes next. NULL is allowed. */
void events_job_stop(struct events_job *j);

#endif
