#include "api/op.h"
#include "api/call.h"
#include "base/json.h"
#include "base/str.h"
#include "crypto/crypto.h"

#include <string.h>

bool op_is_list(const struct op *op)
{
	const struct type *t = op->call->out;
	return t->n == 2 && t->fields[0].kind == KIND_LIST && t->fields[1].type == &page_type;
}

const struct op *op_find(const char *name, const struct feature **feature)
{
	for (const struct feature *const *f = features_all; *f; f++)
		for (const struct op *op = (*f)->ops; op && op->call; op++)
			if (strcmp(op->call->name, name) == 0) {
				if (feature)
					*feature = *f;
				return op;
			}
	return NULL;
}

const char *etag_of(struct arena *a, const void *bytes, size_t n)
{
	enum { TAG_BYTES = 12 }; /* 96 bits of a SHA-256: no two states of one resource will meet */
	uint8_t hash[SHA256_SIZE];
	crypto_sha256(bytes, n, hash);
	char *s = base64_encode(a, hash, TAG_BYTES, true);
	return arena_printf(a, "\"%s\"", s);
}

const char *op_etag(struct arena *a, const struct op *op, const void *out)
{
	struct buf b = { .mem = a };
	json_write(&b, op->call->out, out, JSON_ANSWER);
	return etag_of(a, b.p, b.n);
}
