#include "features/user/user_name.h"
#include "base/id.h"
#include "base/str.h"

#include <idn2.h>
#include <stdlib.h>
#include <string.h>
#include <utf8proc.h>

enum { LOCAL_MAX = 64, EMAIL_MAX = 254, USERNAME_MIN = 3, USERNAME_MAX = 50, DERIVED_MAX = 40 };

/* Every literal segment of an address, so that no name can hide one ("/users/me"), and words that would mislead. */
static const char *const reserved[] = { "me", "mail", "search", "profile", "password", "preferences", "batch", "import",
	"export", "stats", "validate", "admin", "administrator", "root", "system", "support", "security", "roster",
	"null", "undefined", "anonymous", "everyone", "api", "v1", "auth", "users", "user", "oauth", "health",
	"metrics", "well-known", ".well-known", "uploads", "sub", "docs", "swagger", "redoc", "graphql", "setup",
	"login", "logout", "logout-all", "register", "signup", "refresh", "token", "tokens", "introspect", "revoke",
	"clients", "verify", "verify-email", "password-reset", "password-change", "forgot-password", "reset-password",
	"change-password", "sessions", "session", "avatar", "cover", "push-tokens", "push-token", "contact", "email",
	"follow", "unfollow", "followers", "following", "deactivate", "reactivate", "activity", "unlock",
	"follow-status", "follow-requests", "block", "blocks", "unblock", "mute", "mutes", "unmute", "mutual",
	"suggestions", "reject", "report", "strikes", "appeal", "appeals", "claim", "release", "resolve", "decide",
	"reports", "moderation", "status", "roles", "keys", "rotate", "audit", "services", "ready", "live", "detailed",
	"dashboard", "ping", "jwks.json", "openapi.json", "control", "websocket", "socket.io", "info", "confirm",
	"resend", "websites", "events", "request", "confirm-email", "invitation", "invitations", "accept", "retry",
	"contacts", "log", "replay", "social-profile", "webhooks", "deliveries", "secret", "notifications", "count",
	"rooms", "read", NULL };

bool username_reserved(const char *lower)
{
	for (const char *const *r = reserved; *r; r++)
		if (strcmp(*r, lower) == 0)
			return true;
	return false;
}

static char *mapped(struct arena *a, const char *s, int more, utf8proc_custom_func each)
{
	utf8proc_uint8_t *out = NULL;
	utf8proc_option_t options =
		(utf8proc_option_t)(UTF8PROC_NULLTERM | UTF8PROC_STABLE | UTF8PROC_COMPOSE | UTF8PROC_COMPAT | more);
	utf8proc_ssize_t n = utf8proc_map_custom((const utf8proc_uint8_t *)s, 0, &out, options, each, NULL);
	if (n < 0)
		return NULL;
	char *copy = arena_memdup0(a, out, (size_t)n);
	free(out);
	return copy;
}

/* NFKC and case folding: two spellings that a person takes for one become one. NULL when it is not UTF-8. */
static char *fold(struct arena *a, const char *s, int more)
{
	return mapped(a, s, UTF8PROC_CASEFOLD | more, NULL);
}

static utf8proc_int32_t to_lower(utf8proc_int32_t c, void *data)
{
	(void)data;
	return utf8proc_tolower(c);
}

/* NFKC and lower case: what is shown. Unlike the key it keeps a sharp s. */
static char *lower(struct arena *a, const char *s)
{
	return mapped(a, s, 0, to_lower);
}

