/* The chain of the audit log: each row's hash covers the row and the hash before it, so that a row cannot be changed or
 * taken out without everything after it telling. Two things are taken out by rule, and authenticated by a MAC under a key
 * of the master key, which who has the database alone does not have: the personal data of people who were erased, and rows
 * that were kept long enough. */
#ifndef CRYPTO_AUDIT_CHAIN_H
#define CRYPTO_AUDIT_CHAIN_H

#include "base/arena.h"
#include "base/type.h"

struct audit_row {
	int64_t id, seq, at;
	const char *actor_kind, *actor_id, *ip, *operation, *subject_type, *subject_id, *outcome, *changes,
		*correlation_id;
	const char *hash;
	const char *salt; /* random: nobody finds what was taken out by trying what gives the hash; "" in old rows */
	const char *redacted; /* "", or the MAC of a row whose personal data was taken out */
	const char *before; /* hash of the row before, where it was asked for */
};
extern const struct type audit_row_type;

/* Where the chain begins after old rows were removed. */
struct audit_checkpoint {
	int64_t seq, at; /* of the last row that was removed; 0: none was */
	const char *hash, *mac;
};
extern const struct type audit_checkpoint_type;

/* A new salt. */
const char *audit_salt(struct arena *a);
/* SHA-256, hex, over the hash before and every column of the row but its own hash and what came later. */
const char *audit_hash(struct arena *a, const char *before, const struct audit_row *row);
/* MAC, hex, over all that is left of a redacted row, its hash included. */
const char *audit_redaction(struct arena *a, const struct audit_row *row);
const char *audit_checkpoint_mac(struct arena *a, const struct audit_checkpoint *c);

/* Whether the row is what was written behind the hash `before`, or what was left of it by rule. */
bool audit_row_holds(struct arena *a, const char *before, const struct audit_row *row);
/* Whether the checkpoint was made here; one that says that nothing was removed always is. */
bool audit_checkpoint_holds(struct arena *a, const struct audit_checkpoint *c);

#endif
