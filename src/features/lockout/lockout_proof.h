/* Challenges and proofs of work. For lockout.c and its tests. */
#ifndef FEATURES_LOCKOUT_PROOF_H
#define FEATURES_LOCKOUT_PROOF_H

#include "features/lockout/lockout.h"

/* A challenge for attempts on this subject, signed by this server; nothing is stored. */
void proof_challenge(struct cx *cx, const char *subject, struct lockout_challenge *out);
/* The nonce of a proof that answers a challenge of this server for this subject, not yet expired; NULL otherwise. */
const char *proof_check(struct cx *cx, const char *subject, const char *proof);
/* When the challenge of the nonce above is worth nothing any more, at the latest. */
int64_t proof_forgotten_at(const struct cx *cx);

/* Leading zero bits of SHA-256 of n bytes. */
int proof_zero_bits(const char *text, size_t n);

#endif
