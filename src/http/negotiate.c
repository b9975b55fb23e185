#include "http/negotiate.h"

#include "base/time.h"
#include "http/field.h"

#include <string.h>

/* Splits "gzip;q=0.5" into its value and weight. Other parameters are passed over; a malformed weight makes the piece
 * count for nothing. */
static bool weighted(struct span piece, struct span *value, int *weight)
{
	struct span param;
	*weight = 1000;
	if (!field_next(&piece, ';', value) || !value->n)
		return false;
	while (field_next(&piece, ';', &param)) {
		if (param.n >= 2 && (param.p[0] == 'q' || param.p[0] == 'Q') && param.p[1] == '=')
			*weight = field_weight((struct span){ param.p + 2, param.n - 2 });
	}
	return *weight >= 0;
}

enum coding negotiate_coding(const char *accept_encoding)
{
	int gzip = -1, plain = -1, star = -1, weight;
	struct span rest = span_of(accept_encoding), piece, value;
	while (field_next(&rest, ',', &piece)) {
		if (!weighted(piece, &value, &weight))
			continue;
		if (span_is(value, "gzip") || span_is(value, "x-gzip"))
			gzip = weight;
		else if (span_is(value, "identity"))
			plain = weight;
		else if (span_is(value, "*"))
			star = weight;
	}
	/* RFC 9110 section 12.5.3: what is not named takes the star's weight; plain without either is acceptable, but
	 * less than what the client took the trouble to name. */
	if (gzip < 0)
		gzip = star < 0 ? 0 : star;
	if (gzip > 0 && gzip >= plain)
		return CODING_GZIP;
	if (plain == 0 || (plain < 0 && star == 0))
		return gzip > 0 ? CODING_GZIP : CODING_NEITHER;
	return CODING_PLAIN;
}

/* How closely a range of Accept names the type: 3 exactly, 2 its group, 1 any, 0 not at all. */
static int closeness(struct span range, const char *type)
{
	const char *slash = strchr(type, '/');
	size_t group = slash ? (size_t)(slash - type) + 1 : 0;
	if (span_is(range, type))
		return 3;
	if (span_is(range, "*/*"))
		return 1;
	bool any_of_group = group && range.n == group + 1 && range.p[group] == '*';
	return any_of_group && strncasecmp(range.p, type, group) == 0 ? 2 : 0;
}

int negotiate_weight(const char *accept, const char *type)
{
	int closest = 0, best = 0, weight;
	bool said = false;
	struct span rest = span_of(accept), piece, range;
	while (field_next(&rest, ',', &piece)) {
		if (!weighted(piece, &range, &weight))
			continue;
		said = true;
		int close = closeness(range, type);
		if (close > closest || (close && close == closest && weight > best)) {
			closest = close;
			best = weight;
		}
	}
	return said ? best : 1000;
}

bool negotiate_prefers(const char *accept, const char *type, const char *other)
{
	return negotiate_weight(accept, type) > negotiate_weight(accept, other);
}

static bool take_weak(struct span *s)
{
	if (s->n < 2 || s->p[0] != 'W' || s->p[1] != '/')
		return false;
	s->p += 2;
	s->n -= 2;
	return true;
}

static bool is_opaque_tag(struct span s)
{
	if (s.n < 2 || s.p[0] != '"' || s.p[s.n - 1] != '"')
		return false;
	return !memchr(s.p + 1, '"', s.n - 2);
}

static bool tags_same(struct span a, struct span b, bool strong)
{
	bool weak_a = take_weak(&a), weak_b = take_weak(&b);
	if (strong && (weak_a || weak_b))
		return false;
	return is_opaque_tag(a) && a.n == b.n && memcmp(a.p, b.p, a.n) == 0;
}

bool etag_same(const char *a, const char *b, bool strong)
{
	return tags_same(span_of(a), span_of(b), strong);
}

/* Takes one tag off the list's front. field_next() does not do: an etag's backslash is a plain character (RFC 9110
 * section 8.8.3), and commas may stand between its quotes. */
static bool next_tag(struct span *rest, struct span *out)
{
	while (rest->n && strchr(", \t", *rest->p)) {
		rest->p++;
		rest->n--;
	}
	struct span s = *rest;
	take_weak(&s);
	const char *end = s.n > 1 && *s.p == '"' ? memchr(s.p + 1, '"', s.n - 1) : NULL;
	if (!end)
		return false;
	*out = (struct span){ rest->p, (size_t)(end + 1 - rest->p) };
	rest->n -= out->n;
	rest->p = end + 1;
	return !rest->n || strchr(", \t", *rest->p) != NULL;
}

bool etag_listed(const char *list, const char *etag, bool strong)
{
	struct span rest = span_of(list), tag;
	if (span_is(field_trim(rest), "*"))
		return true;
	while (etag && next_tag(&rest, &tag))
		if (tags_same(tag, span_of(etag), strong))
			return true;
	return false;
}

static bool is_star(const char *list)
{
	return span_is(field_trim(span_of(list)), "*");
}

static bool named(const char *list, const struct validators *now, bool strong)
{
	if (is_star(list))
		return now->exists;
	return now->exists && etag_listed(list, now->etag, strong);
}

/* False also when the date or the resource's own is not known: then the condition does not count. */
static bool dated(const char *text, const struct validators *now, int64_t *date, int64_t *modified)
{
	*modified = now->modified_ms - now->modified_ms % 1000;
	return text && now->exists && now->modified_ms && time_parse_http(text, date);
}

enum precondition precondition_check(
	enum http_method method, const struct conditions *asked, const struct validators *now)
{
	bool reads = method == HTTP_GET || method == HTTP_HEAD;
	int64_t date, modified;
	if (asked->if_match) {
		if (!named(asked->if_match, now, true))
			return PRECONDITION_FAILED;
	} else if (dated(asked->if_unmodified_since, now, &date, &modified) && modified > date) {
		return PRECONDITION_FAILED;
	}
	if (asked->if_none_match) {
		if (named(asked->if_none_match, now, false))
			return reads ? PRECONDITION_NOT_MODIFIED : PRECONDITION_FAILED;
	} else if (reads && dated(asked->if_modified_since, now, &date, &modified) && modified <= date) {
		return PRECONDITION_NOT_MODIFIED;
	}
	return PRECONDITION_PROCEED;
}
