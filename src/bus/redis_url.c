#include "bus/redis_url.h"
#include "base/str.h"

#include <string.h>

static int hex(char c)
{
	return c >= '0' && c <= '9'   ? c - '0'
	       : c >= 'a' && c <= 'f' ? c - 'a' + 10
	       : c >= 'A' && c <= 'F' ? c - 'A' + 10
	                              : -1;
}

/* n bytes without their percent signs (RFC 3986 section 2.1); NULL when one stands for nothing. */
static char *plain(struct arena *a, const char *s, size_t n)
{
	char *out = arena_memdup0(a, s, n);
	size_t to = 0;
	for (size_t i = 0; i < n; i++) {
		out[to] = s[i];
		if (s[i] == '%') {
			bool whole = n - i > 2;
			int high = whole ? hex(s[i + 1]) : -1, low = whole ? hex(s[i + 2]) : -1;
			if (high < 0 || low < 0 || !(high | low))
				return NULL;
			out[to] = (char)(high << 4 | low);
			i += 2;
		}
		to++;
	}
	out[to] = 0;
	return out;
}

static bool read_user(struct arena *a, const char *s, size_t n, struct redis_url *out)
{
	const char *colon = memchr(s, ':', n);
	size_t user_n = colon ? (size_t)(colon - s) : n;
	out->user = user_n ? plain(a, s, user_n) : NULL;
	if (user_n && !out->user)
		return false;
	if (!colon)
		return true;
	out->password = plain(a, colon + 1, n - user_n - 1);
	if (out->password && !*out->password)
		out->password = NULL;
	return n == user_n + 1 || out->password;
}

static bool read_place(struct arena *a, const char *s, size_t n, struct redis_url *out)
{
	size_t host_n = n;
	out->host = "127.0.0.1";
	out->port = "6379";
	if (n && *s == '[') {
		const char *end = memchr(s, ']', n);
		if (!end)
			return false;
		out->host = arena_memdup0(a, s + 1, (size_t)(end - s) - 1);
		host_n = (size_t)(end - s) + 1;
	} else {
		const char *colon = memchr(s, ':', n);
		host_n = colon ? (size_t)(colon - s) : n;
		if (host_n)
			out->host = arena_memdup0(a, s, host_n);
	}
	if (host_n == n)
		return true;
	int64_t port;
	out->port = arena_memdup0(a, s + host_n + 1, n - host_n - 1);
	return s[host_n] == ':' && str_int(out->port, &port) && port > 0 && port < 65536;
}

static bool read_db(const char *s, struct redis_url *out)
{
	return !*s || (str_int(s, &out->db) && out->db >= 0 && out->db < 65536);
}

static bool read_network(struct arena *a, const char *s, struct redis_url *out)
{
	size_t n = strcspn(s, "/?#");
	const char *at = NULL, *db = s[n] == '/' ? s + n + 1 : s + n;
	for (size_t i = 0; i < n; i++) /* the last: a password may hold one */
		if (s[i] == '@')
			at = s + i;
	size_t place = at ? (size_t)(at - s) + 1 : 0;
	return (!at || read_user(a, s, place - 1, out)) && read_place(a, s + place, n - place, out) && read_db(db, out);
}

/* unix:/path, unix:///path, and the database behind ?db= */
static bool read_path(struct arena *a, const char *s, struct redis_url *out)
{
	while (s[0] == '/' && s[1] == '/')
		s++;
	size_t n = strcspn(s, "?");
	out->path = arena_memdup0(a, s, n);
	return *s == '/' && (!s[n] || (str_starts(s + n, "?db=") && s[n + 4] && read_db(s + n + 4, out)));
}

bool redis_url_read(struct arena *a, const char *url, struct redis_url *out)
{
	*out = (struct redis_url){ .tls = str_starts(url, "rediss://") };
	if (str_starts(url, "redis://"))
		return read_network(a, url + strlen("redis://"), out);
	if (out->tls)
		return read_network(a, url + strlen("rediss://"), out);
	if (str_starts(url, "redis+unix:"))
		return read_path(a, url + strlen("redis+unix:"), out);
	return str_starts(url, "unix:") && read_path(a, url + strlen("unix:"), out);
}
