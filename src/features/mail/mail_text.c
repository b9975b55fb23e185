#include "features/mail/mail_text.h"
#include "base/str.h"
#include "base/time.h"

#include <idn2.h>
#include <string.h>

enum {
	LINE = 76, /* columns of a line, without its end */
	WORD = 75, /* of an encoded word (RFC 2047 section 2) */
	DOMAIN_LONGEST = 253,
	ADDRESS_LONGEST = 254,
};

/* --- values ------------------------------------------------------------------------------------------------------- */

/* C0, C1, line separators, and the marks that turn the direction of writing round. */
static bool steers(uint32_t c)
{
	return c < 0x20 || (c >= 0x7f && c <= 0x9f) || (c >= 0x2028 && c <= 0x202e) || (c >= 0x2066 && c <= 0x2069) ||
	       c == 0x200e || c == 0x200f || c == 0x061c || c == 0xfeff || c == 0xfffd;
}

const char *mail_text_line(struct arena *a, const char *s, size_t most)
{
	struct buf b = { .mem = a };
	size_t n = 0;
	for (const char *next = s; *s && n < most; s = next, n++) {
		uint32_t c = utf8_next(&next);
		if (steers(c))
			buf_char(&b, ' ');
		else
			buf_add(&b, s, (size_t)(next - s));
	}
	return buf_cstr(&b);
}

static bool is_wordy(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || (unsigned char)c >= 0x80;
}

static bool is_letter(char c)
{
	return is_wordy(c) && !(c >= '0' && c <= '9');
}

bool mail_text_looks_like_link(const char *s)
{
	if (strchr(s, '@') || strstr(s, "//") || strchr(s, '\\'))
		return true;
	/* "win.example" is made a link by many programs; "J. R. Tolkien", "St.J." and "128.0.6613" are not */
	for (const char *dot = strchr(s, '.'); dot; dot = strchr(dot + 1, '.'))
		if (dot > s && is_wordy(dot[-1]) && is_letter(dot[1]) && is_letter(dot[2]))
			return true;
	return false;
}

/* --- addresses ---------------------------------------------------------------------------------------------------- */

const char *mail_text_domain(struct arena *a, const char *domain)
{
	char *low = NULL;
	int status = idn2_to_ascii_8z(domain, &low, IDN2_NFC_INPUT | IDN2_NONTRANSITIONAL);
	char *copy = status == IDN2_OK ? arena_strdup(a, low) : NULL;
	idn2_free(low);
	if (!copy || !*copy || strlen(copy) > DOMAIN_LONGEST)
		return NULL;
	str_lower_ascii(copy);
	return copy[strspn(copy, "abcdefghijklmnopqrstuvwxyz0123456789.-")] ? NULL : copy;
}

/* A local part that needs no quotes (RFC 5322 section 3.2.3, RFC 6531). */
static bool is_local(const char *s, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (!is_wordy(s[i]) && !strchr("!#$%&'*+-/=?^_`{|}~.", s[i]))
			return false;
	return n > 0 && s[0] != '.' && s[n - 1] != '.';
}

const char *mail_text_address(struct arena *a, const char *address, const char **domain)
{
	size_t n = address ? strlen(address) : 0;
	const char *at = n ? strrchr(address, '@') : NULL;
	if (!at || n > ADDRESS_LONGEST || !utf8_valid(address, n) || !is_local(address, (size_t)(at - address)))
		return NULL;
	if (strcmp(mail_text_line(a, address, n), address) != 0)
		return NULL;
	*domain = mail_text_domain(a, at + 1);
	return *domain ? arena_printf(a, "%.*s@%s", (int)(at - address), address, *domain) : NULL;
}

/* --- headers ------------------------------------------------------------------------------------------------------ */

static bool is_ascii(const char *s)
{
	for (; *s; s++)
		if ((unsigned char)*s >= 0x80)
			return false;
	return true;
}

/* Words on lines of at most LINE columns: a fold stands only where a blank was. */
static void add_folded(struct buf *b, size_t column, const char *s)
{
	while (*s) {
		size_t blanks = strspn(s, " "), n = blanks + strcspn(s + blanks, " ");
		if (blanks && column + n > LINE && s[blanks]) {
			buf_str(b, "\r\n");
			column = 0;
		}
		buf_add(b, s, n);
		column += n;
		s += n;
	}
}

