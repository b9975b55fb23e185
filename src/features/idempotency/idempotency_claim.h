/* Which keys are being worked on in this process. For idempotency.c. */
#ifndef FEATURES_IDEMPOTENCY_CLAIM_H
#define FEATURES_IDEMPOTENCY_CLAIM_H

#include "crypto/crypto.h"

struct claim {
	struct claim *next;
	uint8_t slot[SHA256_SIZE];
};
/* False when another claim of the same slot stands. The struct is the caller's, and stays where it is until given back. */
bool claim_take(struct claim *c);
void claim_give_back(struct claim *c);

#endif
