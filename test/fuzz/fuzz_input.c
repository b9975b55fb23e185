/* Values that came as texts (path, query, form, flags): lines of name=value; a line that begins with '{' is a body. */
#include "base/sample_test.c" /* a type of every kind, which the library itself does not hold */
#include "base/json.h"
#include "base/str.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

static err_t bind_line(struct input *in, char *line)
{
	if (*line == '{')
		return input_json(in, line, strlen(line));
	char *equals = strchr(line, '=');
	if (equals) {
		*equals = 0;
		input_text(in, line, equals + 1);
	}
	return ERR_OK;
}

static err_t bind_lines(struct input *in, char *text)
{
	for (char *next; text; text = next) {
		next = strchr(text, '\n');
		if (next)
			*next++ = 0;
		TRY(bind_line(in, text));
	}
	return input_end(in);
}

static void check_sample(struct cx *cx, const struct sample *s)
{
	struct buf b = { .mem = cx->mem };
	json_write(&b, &sample_type, s, JSON_ANSWER);
	if (!utf8_valid(b.p, b.n) || !s->name || s->limit < 1 || s->limit > 50 || s->tags.n > 5 || s->colour > 2)
		abort();
	for (size_t i = 0; i < b.n; i++)
		if ((unsigned char)b.p[i] < 0x20)
			abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	struct cx *cx = sample_cx();
	struct sample s = { 0 };
	struct input in;
	input_begin(&in, cx, &sample_type, &s, n % 2);
	err_t e = bind_lines(&in, arena_memdup0(cx->mem, data, n));
	if (e == ERR_OK)
		check_sample(cx, &s);
	else if (e != ERR_INVALID && e != ERR_MALFORMED)
		abort();
	if (in.errors > INPUT_ERRORS)
		abort();
	sample_cx_end(cx);
	return 0;
}
