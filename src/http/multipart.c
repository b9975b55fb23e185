#include "http/multipart.h"

#include "base/buf.h"
#include "base/str.h"
#include "http/multipart_head.h"

#include <assert.h>
#include <string.h>

enum { DELIMITER_MAX = BOUNDARY_MAX + 4 };

enum state {
	AT_DELIMITER, /* the bytes of a part, or nothing yet, while the next boundary is looked for */
	AFTER_DELIMITER, /* two bytes tell: CRLF and another part, or "--" and the end */
	IN_HEADERS,
	AT_END, /* "\r\n" may follow, nothing else */
};

struct multipart {
	struct arena *mem;
	struct multipart_limits max;
	struct multipart_sink sink;
	char delimiter[DELIMITER_MAX + 1]; /* CRLF "--" boundary; its CR is the only one in it */
	size_t delimiter_n;
	enum state state;
	size_t matched; /* bytes of the delimiter (or of the two after it, or of the last CRLF) seen so far */
	char after[2];
	size_t parts, fields_size;
	bool in_part, is_file;
	struct buf head; /* of the part that begins */
	struct buf value; /* of the text field being read */
	struct part_head part;
	struct form fields;
	size_t fields_cap;
	err_t failed;
	const char *why;
};

static size_t or_else(size_t n, size_t otherwise)
{
	return n ? n : otherwise;
}

struct multipart *multipart_new(
	struct arena *a, const char *boundary, const struct multipart_limits *limits, const struct multipart_sink *sink)
{
	assert(boundary_is_valid(boundary));
	struct multipart *m = arena_new_of(a, struct multipart);
	m->mem = m->head.mem = m->value.mem = a;
	m->why = "";
	if (limits)
		m->max = *limits;
	m->max.parts = or_else(m->max.parts, 32);
	m->max.headers = or_else(m->max.headers, 4096);
	m->max.field = or_else(m->max.field, 64 << 10);
	m->max.fields = or_else(m->max.fields, 256 << 10);
	if (sink)
		m->sink = *sink;
	memcpy(m->delimiter, "\r\n--", 4);
	m->delimiter_n = 4 + strlen(boundary);
	memcpy(m->delimiter + 4, boundary, m->delimiter_n - 4);
	m->matched = 2; /* the first boundary stands at the start of the body, as if behind a CRLF */
	return m;
}

static err_t fail(struct multipart *m, err_t e, const char *why)
{
	m->why = why;
	return e;
}

static err_t part_data(struct multipart *m, const char *p, size_t n)
{
	if (!n)
		return ERR_OK;
	if (!m->in_part)
		return fail(m, ERR_MALFORMED, "The body does not begin with its boundary.");
	if (m->is_file)
		return m->sink.data(m->sink.arg, p, n);
	if (n > m->max.field - m->value.n)
		return fail(m, ERR_TOO_LARGE, "A field is too long.");
	if (n > m->max.fields - m->fields_size)
		return fail(m, ERR_TOO_LARGE, "The fields together are too long.");
	m->fields_size += n;
	buf_add(&m->value, p, n);
	return ERR_OK;
}

static void add_field(struct multipart *m, const char *name, const char *value)
{
	if (m->fields.n == m->fields_cap) {
		size_t cap = m->fields_cap ? 2 * m->fields_cap : 8;
		struct form_pair *items = arena_array_of(m->mem, struct form_pair, cap);
		if (m->fields.n)
			memcpy(items, m->fields.items, m->fields.n * sizeof *items);
		m->fields.items = items;
		m->fields_cap = cap;
	}
	m->fields.items[m->fields.n++] = (struct form_pair){ name, value };
}

static err_t part_end(struct multipart *m)
{
	if (!m->in_part)
		return ERR_OK;
	m->in_part = false;
	if (m->is_file)
		return m->sink.end(m->sink.arg);
	const char *value = buf_cstr(&m->value);
	if (memchr(value, 0, m->value.n) || !utf8_valid(value, m->value.n))
		return fail(m, ERR_MALFORMED, "A field is not UTF-8 text.");
	add_field(m, m->part.name, value);
	m->value = (struct buf){ .mem = m->mem };
	return ERR_OK;
}

