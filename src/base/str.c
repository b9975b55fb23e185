#include "base/str.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

char *str_copy(const char *s)
{
	char *copy = s ? strdup(s) : NULL;
	if (s && !copy)
		abort();
	return copy;
}

const char *str_place(char **at, const char *s)
{
	const size_t n = strlen(s) + 1;
	const char *copy = memcpy(*at, s, n);
	*at += n;
	return copy;
}

void str_forget(char *s)
{
	if (s)
		explicit_bzero(s, strlen(s));
	free(s);
}

/* Length of the valid UTF-8 sequence at s, 0 when there is none in n bytes. */
static size_t sequence(const unsigned char *s, size_t n, uint32_t *cp)
{
	unsigned char c = s[0];
	if (c < 0x80) {
		*cp = c;
		return 1;
	}
	size_t len = c >= 0xf0 ? 4 : c >= 0xe0 ? 3 : 2;
	static const uint32_t least[] = { 0, 0, 0x80, 0x800, 0x10000 };
	if (c < 0xc2 || c > 0xf4 || len > n)
		return 0;
	uint32_t v = c & (0xffu >> (len + 1));
	for (size_t i = 1; i < len; i++) {
		if ((s[i] & 0xc0) != 0x80)
			return 0;
		v = v << 6 | (s[i] & 0x3f);
	}
	if (v < least[len] || v > 0x10ffff || (v >= 0xd800 && v <= 0xdfff))
		return 0;
	*cp = v;
	return len;
}

bool utf8_valid(const char *s, size_t n)
{
	const unsigned char *p = (const unsigned char *)s;
	uint32_t cp;
	while (n) {
		uint64_t eight;
		if (n >= 8 && (memcpy(&eight, p, 8), !(eight & UINT64_C(0x8080808080808080)))) {
			p += 8; /* ASCII, as most text is */
			n -= 8;
			continue;
		}
		size_t len = sequence(p, n, &cp);
		if (!len)
			return false;
		p += len;
		n -= len;
	}
	return true;
}

size_t utf8_length(const char *s)
{
	size_t n = 0;
	for (; *s; s++)
		n += ((unsigned char)*s & 0xc0) != 0x80;
	return n;
}

uint32_t utf8_next(const char **s)
{
	const unsigned char *p = (const unsigned char *)*s;
	if (!*p)
		return 0;
	uint32_t cp;
	size_t len = sequence(p, strnlen(*s, 4), &cp);
	*s += len ? len : 1;
	return len ? cp : 0xfffd;
}

bool str_starts(const char *s, const char *prefix)
{
	return strncmp(s, prefix, strlen(prefix)) == 0;
}

bool str_ends(const char *s, const char *suffix)
{
	size_t n = strlen(s), m = strlen(suffix);
	return n >= m && memcmp(s + n - m, suffix, m) == 0;
}

static char lower(char c)
{
	return c >= 'A' && c <= 'Z' ? (char)(c + 32) : c;
}

bool str_same_ascii(const char *a, const char *b)
{
	while (*a && lower(*a) == lower(*b))
		a++, b++;
	return lower(*a) == lower(*b);
}

void str_lower_ascii(char *s)
{
	for (; *s; s++)
		*s = lower(*s);
}

char *str_replace_char(struct arena *a, const char *s, char from, char to)
{
	char *out = arena_strdup(a, s);
	for (char *p = out; *p; p++)
		if (*p == from)
			*p = to;
	return out;
}

char *str_camel(struct arena *a, const char *snake)
{
	char *out = arena_alloc(a, strlen(snake) + 1), *o = out;
	for (const char *s = snake; *s; s++) {
		if (*s == '_' && s != snake && s[1]) {
			s++;
			*o++ = *s >= 'a' && *s <= 'z' ? (char)(*s - 32) : *s;
		} else {
			*o++ = *s;
		}
	}
	return out;
}

bool str_int(const char *s, int64_t *out)
{
	bool minus = *s == '-';
	s += minus;
	if (!*s)
		return false;
	int64_t v = 0; /* kept negative: the range below zero is the larger one */
	for (; *s; s++) {
		if (*s < '0' || *s > '9')
			return false;
		if (__builtin_mul_overflow(v, (int64_t)10, &v) || __builtin_sub_overflow(v, (int64_t)(*s - '0'), &v))
			return false;
	}
	if (!minus && v == INT64_MIN)
		return false;
	*out = minus ? v : -v;
	return true;
}

