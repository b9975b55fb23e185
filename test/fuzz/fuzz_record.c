/* Records: bytes that say they are a struct. What is read once is written and read again as the same. */
#include "base/record.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct inner {
	const char *street;
	struct list lines;
	struct opt_int zip;
};
TYPE(inner, FIELD(inner, street, 0, ""), FIELD_TEXTS(inner, lines, 0, ""), FIELD(inner, zip, 0, ""));
static const char *const colours[] = { "red", "green", NULL };
struct outer {
	const char *name;
	int64_t count;
	double ratio;
	bool on;
	unsigned colour;
	struct secret password;
	struct json extra;
	struct list tags, all;
	const struct inner *home;
	struct inner work;
	struct textmap labels;
	struct opt_text nickname;
	uint64_t hide;
};
TYPE_HIDING(outer, hide, FIELD(outer, name, 0, ""), FIELD(outer, count, 0, ""), FIELD(outer, ratio, 0, ""),
	FIELD(outer, on, 0, ""), FIELD_ENUM(outer, colour, colours, 0, ""), FIELD(outer, password, 0, ""),
	FIELD(outer, extra, 0, ""), FIELD_TEXTS(outer, tags, 0, ""), FIELD_LIST(outer, all, inner, 0, ""),
	FIELD_OBJECT(outer, home, inner, 0, ""), FIELD_EMBEDDED(outer, work, inner, 0, ""), FIELD(outer, labels, 0, ""),
	FIELD(outer, nickname, 0, ""));

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena *a = arena_new(0);
	struct outer one = { 0 }, two = { 0 };
	if (record_read(a, &outer_type, &one, data, size)) {
		struct buf b = { .mem = a }, c = { .mem = a };
		record_write(&b, &outer_type, &one, RECORD_SECRETS);
		if (!record_read(a, &outer_type, &two, b.p, b.n))
			abort();
		record_write(&c, &outer_type, &two, RECORD_SECRETS);
		if (b.n != c.n || memcmp(b.p, c.p, b.n) != 0)
			abort();
	}
	arena_free(a);
	return 0;
}
