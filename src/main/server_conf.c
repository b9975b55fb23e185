#include "main/server_conf.h"
#include "base/str.h"
#include "http/proxy.h"

#include <string.h>

/* --- one address ------------------------------------------------------------------------------------------------ */

struct address {
	const char *host; /* n bytes, without brackets */
	size_t n;
	const char *port;
};

/* "127.0.0.1:8080", "[::1]:8080", ":8080", "localhost:0". */
static bool split_address(const char *s, struct address *out)
{
	const char *colon = strrchr(s, ':');
	int64_t port;
	if (!colon || strlen(colon) > 6 || !str_int(colon + 1, &port) || port < 0 || port > 65535)
		return false;
	*out = (struct address){ s, (size_t)(colon - s), colon + 1 };
	bool bracket = out->n >= 2 && s[0] == '[' && colon[-1] == ']';
	if (bracket) {
		out->host++;
		out->n -= 2;
	}
	return bracket || !memchr(out->host, ':', out->n);
}

static bool address_is_good(const char *s)
{
	struct address a;
	return str_starts(s, "unix:/") || split_address(s, &a);
}

static bool is_loopback(const char *s)
{
	struct address a;
	if (str_starts(s, "unix:"))
		return true;
	if (!split_address(s, &a))
		return false;
	if ((a.n == 3 && memcmp(a.host, "::1", 3) == 0) || (a.n == 9 && memcmp(a.host, "localhost", 9) == 0))
		return true;
	/* 127.0.0.0/8, but not a host name that begins so */
	return str_starts(a.host, "127.") && strspn(a.host, "0123456789.") == a.n;
}

/* The parts between commas, without blanks. */
static const char *const *split_list(struct arena *a, const char *s)
{
	size_t n = 1, i = 0;
	for (const char *p = s; *p; p++)
		n += *p == ',';
	const char **list = arena_array_of(a, const char *, n + 1);
	while (*s) {
		s += strspn(s, ", \t");
		size_t len = strcspn(s, ", \t");
		if (len)
			list[i++] = arena_memdup0(a, s, len);
		s += len;
	}
	return list;
}

/* --- checks of one value ---------------------------------------------------------------------------------------- */

static const char *check_each(const char *s, bool (*good)(const char *), const char *why)
{
	struct arena *a = arena_new(0);
	bool ok = true;
	for (const char *const *part = split_list(a, s); *part; part++)
		ok = ok && good(*part);
	arena_free(a);
	return ok ? NULL : why;
}

static const char *check_listen(const char *s)
{
	if (!s[strspn(s, ", \t")])
		return "must name at least one address, such as 127.0.0.1:8080";
	return check_each(s, address_is_good,
		"must be addresses such as 127.0.0.1:8080, [::]:8443, :80 or unix:/run/roster.sock, with commas between");
}

/* scheme://host[:port] and nothing behind it: what browsers send as Origin (RFC 6454 section 7). */
static bool origin_is_good(const char *s)
{
	const char *host = strstr(s, "://");
	bool web = str_starts(s, "http://") || str_starts(s, "https://");
	return web && host[3] && !host[3 + strcspn(host + 3, "/?#*@")];
}

static const char *check_origins(const char *s)
{
	return check_each(s, origin_is_good,
		"must be exact origins such as https://app.example.org, with commas between; '*' is not taken");
}

static const char *check_url(const char *s)
{
	bool web = str_starts(s, "http://") || str_starts(s, "https://");
	return !*s || (web && strstr(s, "://")[3] && !s[strcspn(s, "?# ")]) ? NULL
	                                                                    : "must begin with http:// or https://";
}

static const char *const sqlite_schemes[] = { "sqlite+aiosqlite:", "sqlite:", NULL };
static const char *const postgres_schemes[] = { "postgresql+asyncpg://", "postgresql+psycopg2://",
	"postgresql+psycopg://", "postgresql://", "postgres://", NULL };

static const char *after_scheme(const char *s, const char *const *schemes)
{
	for (; *schemes; schemes++)
		if (str_starts(s, *schemes))
			return s + strlen(*schemes);
	return NULL;
}

