#include "crypto/password_scheme.h"

#include "base/str.h"

#include <sodium.h>
#include <string.h>

bool take(const char **p, const char *literal)
{
	if (!str_starts(*p, literal))
		return false;
	*p += strlen(literal);
	return true;
}

bool take_number(const char **p, int64_t min, int64_t max, int64_t *out)
{
	const char *s = *p;
	int64_t v = 0;
	if (s[0] == '0' && s[1] >= '0' && s[1] <= '9')
		return false; /* a second spelling of the same number */
	for (; *s >= '0' && *s <= '9'; s++) {
		v = v * 10 + (*s - '0');
		if (v > max)
			return false;
	}
	if (s == *p || v < min)
		return false;
	*out = v;
	*p = s;
	return true;
}

bool take_until(const char **p, char stop, struct span *out)
{
	const char *end = strchr(*p, stop); /* with stop 0 the end of the text */
	if (!end)
		return false;
	*out = (struct span){ *p, (size_t)(end - *p) };
	*p = stop ? end + 1 : end;
	return true;
}

bool blob_base64(struct span s, enum base64_form form, struct blob *out)
{
	char text[HASH_TEXT_MAX + 1];
	if (s.n > HASH_TEXT_MAX)
		return false;
	for (size_t i = 0; i < s.n; i++)
		text[i] = form == BASE64_PASSLIB && s.s[i] == '.' ? '+' : s.s[i];
	int variant =
		form == BASE64_PADDED ? sodium_base64_VARIANT_ORIGINAL : sodium_base64_VARIANT_ORIGINAL_NO_PADDING;
	return sodium_base642bin(out->b, sizeof out->b, text, s.n, NULL, &out->n, NULL, variant) == 0;
}

bool blob_hex(struct span s, struct blob *out)
{
	const char *end = NULL;
	return sodium_hex2bin(out->b, sizeof out->b, s.s, s.n, NULL, &out->n, &end) == 0 && end == s.s + s.n;
}

bool blob_text(struct span s, struct blob *out)
{
	if (s.n > sizeof out->b)
		return false;
	if (s.n)
		memcpy(out->b, s.s, s.n);
	out->n = s.n;
	return true;
}

bool is_crypt64(const char *s, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		bool letter = (s[i] >= 'a' && s[i] <= 'z') || (s[i] >= 'A' && s[i] <= 'Z');
		if (!letter && !(s[i] >= '.' && s[i] <= '9')) /* . / 0-9 stand together in ASCII */
			return false;
	}
	return true;
}
