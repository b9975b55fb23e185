/* Settings, and what follows from them: where something may be sent to. */
#include "base/version.h"
#include "features/webhook/webhook_job.h"
#include "features/webhook/webhook_url.h"
#include "http/client.h"

static const char *check_networks(const char *s)
{
	struct arena *a = arena_new(0);
	struct proxy_list list;
	const char *why;
	bool good = proxy_list_parse(a, s, &list, &why) == ERR_OK && !list.local;
	arena_free(a);
	return good ? NULL
	            : "must be addresses or networks such as 10.1.2.3, 10.0.0.0/8 or fd00::/8, with commas between";
}

#define WAIT .min = 100, .max = 3600000
#define DAYS .min = 1000, .max = INT64_C(31536000000)

/* clang-format off: a table */
CONF_GROUP(webhooks, "webhooks", CONF(webhooks, enabled, CONF_PLAIN, "on", "Whether events are sent to webhooks"),
	CONF(webhooks, allow_http, CONF_PLAIN, "off",
		"Whether they may have http:// addresses, which anybody on the way can read"),
	CONF(webhooks, allow_private, CONF_PLAIN, "off",
		"Whether they may lead to any address, also to this host, your own network and the metadata service of a cloud"),
	CONF(webhooks, allowed_networks, CONF_PLAIN, "",
		"Addresses and networks that they may lead to although they are not public: your own receivers",
		.check = check_networks),
	CONF(webhooks, ca_file, CONF_PLAIN, "", "Certificates (PEM) that vouch for their servers; empty: the system's"),
	CONF(webhooks, most, CONF_RELOAD, "50", "How many there may be", .min = 1, .max = 1000),
	CONF(webhooks, connect_timeout, CONF_DURATION, "5s", "How long a server may take to answer the connection",
		WAIT),
	CONF(webhooks, timeout, CONF_DURATION, "15s", "How long one delivery may take", WAIT),
	CONF(webhooks, at_once, CONF_PLAIN, "64", "Most deliveries on their way at once from this node", .min = 1,
		.max = 1000),
	CONF(webhooks, at_once_each, CONF_PLAIN, "8", "Most of these to one endpoint, from all nodes", .min = 1,
		.max = 100),
	CONF(webhooks, retry_first, CONF_DURATION | CONF_RELOAD, "5s",
		"How long after a failure a delivery is tried again; each time twice as long, give or take a quarter",
		WAIT),
	CONF(webhooks, retry_longest, CONF_DURATION | CONF_RELOAD, "24h", "But never longer than this", .min = 100,
		.max = 604800000),
	CONF(webhooks, give_up_after, CONF_DURATION | CONF_RELOAD, "3d",
		"How long a delivery is tried; an endpoint that takes nothing for so long is disabled", .min = 1000,
		.max = INT64_C(2592000000)),
	CONF(webhooks, breaker_failures, CONF_RELOAD, "5",
		"After so many failures one after another an endpoint is left alone for a while, then asked by one delivery alone",
		.min = 1, .max = 1000),
	CONF(webhooks, breaker_open, CONF_DURATION | CONF_RELOAD, "30s",
		"How long, at first; each time longer, up to ten times that", WAIT),
	CONF(webhooks, overlap, CONF_DURATION | CONF_RELOAD, "24h", "How long the secret before signs beside a new one",
		.min = 0, .max = INT64_C(2592000000)),
	CONF(webhooks, keep, CONF_DURATION | CONF_RELOAD, "7d", "How long it is kept that something was delivered",
		DAYS),
	CONF(webhooks, keep_dead, CONF_DURATION | CONF_RELOAD, "30d", "How long, that it was given up", DAYS));
/* clang-format on */

static void rules_of(struct arena *a, const struct webhooks_conf *conf, struct target_rules *out)
{
	const char *why;
	*out = (struct target_rules){ .http = conf->allow_http, .any_address = conf->allow_private };
	/* Checked when the settings were read. */
	if (proxy_list_parse(a, conf->allowed_networks, &out->allowed, &why))
		out->allowed = (struct proxy_list){ 0 };
}

void webhook_job_conf(struct arena *a, const struct webhooks_conf *conf, struct http_client_conf *out)
{
	*out = (struct http_client_conf){ .ca_file = conf->ca_file,
		.agent = "Roster/" ROSTER_VERSION " (webhooks)",
		.connect_ms = conf->connect_timeout,
		.total_ms = conf->timeout,
		.at_once = (int)conf->at_once };
	rules_of(a, conf, &out->rules);
}

err_t webhook_url_check(struct cx *cx, const char *url, const char **origin)
{
	struct target t;
	struct target_rules rules;
	rules_of(cx->mem, CONF_OF(cx, webhooks), &rules);
	const char *why = target_parse(cx->mem, url, &t);
	if (!why)
		why = target_refused(cx->mem, &t, &rules);
	*origin = t.origin;
	return why ? cx_field(cx, "url", "%s", why) : ERR_OK;
}
