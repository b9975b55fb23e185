#include "api/op.h"
#include "api/call.h"
#include "base/json.h"
#include "base/str.h"

#include <string.h>
#include <xxhash.h>

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

const struct event *event_find(const char *name)
{
	for (const struct feature *const *f = features_all; *f; f++)
		for (const struct event *const *e = (*f)->events; e && *e; e++)
			if (strcmp((*e)->name, name) == 0)
				return *e;
	return NULL;
}

/* No secret and no proof: 128 bits of a fast hash tell two states of one resource apart. */
const char *etag_of(struct arena *a, const void *bytes, size_t n)
{
	XXH128_canonical_t hash;
	XXH128_canonicalFromHash(&hash, XXH3_128bits(bytes, n));
	const char *s = base64_encode(a, hash.digest, sizeof hash.digest, true);
	size_t len = strlen(s);
	char *tag = arena_alloc(a, len + 3);
	tag[0] = tag[len + 1] = '"';
	memcpy(tag + 1, s, len);
	return tag;
}

/* How much of an object's JSON stands before its VOLATILE fields, which are its last. */
static size_t stable_part(const struct type *t, const char *json, size_t n)
{
	const struct field *f = t->fields;
	while (f->name && !(f->flags & VOLATILE))
		f++;
	if (!f->name)
		return n;
	size_t length = strlen(f->name);
	for (size_t i = n; i-- > 0;) /* from the end: it is near */
		if (json[i] == ',' && n - i > length + 3 && json[i + 1] == '"' &&
			memcmp(json + i + 2, f->name, length) == 0 && json[i + 2 + length] == '"')
			return i;
	return n;
}

const char *etag_of_json(struct arena *a, const struct type *t, const char *json, size_t n)
{
	return etag_of(a, json, stable_part(t, json, n));
}

const char *op_etag(struct arena *a, const struct op *op, const void *out)
{
	struct buf b = { .mem = a };
	json_write(&b, op->call->out, out, JSON_ANSWER);
	return etag_of_json(a, op->call->out, b.p, b.n);
}

bool op_speaks_json(const struct op *op)
{
	return !op->raw && !op->answer_file && !op->file_body && !op->body_max &&
	       !(op->flags & (OP_LOCAL | OP_BARE | OP_HIDDEN));
}

bool op_may_be_nothing(const struct op *op)
{
	for (const struct field *f = op->call->out->fields; f->name; f++)
		if (!(f->flags & OMIT_NULL))
			return false;
	return true;
}
