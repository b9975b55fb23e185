/* SQL of the lockout feature. Included by lockout.c only. */
#ifndef FEATURES_LOCKOUT_STORE_H
#define FEATURES_LOCKOUT_STORE_H

#include "features/lockout/lockout.h"

extern const struct type lockout_standing_type;

/* How the subject stands at a place; `block` is where the caller is. */
err_t lockout_store_standing(
	struct cx *cx, const char *subject, const char *place, const char *block, struct lockout_standing *out) CHECKED;
/* Counts a failure at a place; a count whose last failure is not after `forgotten` begins again. */
err_t lockout_store_failure(struct cx *cx, const char *subject, const char *place, bool stranger, int64_t forgotten,
	int64_t *count) CHECKED;
/* Counts a failure from anywhere, in periods of `period` ms. */
err_t lockout_store_total(struct cx *cx, const char *subject, bool stranger, int64_t period) CHECKED;
err_t lockout_store_forget_place(struct cx *cx, const char *subject, const char *place) CHECKED;
err_t lockout_store_know(struct cx *cx, const char *user_id, const char *block) CHECKED;
/* *fresh: the nonce was not used before. */
err_t lockout_store_spend(struct cx *cx, const char *nonce, int64_t expires_at, bool *fresh) CHECKED;
/* Forgets all failures of a subject; how many rows there were. */
err_t lockout_store_clear(struct cx *cx, const char *subject, int64_t *changed) CHECKED;

/* Cleaning: rows from before a time (failures, totals, places, proofs), strangers beyond `most`, rows of the future. */
err_t lockout_store_clean_failures(struct cx *cx, int64_t before) CHECKED;
err_t lockout_store_clean_places(struct cx *cx, int64_t before, int64_t most) CHECKED;
err_t lockout_store_clean_proofs(struct cx *cx) CHECKED;
err_t lockout_store_cut_strangers(struct cx *cx, int64_t most) CHECKED;
err_t lockout_store_cut_future(struct cx *cx) CHECKED;

#endif
