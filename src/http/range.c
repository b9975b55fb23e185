#include "http/range.h"

#include "base/time.h"
#include "http/field.h"
#include "http/negotiate.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

/* Digits at the front of *s as a number that stops at INT64_MAX: positions past any file are legal and mean "the end".
 * -1 when there are none. */
static int64_t take_number(struct span *s)
{
	int64_t v = 0;
	size_t i = 0;
	for (; i < s->n && s->p[i] >= '0' && s->p[i] <= '9'; i++) {
		int digit = s->p[i] - '0';
		v = v > (INT64_MAX - digit) / 10 ? INT64_MAX : v * 10 + digit;
	}
	s->p += i;
	s->n -= i;
	return i ? v : -1;
}

/* One range-spec (section 14.1.1): "0-99", "100-" or "-50". False when malformed; a length of 0: outside the file. */
static bool parse_spec(struct span s, int64_t size, struct range *out)
{
	int64_t first = take_number(&s);
	if (!s.n || *s.p != '-')
		return false;
	s.p++;
	s.n--;
	bool open = s.n == 0;
	int64_t last = take_number(&s);
	if (s.n || (first < 0 && last < 0) || (first >= 0 && !open && (last < 0 || last < first)))
		return false;
	if (first < 0) {
		/* A suffix of an empty file is satisfiable, but Content-Range has no way to write it: the whole answers it. */
		if (size == 0 && last > 0)
			return false;
		int64_t length = last < size ? last : size;
		*out = (struct range){ size - length, length };
		return true;
	}
	if (open || last >= size)
		last = size - 1;
	*out = (struct range){ first, first < size ? last - first + 1 : 0 };
	return true;
}

enum range_answer range_parse(const char *header, int64_t size, struct range *out)
{
	struct span rest = span_of(header), spec;
	if (rest.n < 6 || !span_is((struct span){ header, 6 }, "bytes="))
		return RANGE_WHOLE;
	rest = (struct span){ header + 6, rest.n - 6 };
	size_t specs = 0, inside = 0;
	while (field_next(&rest, ',', &spec)) {
		struct range r;
		if (!spec.n)
			continue;
		if (!parse_spec(spec, size, &r))
			return RANGE_WHOLE;
		specs++;
		if (r.length && ++inside > 1)
			return RANGE_WHOLE;
		if (r.length)
			*out = r;
	}
	if (!specs)
		return RANGE_WHOLE;
	return inside ? RANGE_PART : RANGE_OUTSIDE;
}

bool range_if_range(const char *if_range, const char *etag, int64_t modified_ms, int64_t now_ms)
{
	if (!if_range)
		return true;
	if (*if_range == '"' || strncmp(if_range, "W/", 2) == 0)
		return etag && etag_same(if_range, etag, true);
	int64_t date;
	if (!modified_ms || !time_parse_http(if_range, &date))
		return false;
	/* Section 8.8.2.2: within its own second a file may have changed twice, so such a date proves nothing yet. */
	return date == modified_ms - modified_ms % 1000 && now_ms - modified_ms >= 1000;
}

size_t range_content(char out[static RANGE_TEXT], const struct range *r, int64_t size)
{
	int n;
	if (r)
		n = snprintf(out, RANGE_TEXT, "bytes %" PRId64 "-%" PRId64 "/%" PRId64, r->first,
			r->first + r->length - 1, size);
	else
		n = snprintf(out, RANGE_TEXT, "bytes */%" PRId64, size);
	return (size_t)n;
}
