#include "http/target.h"
#include "base/str.h"
#include "http/ip_public.h"

#include <string.h>

enum { HTTP_PORT = 80, HTTPS_PORT = 443, LOW_PORTS = 1024, PORTS = 65535, NAME_MAX_LENGTH = 253, LABEL_MAX = 63 };

static const char letters[] = "abcdefghijklmnopqrstuvwxyz", digits[] = "0123456789",
		  name_chars[] = "abcdefghijklmnopqrstuvwxyz0123456789-_.";

/* --- hosts -------------------------------------------------------------------------------------------------------- */

static bool labels_are_good(const char *host)
{
	size_t n = strlen(host);
	if (!n || n > NAME_MAX_LENGTH || strspn(host, name_chars) != n)
		return false;
	for (const char *label = host;; label++) {
		size_t length = strcspn(label, ".");
		if (!length || length > LABEL_MAX || *label == '-' || label[length - 1] == '-')
			return false;
		label += length;
		if (!*label)
			return true;
	}
}

/* What others read as a number: "2130706433", "127.1", "0x7f.0.0.1" (URL Standard, "ends in a number"). */
static bool ends_in_a_number(const char *host)
{
	const char *dot = strrchr(host, '.'), *last = dot ? dot + 1 : host;
	size_t n = strlen(last);
	if (n && strspn(last, digits) == n)
		return true;
	return str_starts(last, "0x") && strspn(last + 2, "0123456789abcdef") == n - 2;
}

static const char *read_host(struct target *out, bool brackets)
{
	size_t n = strlen(out->host);
	out->is_ip = ip_parse(out->host, n, &out->ip);
	if (brackets)
		return out->is_ip && strchr(out->host, ':') ? NULL : "must have an IPv6 address between [ and ]";
	if (out->is_ip && !strchr(out->host, ':'))
		return NULL;
	if (ends_in_a_number(out->host))
		return "must have an IPv4 address as four decimal numbers";
	return labels_are_good(out->host) ? NULL
	                                  : "must have the name of a host (of an international one the xn-- form)";
}

/* --- the parts ---------------------------------------------------------------------------------------------------- */

static const char *read_port(struct arena *a, const char *s, size_t n, struct target *out)
{
	int64_t port;
	if (!n || n > 5 || strspn(s, digits) < n || !str_int(arena_memdup0(a, s, n), &port) || !port || port > PORTS)
		return "must have a port from 1 to 65535";
	if (port < LOW_PORTS && port != HTTP_PORT && port != HTTPS_PORT)
		return "must not have the port of another service: 80, 443, or one above 1023";
	out->port = (int)port;
	return NULL;
}

/* "name:port", "[::1]:port". */
static const char *read_authority(struct arena *a, const char *s, size_t n, struct target *out)
{
	bool brackets = n && *s == '[';
	const char *end = brackets ? memchr(s, ']', n) : memchr(s, ':', n);
	if (brackets && !end)
		return "must have an IPv6 address between [ and ]";
	const char *rest = brackets ? end + 1 : end ? end : s + n;
	size_t host_n = end ? (size_t)(end - s) - brackets : n, rest_n = n - (size_t)(rest - s);
	char *host = arena_memdup0(a, s + brackets, host_n);
	str_lower_ascii(host);
	out->host = host;
	const char *why = read_host(out, brackets);
	if (why || !rest_n)
		return why;
	return *rest == ':' ? read_port(a, rest + 1, rest_n - 1, out) : "must have nothing but a port behind its host";
}

static const char *read_scheme(const char *url, struct target *out)
{
	size_t n = strspn(url, letters);
	if (strncmp(url + n, "://", 3) != 0)
		return NULL;
	out->https = n == 5 && str_starts(url, "https");
	out->port = out->https ? HTTPS_PORT : HTTP_PORT;
	return out->https || (n == 4 && str_starts(url, "http")) ? url + n + 3 : NULL;
}

static bool is_plain(const char *s)
{
	for (; *s; s++)
		if (*s <= ' ' || *s >= 0x7f || strchr("\\\"<>^`{|}", *s))
			return false;
	return true;
}

static const char *origin_of(struct arena *a, const struct target *t)
{
	bool v6 = strchr(t->host, ':'), usual = t->port == (t->https ? HTTPS_PORT : HTTP_PORT);
	const char *host = v6 ? arena_printf(a, "[%s]", t->host) : t->host, *scheme = t->https ? "https" : "http";
	return usual ? arena_printf(a, "%s://%s", scheme, host) : arena_printf(a, "%s://%s:%d", scheme, host, t->port);
}

const char *target_parse(struct arena *a, const char *url, struct target *out)
{
	*out = (struct target){ .host = "", .origin = "" };
	if (strlen(url) > TARGET_MAX)
		return "is too long";
	if (!is_plain(url))
		return "must have no blanks, backslashes or other characters that a URL writes with %";
	const char *authority = read_scheme(url, out);
	if (!authority)
		return "must begin with https://";
	size_t n = strcspn(authority, "/?#");
	if (memchr(authority, '@', n))
		return "must not hold a user name or password";
	if (strchr(authority, '#'))
		return "must have no part behind #";
	const char *why = read_authority(a, authority, n, out);
	if (!why)
		out->origin = origin_of(a, out);
	return why;
}

/* --- what is allowed ---------------------------------------------------------------------------------------------- */

const char *target_ip_refused(const struct ip *ip, const struct target_rules *rules)
{
	return rules->any_address || proxy_trusts(&rules->allowed, ip) ? NULL : ip_not_public(ip);
}

/* Names that mean this host everywhere (RFC 6761 section 6.3); where others lead is seen when they are connected to. */
static bool is_this_host(const char *host)
{
	return strcmp(host, "localhost") == 0 || str_ends(host, ".localhost");
}

const char *target_refused(struct arena *a, const struct target *t, const struct target_rules *rules)
{
	struct ip loopback;
	if (!t->https && !rules->http)
		return "must begin with https://";
	bool here = is_this_host(t->host) && ip_parse("127.0.0.1", strlen("127.0.0.1"), &loopback);
	const char *what = t->is_ip ? target_ip_refused(&t->ip, rules)
	                   : here   ? target_ip_refused(&loopback, rules)
	                            : NULL;
	return what ? arena_printf(a, "must not lead to an address that is not public (%s)", what) : NULL;
}