static const char *check_database(const char *s)
{
	if (!*s || after_scheme(s, sqlite_schemes) || after_scheme(s, postgres_schemes))
		return NULL;
	return "must begin with sqlite: or postgres://";
}

static const char *check_proxies(const char *s)
{
	struct arena *a = arena_new(0);
	struct proxy_list list;
	const char *why;
	err_t e = proxy_list_parse(a, s, &list, &why);
	arena_free(a);
	return e ? "must be addresses or networks such as 127.0.0.1, 10.0.0.0/8 or unix, with commas between" : NULL;
}

static const char *check_data(const char *s)
{
	return *s ? NULL : "must name a folder";
}

static const char *const log_levels[] = { "debug", "info", "warn", "error", "off", NULL };

#define THREADS .min = 0, .max = 256
#define PATIENCE .min = 100, .max = 86400000

static void both_or_none(const char *x, const char *x_name, const char *y, const char *y_name, struct buf *problems)
{
	if (!*x != !*y)
		buf_printf(problems, "%s: set %s too\n", *x ? x_name : y_name, *x ? y_name : x_name);
}

static void check_together(struct arena *a, const void *values, struct buf *problems)
{
	const struct server_conf *c = values;
	both_or_none(c->tls_cert, "tls_cert", c->tls_key, "tls_key", problems);
	both_or_none(c->admin_email, "admin_email", c->admin_password_file, "admin_password_file", problems);
	if (*c->tls_sni && !*c->tls_cert)
		buf_str(problems, "tls_sni: set tls_cert and tls_key too, for clients that name no host\n");
	if (!c->rate_limits && server_conf_is_public(a, c))
		buf_str(problems, "rate_limits: can be off only when all listen addresses are on this host\n");
}

CONF_GROUP_CHECKED(server, "server", check_together,
	CONF(server, listen, CONF_PLAIN, "127.0.0.1:8080",
		"Addresses to listen on, with commas between; unix:/path too", .check = check_listen),
	CONF(server, data, CONF_PLAIN, "./data", "Folder of the database, keys and uploads", .check = check_data),
	CONF(server, database_url, CONF_SECRET, "",
		"sqlite:PATH or postgres://...; empty: roster.db in the data folder", .env = "DATABASE_URL",
		.check = check_database),
	CONF(server, public_url, CONF_PLAIN, "",
		"How people reach this server; links in mails and tokens are made from it", .check = check_url),
	CONF(server, loops, CONF_PLAIN, "0", "Threads that serve connections; 0: one a core", THREADS),
	CONF(server, workers, CONF_PLAIN, "0", "Threads that run operations; 0: by the cores", THREADS),
	CONF(server, worker_queue, CONF_PLAIN, "1024", "Operations that may wait for a worker", .min = 1,
		.max = 1000000),
	CONF(server, hash_threads, CONF_PLAIN, "0", "Threads that hash passwords; 0: one a core", THREADS),
	CONF(server, hash_queue, CONF_PLAIN, "64", "Log-ins that may wait for their hash", .min = 1, .max = 100000),
	CONF(server, head_timeout, CONF_DURATION, "10s", "Longest time for a request's headers to arrive", PATIENCE),
	CONF(server, body_timeout, CONF_DURATION, "60s", "Longest time for a request's body to arrive", PATIENCE),
	CONF(server, idle_timeout, CONF_DURATION, "75s", "How long an unused connection stays open", PATIENCE),
	CONF(server, write_timeout, CONF_DURATION, "30s", "How long a client may take nothing of its answer", PATIENCE),
	CONF(server, queue_timeout, CONF_DURATION, "10s", "Longest wait of a request for a thread; then it is told 503",
		PATIENCE),
	CONF(server, stop_timeout, CONF_DURATION, "10s", "How long running requests may take when the server stops",
		PATIENCE),
	CONF(server, body_max, CONF_SIZE, "1MiB", "Largest request body, where an operation sets no other", .min = 1024,
		.max = INT64_C(1) << 30),
	CONF(server, connections_max, CONF_PLAIN, "0", "Most connections; 0: from the limit of open files", .min = 0,
		.max = 1000000),
	CONF(server, connections_per_address, CONF_PLAIN, "256", "Most connections of one address; 0: no cap", .min = 0,
		.max = 1000000),
	CONF(server, trusted_proxies, CONF_PLAIN, "",
		"Proxies whose X-Forwarded-* headers count: 127.0.0.1, 10.0.0.0/8, unix", .check = check_proxies),
	CONF(server, tls_cert, CONF_PLAIN, "", "Certificate file (PEM, with its chain)"),
	CONF(server, tls_key, CONF_PLAIN, "", "Key file of the certificate"),
	CONF(server, tls_sni, CONF_PLAIN, "", "Further certificates by host name: name=cert,key;name=cert,key"),
	CONF(server, cors_origins, CONF_RELOAD, "", "Origins whose pages may call this server, with commas between",
		.env = "CORS_ORIGIN|CORS_ORIGINS", .check = check_origins),
	CONF(server, log_level, CONF_RELOAD, "info", "Least level that is logged", .names = log_levels),
	CONF(server, rate_limits, CONF_PLAIN, "on", "off lifts all limits, for load tests on this host alone"),
	CONF(server, admin_email, CONF_PLAIN, "", "E-mail address of the administrator made at the first start"),
	CONF(server, admin_password_file, CONF_PLAIN, "", "File with the first administrator's password"),
	CONF(server, master_key_file, CONF_PLAIN, "",
		"File with the master key; empty: keys/master in the data folder"));

