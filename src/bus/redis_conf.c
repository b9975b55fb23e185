#include "bus/redis_conf.h"
#include "bus/redis_url.h"

#include <string.h>

static const char *check_url(const char *s)
{
	struct arena *a = arena_new(0);
	struct redis_url u;
	bool good = !*s || redis_url_read(a, s, &u);
	arena_free(a);
	return good ? NULL : "must be redis://user:password@host:port/db, rediss:// or unix:/path";
}

static const char *check_prefix(const char *s)
{
	return s[strcspn(s, " {}*?[]\\\r\n")] ? "must hold no blank, brace, bracket, star, question mark or backslash"
	                                      : NULL;
}

CONF_GROUP(redis, "redis",
	CONF(redis, url, CONF_SECRET, "",
		"Redis that nodes share: redis://user:password@host:6379/0, rediss:// for TLS, unix:/path; empty: none",
		.env = "REDIS_URL|REDIS_URI", .check = check_url, .max = 1024),
	CONF(redis, ca_file, CONF_PLAIN, "", "Certificates (PEM) that vouch for it; empty: the system's"),
	CONF(redis, prefix, CONF_PLAIN, "roster:", "What the names of all its keys and channels begin with", .max = 64,
		.check = check_prefix),
	CONF(redis, timeout, CONF_DURATION, "20ms", "Longest wait of a request for it", .min = 1, .max = 10000),
	CONF(redis, cache_ttl, CONF_DURATION, "1h", "How long it keeps preferences and public profiles", .min = 1000,
		.max = 86400000),
	CONF(redis, queue, CONF_PLAIN, "16384", "Commands that may wait to be sent to it", .min = 64, .max = 1000000));
