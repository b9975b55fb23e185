/* Range and If-Range: whatever they say, the answer lies inside the file. The first two bytes are the file's size. */
#include "base/arena.h"
#include "http/range.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

static void check(const char *header, int64_t size)
{
	struct range r = { -1, -1 };
	char text[RANGE_TEXT];
	if (range_parse(header, size, &r) != RANGE_PART)
		return;
	if (r.first < 0 || r.length < 1 || r.first > size - r.length)
		abort();
	if (range_content(text, &r, size) != strlen(text))
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	if (n < 2)
		return 0;
	struct arena *a = arena_new(0);
	const char *text = arena_memdup0(a, data + 2, n - 2);
	check(text, data[0] << 8 | data[1]);
	check(text, 0);
	check(text, INT64_MAX);
	(void)range_if_range(text, "\"x\"", 784111777000, 784111999000);
	arena_free(a);
	return 0;
}