/* Characters that a reader cannot see, or that look like "@": they make two addresses look alike. */
static const char *odd_character(const char *s)
{
	for (uint32_t c; (c = utf8_next(&s));) {
		utf8proc_category_t k = utf8proc_category((utf8proc_int32_t)c);
		if (c == 0xff20 || c == 0xfe6b)
			return "holds a character that only looks like @";
		if (k == UTF8PROC_CATEGORY_CC || k == UTF8PROC_CATEGORY_CF || k == UTF8PROC_CATEGORY_ZL ||
			k == UTF8PROC_CATEGORY_ZP || k == UTF8PROC_CATEGORY_CO || k == UTF8PROC_CATEGORY_CN ||
			utf8proc_get_property((utf8proc_int32_t)c)->ignorable)
			return "holds an invisible character";
		if (k == UTF8PROC_CATEGORY_ZS)
			return "must not hold blanks";
	}
	return NULL;
}

/* RFC 5321 section 4.1.2 dot-string, with the letters of RFC 6531; quoted local parts are refused: nobody has one, and
 * they carry anything. */
static bool local_part_right(const char *s)
{
	if (!*s || *s == '.' || str_ends(s, ".") || strstr(s, "..") || strlen(s) > LOCAL_MAX)
		return false;
	for (const char *p = s; *p; p++)
		if ((unsigned char)*p < 0x80 &&
			!strchr("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.!#$%&'*+-/=?^_`{|}~",
				*p))
			return false;
	return true;
}

/* The domain as shown (letters of its own script) and in ASCII. */
static bool domain_normal(struct arena *a, const char *domain, const char **shown, const char **ascii)
{
	char *low = NULL, *back = NULL;
	if (idn2_to_ascii_8z(domain, &low, IDN2_NFC_INPUT | IDN2_NONTRANSITIONAL) != IDN2_OK)
		return false;
	str_lower_ascii(low);
	*ascii = arena_strdup(a, low);
	bool back_ok = idn2_to_unicode_8z8z(low, &back, 0) == IDN2_OK;
	*shown = back_ok ? arena_strdup(a, back) : *ascii;
	idn2_free(low);
	idn2_free(back);
	const char *d = *ascii;
	if (!strchr(d, '.') || *d == '.' || str_ends(d, ".") || strstr(d, "..") || strlen(d) > 253)
		return false;
	for (const char *p = d; *p; p += strspn(p, ".")) {
		size_t n = strcspn(p, ".");
		if (n > 63 || p[0] == '-' || p[n - 1] == '-')
			return false;
		p += n;
	}
	if (strspn(d, "0123456789.") == strlen(d))
		return false; /* an IP address is no mail domain */
	return strspn(d, "abcdefghijklmnopqrstuvwxyz0123456789-.") == strlen(d);
}

const char *email_normal(struct arena *a, const char *given, const char **shown, const char **key)
{
	const char *odd = odd_character(given);
	if (odd)
		return odd;
	const char *at = strrchr(given, '@');
	if (!at || at == given || strchr(given, '@') != at)
		return "must be an e-mail address such as ann@example.org";
	const char *local = arena_memdup0(a, given, (size_t)(at - given)), *domain, *ascii;
	if (!local_part_right(local))
		return "has a part before the @ that no mail server takes";
	if (!domain_normal(a, at + 1, &domain, &ascii))
		return "has a part after the @ that is no domain name";
	const char *low = lower(a, local), *folded = low ? fold(a, low, 0) : NULL;
	if (!folded || strchr(folded, '@'))
		return "holds a character that only looks like @";
	/* Normalisation may bring out what was hidden in one character: blanks, dots, brackets. */
	if (odd_character(low) || odd_character(folded) || !local_part_right(low) || !local_part_right(folded))
		return "has a part before the @ that no mail server takes";
	*shown = arena_printf(a, "%s@%s", low, domain);
	*key = arena_printf(a, "e:%s@%s", folded, ascii);
	return strlen(*shown) > EMAIL_MAX || strlen(*key) > EMAIL_MAX + 2 ? "is longer than 254 bytes" : NULL;
}

