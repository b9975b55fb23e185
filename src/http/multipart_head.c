#include "http/multipart_head.h"

#include "base/str.h"
#include "http/field.h"
#include "http/form.h"
#include "http/multipart.h"

#include <string.h>

static err_t malformed(const char **why, const char *sentence)
{
	*why = sentence;
	return ERR_MALFORMED;
}

bool boundary_is_valid(const char *s)
{
	/* RFC 2046 section 5.1.1: bcharsnospace, and blanks everywhere but at the end */
	static const char set[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789'()+_,-./:=? ";
	size_t n = strlen(s);
	return n >= 1 && n <= BOUNDARY_MAX && strspn(s, set) == n && s[n - 1] != ' ';
}

err_t multipart_boundary(struct arena *a, const char *content_type, const char **out)
{
	struct span rest = span_of(content_type), piece, name;
	const char *value;
	*out = NULL;
	if (!field_next(&rest, ';', &piece) || !span_is(piece, "multipart/form-data"))
		return ERR_MEDIA_TYPE;
	while (field_next(&rest, ';', &piece)) {
		if (!piece.n)
			continue;
		if (!field_param(a, piece, &name, &value))
			return ERR_MALFORMED;
		if (!span_is(name, "boundary"))
			continue;
		if (*out || !boundary_is_valid(value))
			return ERR_MALFORMED;
		*out = value;
	}
	return *out ? ERR_OK : ERR_MALFORMED;
}

static bool has_control(const char *s, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (((unsigned char)s[i] < 0x20 && s[i] != '\t') || s[i] == 0x7f)
			return true;
	return false;
}

/* A path is none of our business: some clients send the whole of it, some attackers send "../../etc/passwd". */
static const char *last_component(const char *path)
{
	for (const char *p = path; *p; p++)
		if (*p == '/' || *p == '\\')
			path = p + 1;
	return strcmp(path, ".") == 0 || strcmp(path, "..") == 0 ? "" : path;
}

/* RFC 8187: UTF-8'language'percent-escaped */
static bool decode_extended(struct arena *a, const char *s, const char **out)
{
	const char *why;
	if (strncasecmp(s, "UTF-8'", 6) != 0)
		return false;
	const char *text = strchr(s + 6, '\'');
	return text && percent_decode(a, text + 1, strlen(text + 1), out, &why) == ERR_OK;
}

struct disposition {
	const char *name, *filename, *extended;
};

static err_t disposition_param(struct arena *a, struct span piece, struct disposition *d, const char **why)
{
	struct span name;
	const char *value, **slot = NULL;
	if (!field_param(a, piece, &name, &value))
		return malformed(why, "A part has a malformed Content-Disposition.");
	if (span_is(name, "name"))
		slot = &d->name;
	else if (span_is(name, "filename"))
		slot = &d->filename;
	else if (span_is(name, "filename*"))
		slot = &d->extended;
	if (!slot)
		return ERR_OK;
	if (*slot)
		return malformed(why, "A part says its name twice.");
	if (slot == &d->extended && !decode_extended(a, value, &value))
		return malformed(why, "A part has a file name in another form than UTF-8.");
	if (has_control(value, strlen(value)))
		return malformed(why, "A part has a control character in its name.");
	*slot = value;
	return ERR_OK;
}

static err_t parse_disposition(struct arena *a, struct span value, struct part_head *out, const char **why)
{
	struct span piece;
	struct disposition d = { 0 };
	if (out->name)
		return malformed(why, "A part has two Content-Dispositions.");
	if (!field_next(&value, ';', &piece) || !span_is(piece, "form-data"))
		return malformed(why, "A part is not form-data.");
	while (field_next(&value, ';', &piece))
		if (piece.n)
			TRY(disposition_param(a, piece, &d, why));
	if (!d.name)
		return malformed(why, "A part has no name.");
	out->name = d.name;
	/* RFC 6266 section 4.3: the extended form says the same better */
	const char *filename = d.extended ? d.extended : d.filename;
	out->filename = filename ? last_component(filename) : NULL;
	return ERR_OK;
}

static err_t parse_type(struct arena *a, struct span value, struct part_head *out, const char **why)
{
	struct span rest = value, type;
	if (out->content_type)
		return malformed(why, "A part has two Content-Types.");
	bool some = field_next(&rest, ';', &type);
	const char *slash = some && type.n ? memchr(type.p, '/', type.n) : NULL;
	if (!slash || !field_is_token(type.p, (size_t)(slash - type.p)) ||
		!field_is_token(slash + 1, type.n - (size_t)(slash + 1 - type.p)))
		return malformed(why, "A part has a malformed Content-Type.");
	out->content_type = arena_memdup0(a, value.p, value.n);
	return ERR_OK;
}

static err_t parse_line(struct arena *a, const char *s, size_t n, struct part_head *out, const char **why)
{
	const char *colon = memchr(s, ':', n);
	if (!colon || !field_is_token(s, (size_t)(colon - s)))
		return malformed(why, "A part has a malformed header.");
	if (has_control(s, n) || !utf8_valid(s, n))
		return malformed(why, "A part has a header with control characters or bytes that are not UTF-8.");
	struct span name = { s, (size_t)(colon - s) };
	struct span value = field_trim((struct span){ colon + 1, n - name.n - 1 });
	if (span_is(name, "content-disposition"))
		return parse_disposition(a, value, out, why);
	if (span_is(name, "content-type"))
		return parse_type(a, value, out, why);
	/* RFC 7578 section 4.7: deprecated. An encoded body stored as if it were plain would be silently wrong. */
	if (span_is(name, "content-transfer-encoding") && !span_is(value, "binary") && !span_is(value, "8bit") &&
		!span_is(value, "7bit"))
		return malformed(why, "A part has a Content-Transfer-Encoding.");
	return ERR_OK;
}

err_t part_head_parse(struct arena *a, const char *s, size_t n, struct part_head *out, const char **why)
{
	*out = (struct part_head){ 0 };
	while (n) {
		const char *end = memchr(s, '\r', n);
		if (!end || (size_t)(end - s) + 2 > n || end[1] != '\n')
			return malformed(why, "A part has a header line that does not end with CRLF.");
		size_t line = (size_t)(end - s);
		TRY(parse_line(a, s, line, out, why));
		s += line + 2;
		n -= line + 2;
	}
	return out->name ? ERR_OK : malformed(why, "A part has no Content-Disposition.");
}