/* --- what follows from them ------------------------------------------------------------------------------------- */

const char *const *server_conf_listen(struct arena *a, const struct server_conf *c)
{
	return split_list(a, c->listen);
}

bool server_conf_is_public(struct arena *a, const struct server_conf *c)
{
	for (const char *const *s = server_conf_listen(a, c); *s; s++)
		if (!is_loopback(*s))
			return true;
	return false;
}

/* SQLAlchemy writes sqlite:///relative and sqlite:////absolute; SQLite itself takes sqlite:path. */
const char *server_conf_database(struct arena *a, const struct server_conf *c)
{
	const char *url = c->database_url;
	if (!*url)
		return arena_printf(a, "sqlite:%s/roster.db", c->data);
	const char *postgres = after_scheme(url, postgres_schemes);
	if (postgres)
		return arena_printf(a, "postgres://%s", postgres);
	const char *path = after_scheme(url, sqlite_schemes);
	path = path ? path : url;
	if (str_starts(path, "///"))
		path += 3;
	else if (str_starts(path, "//"))
		path += 2;
	return *path ? arena_printf(a, "sqlite:%s", path) : arena_printf(a, "sqlite:%s/roster.db", c->data);
}

const char *server_conf_public_url(struct arena *a, const struct server_conf *c)
{
	size_t n = strlen(c->public_url);
	while (n && c->public_url[n - 1] == '/')
		n--;
	if (n)
		return arena_memdup0(a, c->public_url, n);
	const char *scheme = *c->tls_cert ? "https" : "http";
	for (const char *const *s = server_conf_listen(a, c); *s; s++) {
		struct address at;
		if (str_starts(*s, "unix:") || !split_address(*s, &at))
			continue;
		bool any = at.n == 0 || strncmp(at.host, "0.0.0.0", at.n) == 0 || strncmp(at.host, "::", at.n) == 0;
		bool v6 = memchr(at.host, ':', at.n) != NULL && !any;
		const char *host = any ? "localhost" : arena_memdup0(a, at.host, at.n);
		return arena_printf(a, v6 ? "%s://[%s]:%s" : "%s://%s:%s", scheme, host, at.port);
	}
	return arena_printf(a, "%s://localhost", scheme);
}

enum log_level server_conf_log_level(const struct server_conf *c)
{
	enum log_level level = LOG_INFO;
	return log_level_parse(c->log_level, &level) ? level : LOG_INFO;
}
