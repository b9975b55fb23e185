/* The chain of the audit log: each row's hash covers the row and the hash before it, so that a row cannot be changed or
 * taken out without everything after it telling. */
#ifndef CRYPTO_AUDIT_CHAIN_H
#define CRYPTO_AUDIT_CHAIN_H

#include "base/arena.h"
#include "base/type.h"

struct audit_row {
	int64_t id, seq, at;
	const char *actor_kind, *actor_id, *ip, *operation, *subject_type, *subject_id, *outcome, *changes,
		*correlation_id;
	const char *hash;
};
extern const struct type audit_row_type;

/* SHA-256, hex, over the hash before and every column of the row but its own hash. */
const char *audit_hash(struct arena *a, const char *before, const struct audit_row *row);

#endif
