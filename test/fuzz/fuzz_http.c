/* Bytes of a client through what the server reads them with: the head scanner, http-parser, the chunk scanner, the target.
 * Besides crashes it looks for disagreement: both chunk readers must see the end of a body at the same byte, and input in
 * two pieces must read as input in one. */
#include "http/chunk.h"
#include "http/field.h"
#include "http/form.h"
#include "http/head.h"
#include "http/parse.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { BODY_MAX = 1 << 20 };

static void on_field(void *arg, char *name, size_t name_n, char *value, size_t value_n)
{
	(void)arg;
	(void)value;
	(void)value_n;
	if (!field_is_token(name, name_n))
		abort();
}

static err_t on_body(void *arg, const char *p, size_t n)
{
	size_t *total = arg;
	(void)p;
	*total += n;
	return *total > BODY_MAX ? ERR_TOO_LARGE : ERR_OK;
}

/* How many bytes of a chunked body there are, -1 when it is refused, -2 when it does not end. */
static long chunked(struct arena *a, const char *p, size_t n, size_t first)
{
	char head[] = "POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n";
	struct head h;
	struct chunk c;
	size_t total = 0, at = 0;
	if (!head_check(head, strlen(head), &h))
		abort();
	struct parse *s = parse_new(a, &(struct parse_sink){ on_field, on_body, &total });
	if (parse_head(s, head, strlen(head), &h))
		abort();
	chunk_init(&c, BODY_MAX);
	while (at < n && c.at != CHUNK_DONE) {
		size_t piece = at == 0 && first && first < n ? first : n - at, good, used;
		if (chunk_check(&c, p + at, piece, &good))
			return -1;
		if (parse_body(s, p + at, good, &used))
			return -1; /* http-parser may refuse more: it reads trailers as if they meant something */
		if (used != good || parse_done(s) != (c.at == CHUNK_DONE))
			abort(); /* the strict scanner let something pass that http-parser reads in another way */
		at += good;
	}
	return c.at == CHUNK_DONE ? (long)at : -2;
}

static void head(struct arena *a, const char *p, size_t n)
{
	size_t from = 0, length;
	struct head h;
	if (head_find(p, n, &from, &length) != HEAD_WHOLE || !head_check(p, length, &h))
		return;
	size_t total = 0;
	const char *path, *why;
	struct parse *s = parse_new(a, &(struct parse_sink){ on_field, on_body, &total });
	err_t e = parse_head(s, arena_memdup0(a, p, length), length, &h);
	(void)e; /* it may refuse more than the scanner, such as a method */
	if (h.form == TARGET_ORIGIN && !path_decode(a, h.target, strcspn(h.target, "? "), &path, &why))
		if (path[0] != '/' || strstr(path, "/../"))
			abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	if (size < 1)
		return 0;
	struct arena *a = arena_new(0);
	const char *p = arena_memdup0(a, data + 1, size - 1);
	if (data[0] & 0x80) {
		if (chunked(a, p, size - 1, 0) != chunked(a, p, size - 1, data[0] & 0x7f))
			abort();
	} else {
		head(a, p, size - 1);
	}
	arena_free(a);
	return 0;
}