static const char std64[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
static const char url64[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

char *base64_encode(struct arena *a, const void *p, size_t n, bool url)
{
	const char *set = url ? url64 : std64;
	const unsigned char *s = p;
	char *out = arena_alloc(a, (n + 2) / 3 * 4 + 1), *o = out;
	for (; n >= 3; n -= 3, s += 3) {
		*o++ = set[s[0] >> 2];
		*o++ = set[(s[0] & 3) << 4 | s[1] >> 4];
		*o++ = set[(s[1] & 15) << 2 | s[2] >> 6];
		*o++ = set[s[2] & 63];
	}
	if (n) {
		unsigned b1 = n == 2 ? s[1] : 0;
		*o++ = set[s[0] >> 2];
		*o++ = set[(s[0] & 3u) << 4 | b1 >> 4];
		if (n == 2)
			*o++ = set[(b1 & 15) << 2];
		for (size_t i = n; i < 3 && !url; i++)
			*o++ = '=';
	}
	*o = 0;
	return out;
}

/* One more than the value of each letter, 0 for what is none; the two alphabets differ in two letters. */
static const unsigned char values64[256] = {
	['A'] = 1,
	2,
	3,
	4,
	5,
	6,
	7,
	8,
	9,
	10,
	11,
	12,
	13,
	14,
	15,
	16,
	17,
	18,
	19,
	20,
	21,
	22,
	23,
	24,
	25,
	26,
	['a'] = 27,
	28,
	29,
	30,
	31,
	32,
	33,
	34,
	35,
	36,
	37,
	38,
	39,
	40,
	41,
	42,
	43,
	44,
	45,
	46,
	47,
	48,
	49,
	50,
	51,
	52,
	['0'] = 53,
	54,
	55,
	56,
	57,
	58,
	59,
	60,
	61,
	62,
};

/* Over 63 when it is no letter of the alphabet. */
static unsigned value64(char c, bool url)
{
	unsigned v = values64[(unsigned char)c];
	if (v)
		return v - 1;
	return c == (url ? '-' : '+') ? 62 : c == (url ? '_' : '/') ? 63 : 64;
}

unsigned char *base64_decode(struct arena *a, const char *s, size_t n, bool url, size_t *out_n)
{
	if (!url && n % 4 == 0 && n && s[n - 1] == '=')
		n -= s[n - 2] == '=' ? 2 : 1;
	if (n % 4 == 1)
		return NULL;
	unsigned char *out = arena_alloc(a, n / 4 * 3 + 3), *o = out;
	unsigned acc = 0;
	int bits = 0;
	for (size_t i = 0; i < n; i++) {
		unsigned v = value64(s[i], url);
		if (v > 63)
			return NULL;
		acc = acc << 6 | v;
		bits += 6;
		if (bits >= 8) {
			bits -= 8;
			*o++ = (unsigned char)(acc >> bits);
			acc &= (1u << bits) - 1;
		}
	}
	if (acc)
		return NULL; /* bits that belong to no byte: a second spelling of the same bytes */
	*o = 0;
	*out_n = (size_t)(o - out);
	return out;
}

char *hex_encode(struct arena *a, const void *p, size_t n)
{
	static const char hex[] = "0123456789abcdef";
	const unsigned char *s = p;
	char *out = arena_alloc(a, 2 * n + 1);
	for (size_t i = 0; i < n; i++) {
		out[2 * i] = hex[s[i] >> 4];
		out[2 * i + 1] = hex[s[i] & 15];
	}
	return out;
}

char *str_snake(struct arena *a, const char *camel)
{
	char *out = arena_alloc(a, 2 * strlen(camel) + 1), *to = out;
	for (; *camel; camel++) {
		bool up = *camel >= 'A' && *camel <= 'Z';
		if (up)
			*to++ = '_';
		*to++ = up ? (char)(*camel + 32) : *camel;
	}
	return out;
}

size_t str_hash(const char *s, size_t n)
{
	size_t h = 14695981039346656037u;
	for (size_t i = 0; i < n; i++)
		h = (h ^ (unsigned char)s[i]) * 1099511628211u;
	return h;
}