/* How many bytes of whole characters, 3 at a time, fit into an encoded word. */
static size_t word_length(const char *s)
{
	enum { BYTES = (WORD - 12) / 4 * 3 }; /* "=?UTF-8?B?" and "?=" */
	const char *next = s, *end = s;
	while (*next && utf8_next(&next) && next - s <= BYTES)
		end = next;
	return (size_t)(end - s);
}

static void add_encoded(struct buf *b, size_t column, const char *s)
{
	struct arena *a = arena_new(0);
	for (bool first = true; *s; first = false) {
		size_t n = word_length(s);
		const char *word = base64_encode(a, s, n, false);
		if (!first || column + strlen(word) + 12 > LINE)
			buf_str(b, "\r\n ");
		buf_printf(b, "=?UTF-8?B?%s?=", word);
		s += n;
	}
	arena_free(a);
}

/* ASCII that reads as an encoded word must be one, or readers would decode it. */
static bool needs_encoding(const char *s)
{
	size_t longest = 0, n = 0;
	for (const char *p = s; *p; p++) {
		n = *p == ' ' ? 0 : n + 1;
		longest = n > longest ? n : longest;
	}
	return !is_ascii(s) || strstr(s, "=?") || longest > LINE - 30;
}

void mail_text_header(struct buf *b, const char *name, const char *value)
{
	struct arena *a = arena_new(0);
	const char *line = mail_text_line(a, value, strlen(value));
	buf_printf(b, "%s: ", name);
	if (needs_encoding(line))
		add_encoded(b, strlen(name) + 2, line);
	else
		add_folded(b, strlen(name) + 2, line);
	buf_str(b, "\r\n");
	arena_free(a);
}

/* A quoted string (RFC 5322 section 3.2.4). */
static const char *quoted(struct arena *a, const char *s)
{
	struct buf b = { .mem = a };
	buf_char(&b, '"');
	for (; *s; s++) {
		if (*s == '"' || *s == '\\')
			buf_char(&b, '\\');
		buf_char(&b, *s);
	}
	buf_char(&b, '"');
	return buf_cstr(&b);
}

void mail_text_mailbox(struct buf *b, const char *header, const char *name, const char *address)
{
	struct arena *a = arena_new(0);
	const char *line = name ? mail_text_line(a, name, 200) : "";
	buf_printf(b, "%s: ", header);
	if (*line && needs_encoding(line))
		add_encoded(b, strlen(header) + 2, line);
	else if (*line)
		add_folded(b, strlen(header) + 2, quoted(a, line));
	buf_printf(b, *line ? "\r\n <%s>\r\n" : "%s\r\n", address);
	arena_free(a);
}

/* --- bodies ------------------------------------------------------------------------------------------------------- */

static void add_quoted_byte(struct buf *b, size_t *column, unsigned char c, bool line_ends)
{
	bool plain = (c > 0x20 && c < 0x7f && c != '=') || ((c == ' ' || c == '\t') && !line_ends);
	/* a dot alone on a line ends a letter for a server that is not strict (RFC 5321 section 4.5.2) */
	if (*column == 0 && (c == '.' || c == 'F'))
		plain = false;
	if (*column + (plain ? 1 : 3) > LINE - 1) {
		buf_str(b, "=\r\n");
		*column = 0;
		plain = plain && c != '.' && c != 'F';
	}
	if (plain)
		buf_char(b, (char)c);
	else
		buf_printf(b, "=%02X", c);
	*column += plain ? 1 : 3;
}

void mail_text_quoted(struct buf *b, const char *s)
{
	size_t column = 0;
	for (; *s; s++) {
		if (*s == '\r' && s[1] == '\n')
			continue;
		if (*s == '\n') {
			buf_str(b, "\r\n");
			column = 0;
			continue;
		}
		add_quoted_byte(b, &column, (unsigned char)*s, s[1] == '\n' || s[1] == '\r' || !s[1]);
	}
	if (column)
		buf_str(b, "\r\n");
}

const char *mail_text_date(struct arena *a, int64_t ms)
{
	char text[TIME_TEXT];
	size_t n = time_format_http(text, ms);
	return arena_printf(a, "%.*s+0000", (int)(n - strlen("GMT")), text);
}
