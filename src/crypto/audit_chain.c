#include "crypto/audit_chain.h"
#include "base/buf.h"
#include "base/str.h"
#include "crypto/crypto.h"

#include <string.h>

/* clang-format off: a table */
TYPE(audit_row, FIELD(audit_row, id, HIDDEN, "Row number"),
	FIELD(audit_row, seq, 0, "Place in the chain, from 1 without a gap; 0 while not yet sealed"),
	FIELD(audit_row, at, TIME, "When"), FIELD(audit_row, actor_kind, 0, "anyone, user, service or local"),
	FIELD(audit_row, actor_id, 0, "Who did it"), FIELD(audit_row, ip, 0, "From where"),
	FIELD(audit_row, operation, 0, "What was called"),
	FIELD(audit_row, subject_type, 0, "What kind of thing it concerned"),
	FIELD(audit_row, subject_id, 0, "Which one"), FIELD(audit_row, outcome, 0, "ok, or the error's code"),
	FIELD(audit_row, changes, 0,
		"What was before and is after, without secrets, as JSON; empty when nothing changed"),
	FIELD(audit_row, correlation_id, 0, "Of the request"),
	FIELD(audit_row, hash, 0, "SHA-256 over the hash before and this row"));
/* clang-format on */

const char *audit_hash(struct arena *a, const char *before, const struct audit_row *r)
{
	struct buf b = { .mem = a };
	const char *const texts[] = { before, r->actor_kind, r->actor_id, r->ip, r->operation, r->subject_type,
		r->subject_id, r->outcome, r->changes, r->correlation_id };
	buf_printf(&b, "%lld;%lld;%lld", (long long)r->seq, (long long)r->id, (long long)r->at);
	for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
		buf_printf(&b, ";%zu:%s", strlen(texts[i]), texts[i]); /* a length in front: no two rows look alike */
	uint8_t hash[SHA256_SIZE];
	crypto_sha256(b.p, b.n, hash);
	return hex_encode(a, hash, sizeof hash);
}