static err_t part_begin(struct multipart *m)
{
	TRY(part_head_parse(m->mem, buf_cstr(&m->head), m->head.n, &m->part, &m->why));
	m->in_part = true;
	m->is_file = m->part.filename != NULL;
	m->head.n = 0;
	m->state = AT_DELIMITER;
	if (!m->is_file)
		return ERR_OK;
	if (!m->sink.begin)
		return fail(m, ERR_MEDIA_TYPE, "This address does not take files.");
	const char *type = m->part.content_type ? m->part.content_type : "application/octet-stream";
	return m->sink.begin(m->sink.arg, &(struct multipart_file){ m->part.name, m->part.filename, type });
}

/* Data up to a possible delimiter. What matched and then did not is data after all; since a CR stands only at the
 * delimiter's front, no shorter match can hide in it, and nothing is read twice. */
static err_t feed_delimiter(struct multipart *m, const char **p, const char *end)
{
	if (!m->matched) {
		const char *cr = memchr(*p, '\r', (size_t)(end - *p));
		const char *data = *p;
		*p = cr ? cr + 1 : end;
		m->matched = cr != NULL;
		return part_data(m, data, (size_t)((cr ? cr : end) - data));
	}
	if (**p == m->delimiter[m->matched]) {
		++*p;
		if (++m->matched < m->delimiter_n)
			return ERR_OK;
		m->matched = 0;
		m->state = AFTER_DELIMITER;
		return part_end(m);
	}
	size_t n = m->matched;
	m->matched = 0;
	return part_data(m, m->delimiter, n);
}

static err_t feed_after(struct multipart *m, const char **p)
{
	m->after[m->matched++] = *(*p)++;
	if (m->matched < 2)
		return ERR_OK;
	m->matched = 0;
	if (memcmp(m->after, "--", 2) == 0) {
		m->state = AT_END;
		return ERR_OK;
	}
	if (memcmp(m->after, "\r\n", 2) != 0)
		return fail(m, ERR_MALFORMED, "A boundary is followed by other bytes.");
	if (++m->parts > m->max.parts)
		return fail(m, ERR_TOO_LARGE, "There are too many parts.");
	m->state = IN_HEADERS;
	return ERR_OK;
}

static err_t feed_headers(struct multipart *m, const char **p, const char *end)
{
	const char *lf = memchr(*p, '\n', (size_t)(end - *p));
	size_t n = (size_t)((lf ? lf + 1 : end) - *p);
	if (n > m->max.headers - m->head.n)
		return fail(m, ERR_TOO_LARGE, "A part has too many headers.");
	buf_add(&m->head, *p, n);
	*p += n;
	if (m->head.n == 2 && memcmp(m->head.p, "\r\n", 2) == 0)
		return fail(m, ERR_MALFORMED, "A part has no headers.");
	if (m->head.n < 4 || memcmp(m->head.p + m->head.n - 4, "\r\n\r\n", 4) != 0)
		return ERR_OK;
	m->head.n -= 2;
	return part_begin(m);
}

static err_t feed_end(struct multipart *m, const char **p)
{
	if (m->matched == 2 || *(*p)++ != "\r\n"[m->matched])
		return fail(m, ERR_MALFORMED, "Bytes follow the closing boundary.");
	m->matched++;
	return ERR_OK;
}

static err_t step(struct multipart *m, const char **p, const char *end)
{
	switch (m->state) {
	case AT_DELIMITER:
		return feed_delimiter(m, p, end);
	case AFTER_DELIMITER:
		return feed_after(m, p);
	case IN_HEADERS:
		return feed_headers(m, p, end);
	case AT_END:
		return feed_end(m, p);
	}
	return ERR_INTERNAL;
}

err_t multipart_feed(struct multipart *m, const char *p, size_t n)
{
	for (const char *end = p + n; p < end && !m->failed;)
		m->failed = step(m, &p, end);
	return m->failed;
}

err_t multipart_finish(struct multipart *m, struct form *fields)
{
	*fields = m->fields;
	if (!m->failed && m->state != AT_END)
		m->failed = fail(m, ERR_MALFORMED, "The body ends before its closing boundary.");
	return m->failed;
}

const char *multipart_why(const struct multipart *m)
{
	return m->why;
}
