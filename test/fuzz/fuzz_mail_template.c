/* Templates of letters: any bytes are refused with a line and a reason, or make letters whose values are escaped. */
#include "base/str.h"
#include "features/mail/mail_template.h"
#include "features/mail/mail_text.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

static const struct mail_value values[] = { { "name", "<script>\"'&" }, { "code", "123456" },
	{ "link", "https://example.org/?a=b" }, { NULL, NULL } };

static void fill(struct arena *a, const struct mail_template *t, const char *content)
{
	struct buf b = { .mem = a }, body = { .mem = a };
	struct mail_fault fault;
	if (!mail_template_fill(&b, t->text, t->n, values, content, MAIL_HTML, &fault)) {
		if (!fault.why || fault.line < 1)
			abort();
		return;
	}
	if (!memmem(t->text, t->n, "<script>", 8) && strstr(buf_cstr(&b), "<script>"))
		abort();
	mail_text_quoted(&body, buf_cstr(&b));
	for (size_t i = 0; i < body.n; i++)
		if ((unsigned char)body.p[i] >= 0x7f)
			abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	static const char *const names[] = { "x.en.txt", "x.en.html", "layout.html" };
	struct arena *a = arena_new(0);
	const char *text = arena_memdup0(a, data, n);
	for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
		struct mail_template t = { names[i], text, n }, subject, body;
		struct mail_fault fault;
		if (!mail_template_check(&t, &fault)) {
			if (!fault.why || fault.line < 1)
				abort();
			continue;
		}
		fill(a, &t, i == 2 ? "content" : NULL);
		if (i == 0 && !mail_template_split(&t, &subject, &body))
			abort();
	}
	arena_free(a);
	return 0;
}
