/* Templates of letters: any bytes are refused with a line and a reason, or make letters whose values are escaped. */
#include "base/str.h"
#include "features/mail/mail_template.h"
#include "features/mail/mail_text.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

#define VALUES(name_) \
	{ \
		{ "name", name_ }, { "code", "123456" }, { "link", "https://example.org/?a=b" }, \
		{ \
			NULL, NULL \
		} \
	}
static const struct mail_value hostile[] = VALUES("<script>\"'&"), harmless[] = VALUES("Zoe");

/* Those by which a value would leave its place. A template may spell a tag in pieces, around a section; so the same letter
 * to a harmless person tells how many are its own. */
static size_t marks(const struct buf *b)
{
	size_t n = 0;
	for (size_t i = 0; i < b->n; i++)
		n += strchr("<>\"'", b->p[i]) && b->p[i];
	return n;
}

static void fill(struct arena *a, const struct mail_template *t, const char *content)
{
	struct buf b = { .mem = a }, plain = { .mem = a }, body = { .mem = a };
	struct mail_fault fault, same;
	bool filled = mail_template_fill(&b, t->text, t->n, hostile, content, MAIL_HTML, &fault);
	if (filled != mail_template_fill(&plain, t->text, t->n, harmless, content, MAIL_HTML, &same))
		abort();
	if (!filled) {
		if (!fault.why || fault.line < 1)
			abort();
		return;
	}
	if (marks(&b) != marks(&plain))
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
