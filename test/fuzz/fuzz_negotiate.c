/* Accept, Accept-Encoding and the conditional headers. */
#include "base/arena.h"
#include "http/negotiate.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	struct arena *a = arena_new(0);
	const char *text = arena_memdup0(a, data, n);
	negotiate_coding(text);
	int html = negotiate_weight(text, "text/html"), json = negotiate_weight(text, "application/json");
	if (html < 0 || html > 1000 || negotiate_prefers(text, "text/html", "application/json") != (html > json))
		abort();
	/* What is the same strongly is so weakly, and a tag that is in its own list is a tag. */
	if (etag_listed(text, "\"x\"", true) && !etag_listed(text, "\"x\"", false))
		abort();
	if (etag_same(text, text, true) && !etag_listed(text, text, true))
		abort();
	struct validators v = { true, "\"x\"", 784111777000 };
	struct conditions c = { .if_match = text };
	if (precondition_check(HTTP_PATCH, &c, &v) == PRECONDITION_NOT_MODIFIED)
		abort();
	c = (struct conditions){ .if_none_match = text };
	if (precondition_check(HTTP_GET, &c, &v) == PRECONDITION_FAILED)
		abort();
	c = (struct conditions){ .if_modified_since = text, .if_unmodified_since = text };
	(void)precondition_check(HTTP_GET, &c, &v);
	arena_free(a);
	return 0;
}
