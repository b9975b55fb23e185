#include "http/head.h"

#include <assert.h>
#include <string.h>
#include <strings.h>

#define BIT(c) (UINT64_C(1) << ((c) % 64))
/* RFC 9110 section 5.6.2: tchar, as one bit for each of the 128 ASCII characters. */
static const uint64_t token_bits[2] = {
	BIT('!') | BIT('#') | BIT('$') | BIT('%') | BIT('&') | BIT('\'') | BIT('*') | BIT('+') | BIT('-') | BIT('.') |
		UINT64_C(0x03ff000000000000),
	BIT('^') | BIT('_') | BIT('`') | BIT('|') | BIT('~') | UINT64_C(0x07fffffe07fffffe),
};

static bool is_token(char c)
{
	unsigned char u = (unsigned char)c;
	return u < 128 && (token_bits[u / 64] >> (u % 64) & 1);
}

static bool is_value(char c)
{
	unsigned char u = (unsigned char)c;
	return (u >= 0x20 && u != 0x7f) || u == '\t';
}

/* Whether none of eight bytes is below 0x20 or 0x7f: the high bit of a byte borrows when it is (a carry into the next
 * byte makes "no" of a rare "yes", and then they are looked at one by one). */
static bool plain8(const char *p)
{
	const uint64_t ones = UINT64_C(0x0101010101010101), high = ones << 7;
	uint64_t w, del;
	memcpy(&w, p, 8);
	del = w ^ ones * 0x7f;
	return !(((w - ones * 0x20) & ~w & high) | ((del - ones) & ~del & high));
}

static bool all_values(const char *p, const char *end)
{
	while (p < end)
		if (end - p >= 8 && plain8(p))
			p += 8;
		else if (!is_value(*p++))
			return false;
	return true;
}

static bool refuse(struct head *h, int status, err_t error, const char *why)
{
	h->status = status;
	h->error = error;
	h->why = why;
	return false;
}

static bool malformed(struct head *h, const char *why)
{
	return refuse(h, 400, ERR_MALFORMED, why);
}

enum head_found head_find(const char *p, size_t have, size_t *from, size_t *n)
{
	if (have && !is_token(p[0]))
		return HEAD_BROKEN; /* not HTTP at all: no need to wait for its end */
	for (const char *lf; (lf = memchr(p + *from, '\n', have - *from));) {
		size_t at = (size_t)(lf - p), line = at - *from;
		if (line == 0 || lf[-1] != '\r')
			return HEAD_BROKEN;
		*from = at + 1;
		if (line == 1) {
			*n = at + 1;
			return HEAD_WHOLE;
		}
	}
	return HEAD_PART;
}

/* --- the request line ------------------------------------------------------------------------------------------- */

static bool is_method(const struct head *h, const char *name)
{
	return h->method_n == strlen(name) && memcmp(h->method, name, h->method_n) == 0;
}

static bool check_target(struct head *h)
{
	const char *t = h->target;
	size_t n = h->target_n;
	for (size_t i = 0; i < n; i++)
		if ((unsigned char)t[i] <= 0x20 || (unsigned char)t[i] >= 0x7f || t[i] == '#')
			return malformed(h, "The request target holds a character that must be percent-encoded.");
	if (n > HEAD_TARGET_MAX)
		return refuse(h, 414, ERR_HEADERS_TOO_LARGE, "The address of the request is longer than 8 KiB.");
	if (is_method(h, "CONNECT") || is_method(h, "TRACE"))
		return refuse(h, 501, ERR_NOT_SUPPORTED, "This server is no proxy, and does not reflect requests.");
	if (n && *t == '/')
		h->form = TARGET_ORIGIN;
	else if (n == 1 && *t == '*' && is_method(h, "OPTIONS"))
		h->form = TARGET_ASTERISK;
	else if ((n > 7 && strncasecmp(t, "http://", 7) == 0) || (n > 8 && strncasecmp(t, "https://", 8) == 0))
		h->form = TARGET_ABSOLUTE;
	else
		return malformed(h, "The request target must begin with a slash.");
	return true;
}

static bool check_version(struct head *h, const char *v, size_t n)
{
	if (n != 8 || memcmp(v, "HTTP/", 5) != 0 || v[5] < '0' || v[5] > '9' || v[6] != '.' || v[7] < '0' || v[7] > '9')
		return malformed(h, "The request line must end with HTTP/1.1.");
	if (v[5] != '1' || v[7] > '1')
		return refuse(h, 505, ERR_NOT_SUPPORTED, "This server speaks HTTP/1.1 and HTTP/1.0.");
	h->minor = v[7] - '0';
	return true;
}

/* method SP target SP version, with single blanks; n without the CRLF. */
static bool check_request_line(struct head *h, const char *p, size_t n)
{
	const char *end = p + n, *target = memchr(p, ' ', n);
	if (!target || target == p)
		return malformed(h, "The request line must be a method, a target and HTTP/1.1.");
	h->method = p;
	h->method_n = (size_t)(target - p);
	for (size_t i = 0; i < h->method_n; i++)
		if (!is_token(p[i]))
			return malformed(h, "The method holds a character that is not allowed.");
	target++;
	const char *version = memchr(target, ' ', (size_t)(end - target));
	if (!version)
		return malformed(h, "The request line must be a method, a target and HTTP/1.1.");
	h->target = target;
	h->target_n = (size_t)(version - target);
	version++;
	return check_version(h, version, (size_t)(end - version)) && check_target(h);
}

