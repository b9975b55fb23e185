/* Cookie headers, and Set-Cookie made of any text: what is written comes back as that one cookie. */
#include "base/str.h"
#include "http/cookie.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

static void check_written(struct arena *a, const struct cookie *c)
{
	const char *out;
	if (cookie_format(a, c, &out))
		return;
	if (strpbrk(out, "\r\n") || !str_starts(out, c->name))
		abort();
	struct cookies back;
	cookie_parse(a, out, &back);
	if (!back.n || strcmp(back.items[0].name, c->name) != 0 || strcmp(back.items[0].value, c->value) != 0)
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	struct arena *a = arena_new(0);
	const char *text = arena_memdup0(a, data, n);
	struct cookies c;
	cookie_parse(a, text, &c);
	if (c.n > COOKIES_MAX)
		abort();
	for (size_t i = 0; i < c.n; i++) {
		if (!utf8_valid(c.items[i].value, strlen(c.items[i].value)) || !cookie_get(&c, c.items[i].name))
			abort();
		check_written(
			a, &(struct cookie){ .name = c.items[i].name, .value = c.items[i].value, .secure = true });
	}
	check_written(a, &(struct cookie){ .name = "a", .value = text });
	check_written(a, &(struct cookie){ .name = text, .value = "x" });
	check_written(a, &(struct cookie){ .name = "a", .value = "x", .path = text });
	check_written(a, &(struct cookie){ .name = "a", .value = "x", .domain = text });
	arena_free(a);
	return 0;
}