static bool name_character(uint32_t c)
{
	if (c < 0x80)
		return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_' || c == '-' || c == '.';
	if (utf8proc_get_property((utf8proc_int32_t)c)->ignorable)
		return false; /* nobody sees it: two names would look the same */
	switch (utf8proc_category((utf8proc_int32_t)c)) {
	case UTF8PROC_CATEGORY_LL:
	case UTF8PROC_CATEGORY_LO:
	case UTF8PROC_CATEGORY_LM:
	case UTF8PROC_CATEGORY_MN:
	case UTF8PROC_CATEGORY_MC:
	case UTF8PROC_CATEGORY_ND:
		return true;
	default:
		return false;
	}
}

const char *username_normal(struct arena *a, const char *given, const char **shown, const char **key)
{
	const char *name = lower(a, given);
	if (!name)
		return "is not valid text";
	size_t n = utf8_length(name);
	if (n < USERNAME_MIN || n > USERNAME_MAX)
		return "must be 3 to 50 characters long";
	bool letter = false;
	for (const char *p = name; *p;) {
		uint32_t c = utf8_next(&p);
		if (!name_character(c))
			return "may hold letters, digits, _ - and . only";
		letter = letter || c > 0x7f || (c != '.' && c != '-' && c != '_');
	}
	if (!letter)
		return "must hold a letter or a digit";
	if (id_is(name))
		return "must not look like an identifier";
	if (username_reserved(name))
		return "is reserved; choose another";
	*shown = name;
	*key = arena_printf(a, "u:%s", fold(a, name, 0));
	return NULL;
}

const char *username_derive(struct cx *cx, const char *email, int attempt)
{
	struct arena *a = cx->mem;
	const char *from = email ? email : "user";
	const char *at = strchr(from, '@');
	char *name = arena_alloc(a, DERIVED_MAX + 16), *o = name;
	const char *folded = lower(a, arena_memdup0(a, from, at ? (size_t)(at - from) : strlen(from)));
	for (const char *p = folded ? folded : "user"; *p && o - name < DERIVED_MAX;) {
		const char *start = p;
		if (name_character(utf8_next(&p)) && p - start <= DERIVED_MAX - (o - name)) {
			memcpy(o, start, (size_t)(p - start));
			o += p - start;
		}
	}
	*o = 0;
	const char *shown, *key;
	if (attempt == 0 && !username_normal(a, name, &shown, &key))
		return shown;
	unsigned digits;
	id_random(&digits, sizeof digits);
	return arena_printf(a, "%s%s%0*u", name, utf8_length(name) ? "_" : "user", attempt < 3 ? 4 : 9,
		digits % (attempt < 3 ? 10000u : 1000000000u));
}

static const char *checked(const char *given,
	const char *(*normal)(struct arena *a, const char *given, const char **shown, const char **key))
{
	struct arena *a = arena_new(0);
	const char **names = arena_array_of(a, const char *, 2); /* shown and key; nobody wants them here */
	const char *wrong = normal(a, given, &names[0], &names[1]); /* a sentence of the program, not of the arena */
	arena_free(a);
	return wrong;
}

const char *email_check(const char *given)
{
	return checked(given, email_normal);
}

const char *username_check(const char *given)
{
	return checked(given, username_normal);
}

const char *login_key(struct arena *a, const char *identifier)
{
	const char *shown, *key;
	const char *wrong = strchr(identifier, '@') ? email_normal(a, identifier, &shown, &key)
	                                            : username_normal(a, identifier, &shown, &key);
	return wrong ? NULL : key;
}

const char *search_normal(struct arena *a, const char *text)
{
	const char *s = fold(a, text, UTF8PROC_STRIPMARK);
	if (!s)
		return "";
	char *out = arena_alloc(a, strlen(s) + 1), *o = out;
	for (const char *p = s; *p; p++) {
		bool blank = *p == ' ' || *p == '\t' || *p == '\n';
		if (!blank)
			*o++ = *p;
		else if (o != out && o[-1] != ' ')
			*o++ = ' ';
	}
	if (o != out && o[-1] == ' ')
		o--;
	*o = 0;
	return out;
}
