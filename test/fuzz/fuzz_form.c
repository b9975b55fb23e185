/* Query strings and paths: what is taken can be written again and reads the same. */
#include "base/buf.h"
#include "base/str.h"
#include "http/form.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

static void check_again(struct arena *a, const struct form *f)
{
	struct buf text = { .mem = a };
	for (size_t i = 0; i < f->n; i++)
		buf_printf(&text, "%s%s=%s", i ? "&" : "", percent_encode(a, f->items[i].name),
			percent_encode(a, f->items[i].value));
	struct form again;
	const char *why;
	if (form_parse(a, buf_cstr(&text), text.n, FORM_PAIRS, &again, &why) || again.n != f->n)
		abort();
	for (size_t i = 0; i < f->n; i++)
		if (strcmp(again.items[i].name, f->items[i].name) != 0 ||
			strcmp(again.items[i].value, f->items[i].value) != 0)
			abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	struct arena *a = arena_new(0);
	struct form f;
	const char *path, *why = NULL;
	err_t e = form_parse(a, (const char *)data, n, FORM_PAIRS, &f, &why);
	if (!e)
		check_again(a, &f);
	else if (!why || f.n)
		abort();
	if (!path_decode(a, (const char *)data, n, &path, &why)) {
		if (*path != '/' || strstr(path, "/../") || str_ends(path, "/..") || strchr(path, '\\') ||
			!utf8_valid(path, strlen(path)))
			abort();
	}
	arena_free(a);
	return 0;
}
