#include "crypto/audit_chain.h"
#include "base/buf.h"
#include "base/str.h"
#include "crypto/keyring.h"

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
	FIELD(audit_row, hash, 0, "SHA-256 over the hash before and this row"),
	FIELD(audit_row, redacted, OMIT_NULL | HIDDEN, "MAC of what is left"),
	FIELD(audit_row, salt, HIDDEN, "Part of the hash"), FIELD(audit_row, before, HIDDEN, "Hash of the row before"));
TYPE(audit_checkpoint, FIELD(audit_checkpoint, seq, 0, ""), FIELD(audit_checkpoint, at, TIME, ""),
	FIELD(audit_checkpoint, hash, 0, ""), FIELD(audit_checkpoint, mac, 0, ""));
/* clang-format on */

enum { SALT = 16 };

const char *audit_salt(struct arena *a)
{
	uint8_t bytes[SALT];
	crypto_random(bytes, sizeof bytes);
	return base64_encode(a, bytes, sizeof bytes, true);
}

/* A length in front of each text: no two rows look alike. */
static struct buf row_bytes(struct arena *a, const char *first, const struct audit_row *r)
{
	struct buf b = { .mem = a };
	const char *const texts[] = { first, r->actor_kind, r->actor_id, r->ip, r->operation, r->subject_type,
		r->subject_id, r->outcome, r->changes, r->correlation_id };
	buf_printf(&b, "%lld;%lld;%lld", (long long)r->seq, (long long)r->id, (long long)r->at);
	for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
		buf_printf(&b, ";%zu:%s", strlen(texts[i]), texts[i]);
	return b;
}

const char *audit_hash(struct arena *a, const char *before, const struct audit_row *r)
{
	struct buf b = row_bytes(a, before, r);
	if (r->salt && *r->salt)
		buf_printf(&b, ";%zu:%s", strlen(r->salt), r->salt);
	uint8_t hash[SHA256_SIZE];
	crypto_sha256(b.p, b.n, hash);
	return hex_encode(a, hash, sizeof hash);
}

static const char *mac_of(struct arena *a, const struct buf *b)
{
	uint8_t mac[SHA256_SIZE];
	crypto_hmac(keyring_key(KEY_AUDIT), b->p, b->n, mac);
	return hex_encode(a, mac, sizeof mac);
}

const char *audit_redaction(struct arena *a, const struct audit_row *r)
{
	struct buf b = row_bytes(a, "redacted", r);
	buf_printf(&b, ";%zu:%s", strlen(r->hash), r->hash);
	return mac_of(a, &b);
}

const char *audit_checkpoint_mac(struct arena *a, const struct audit_checkpoint *c)
{
	struct buf b = { .mem = a };
	buf_printf(&b, "checkpoint;%lld;%lld;%s", (long long)c->seq, (long long)c->at, c->hash);
	return mac_of(a, &b);
}

bool audit_row_holds(struct arena *a, const char *before, const struct audit_row *r)
{
	if (!r->hash)
		return false;
	if (r->redacted && *r->redacted)
		return crypto_same_text(audit_redaction(a, r), r->redacted);
	return strcmp(audit_hash(a, before, r), r->hash) == 0;
}

bool audit_checkpoint_holds(struct arena *a, const struct audit_checkpoint *c)
{
	return !c->seq || (c->hash && c->mac && crypto_same_text(audit_checkpoint_mac(a, c), c->mac));
}