/* --- the fields that decide where the request ends --------------------------------------------------------------- */

static bool on_host(struct head *h, const char *v, size_t n)
{
	if (h->host)
		return malformed(h, "There is more than one Host header.");
	h->host = true;
	for (size_t i = 0; i < n; i++) {
		bool word =
			(v[i] >= 'a' && v[i] <= 'z') || (v[i] >= 'A' && v[i] <= 'Z') || (v[i] >= '0' && v[i] <= '9');
		if (!word && !memchr("-._~:[]%!$&'()*+;=", v[i], 18))
			return malformed(h, "The Host header is not a host name.");
	}
	return n ? true : malformed(h, "The Host header is empty.");
}

static bool on_length(struct head *h, const char *v, size_t n)
{
	if (h->length >= 0)
		return malformed(h, "There is more than one Content-Length header.");
	int64_t value = 0;
	if (n == 0 || n > 18) /* below 10^18 nothing overflows */
		return malformed(h, "The Content-Length is not a number.");
	for (size_t i = 0; i < n; i++) {
		if (v[i] < '0' || v[i] > '9')
			return malformed(h, "The Content-Length is not a number.");
		value = value * 10 + (v[i] - '0');
	}
	h->length = value;
	return true;
}

static bool on_coding(struct head *h, const char *v, size_t n)
{
	if (h->coded)
		return malformed(h, "There is more than one Transfer-Encoding header.");
	h->coded = true;
	h->chunked = n == 7 && strncasecmp(v, "chunked", 7) == 0;
	if (n > 7 && strncasecmp(v, "chunked", 7) == 0 && !is_token(v[7]))
		return malformed(h, "Nothing may follow the transfer coding chunked.");
	for (size_t i = 0; i < n; i++)
		if (!is_token(v[i]) && (i == 0 || !strchr(", ;=\t", v[i])))
			return malformed(h, "The Transfer-Encoding is malformed.");
	return n ? true : malformed(h, "The Transfer-Encoding is empty.");
}

static bool on_expect(struct head *h, const char *v, size_t n)
{
	if (h->minor == 0)
		return true; /* RFC 9110 section 10.1.1: from HTTP/1.0 it is ignored */
	if (n != 12 || strncasecmp(v, "100-continue", 12) != 0)
		return refuse(h, 417, ERR_MALFORMED, "The only expectation that can be met is 100-continue.");
	h->expect_continue = true;
	return true;
}

static const struct framing_field {
	const char *name;
	size_t n;
	bool (*check)(struct head *h, const char *v, size_t n);
} framing[] = {
	{ "host", 4, on_host },
	{ "content-length", 14, on_length },
	{ "transfer-encoding", 17, on_coding },
	{ "expect", 6, on_expect },
};

/* One line without its CRLF. */
static bool check_field(struct head *h, const char *p, size_t n)
{
	size_t name = 0;
	while (name < n && is_token(p[name]))
		name++;
	if (name == 0 && (p[0] == ' ' || p[0] == '\t'))
		return malformed(h, "A header is folded over two lines.");
	if (name == 0 || name == n || p[name] != ':')
		return malformed(h, "A header line must be a name, a colon and a value.");
	const char *v = p + name + 1, *end = p + n;
	if (!all_values(v, end))
		return malformed(h, "A header holds a control character.");
	while (v < end && (*v == ' ' || *v == '\t'))
		v++;
	while (end > v && (end[-1] == ' ' || end[-1] == '\t'))
		end--;
	for (size_t i = 0; i < sizeof framing / sizeof *framing; i++)
		if (name == framing[i].n && strncasecmp(p, framing[i].name, name) == 0)
			return framing[i].check(h, v, (size_t)(end - v));
	return true;
}

static bool check_together(struct head *h)
{
	if (!h->host && h->minor >= 1)
		return malformed(h, "The Host header is missing.");
	if (h->coded && h->length >= 0)
		return malformed(h, "Content-Length and Transfer-Encoding exclude each other.");
	if (h->coded && h->minor == 0)
		return malformed(h, "HTTP/1.0 has no transfer codings.");
	if (h->coded && !h->chunked)
		return refuse(h, 501, ERR_NOT_SUPPORTED, "The only transfer coding here is chunked.");
	return true;
}

bool head_check(const char *p, size_t n, struct head *h)
{
	*h = (struct head){ .minor = 1, .length = -1, .status = 400, .error = ERR_MALFORMED };
	assert(n >= 4);
	const char *end = p + n - 2; /* the empty line */
	for (bool first = true; p < end; first = false) {
		const char *lf = memchr(p, '\n', (size_t)(end - p));
		assert(lf && lf > p); /* head_find() has seen that every line ends with CRLF */
		size_t line = (size_t)(lf - p) - 1;
		if (!first && ++h->fields > HEAD_FIELDS_MAX)
			return refuse(h, 431, ERR_HEADERS_TOO_LARGE, "There are more than 100 headers.");
		if (!(first ? check_request_line(h, p, line) : check_field(h, p, line)))
			return false;
		p = lf + 1;
	}
	return check_together(h);
}
