/* The queue: who takes which letter, and what becomes of it. Letters wait by the domain they go to; one that fails waits
 * longer each time, and a domain that does not answer is left alone for a while. Several nodes may take from it: a letter
 * is claimed by one UPDATE, for as long as sending may take. Who dies meanwhile leaves the claim to lapse, and the letter
 * is sent again: at least once, under the same Message-ID. */
#ifndef FEATURES_MAIL_QUEUE_H
#define FEATURES_MAIL_QUEUE_H

#include "features/mail/mail_letter.h"

enum mail_end {
	MAIL_END_TAKEN, /* the server has it */
	MAIL_END_REFUSED, /* it never will */
	MAIL_END_LATER, /* not now */
	MAIL_END_SILENT, /* no answer for this letter, though the server is there: its domain may be the cause */
	MAIL_END_BACK, /* not tried: it goes back as it was */
};
struct mail_result {
	const char *id, *claim, *domain;
	int64_t attempts, queued_at;
	enum mail_end end;
	const char *reason;
};

/* Is anything due? A cheap read, to be asked often. */
err_t mail_waits(struct cx *cx, bool *out) CHECKED;
/* Claims a letter that is due, of the domain that waits longest, for as long as sending may take. Of one domain at most half
 * of those that are sent at once. ERR_NOT_FOUND when nothing is due. */
err_t mail_take(struct cx *cx, struct mail *out) CHECKED;
/* Notes what became of it, unless the claim is no longer its own. *dead: it was given up. */
err_t mail_note(struct cx *cx, const struct mail_result *r, bool *dead) CHECKED;

struct mail_counts {
	int64_t queued, dead, kept;
	int64_t oldest_at; /* when the oldest of those that are queued was written; 0: none */
};
extern const struct type mail_counts_type;
err_t mail_count(struct cx *cx, struct mail_counts *out) CHECKED;

/* How long the n-th failure in a row (from 1) is waited after: 5 s doubled each time, up to 4 hours, give or take a quarter
 * of it so that what failed together is not tried together. `random` is any number. */
int64_t mail_wait(int64_t failures, uint32_t random);

/* Job: what could not even be tried is given up too when its time is over. */
err_t mail_give_up(struct cx *cx) CHECKED;
/* Job: keeps the queues of domains in order. */
err_t mail_tidy(struct cx *cx) CHECKED;
/* Job: letters whose time is over go, and those that concern accounts that are erased. */
err_t mail_clean(struct cx *cx) CHECKED;
err_t mail_clean_erased(struct cx *cx) CHECKED; /* what was on its way to people who were erased */

#endif
