/* Settings: the queue of events, and where the pages are. */
#include "features/inbox/inbox_job.h"
#include "http/target.h"

#include <string.h>

static const char *check_url(const char *s)
{
	struct target t;
	struct arena *a = arena_new(0);
	const char *why = *s ? target_parse(a, s, &t) : NULL;
	arena_free(a);
	return why;
}

/* RFC 6750 section 2.1; a blank or a line end would begin something else. */
static const char *check_token(const char *s)
{
	static const char chars[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~+/=";
	return s[strspn(s, chars)] ? "must be letters, digits and -._~+/= alone" : NULL;
}

/* clang-format off: a table */
CONF_GROUP(inbox, "inbox",
	CONF(inbox, queue, CONF_PLAIN, "user-service-queue",
		"Queue of the broker that brings neighbours' events; empty: none", .max = 200),
	CONF(inbox, exchange, CONF_PLAIN, "user-service-exchange",
		"Topic exchange that it is bound to, by its own name, social.# and moderation.#; empty: to none",
		.max = 255),
	CONF(inbox, dead_exchange, CONF_PLAIN, "user-service-dlx", "Exchange for events that cannot be understood",
		.min = 1, .max = 255),
	CONF(inbox, dead_routing_key, CONF_PLAIN, "failed", "With this routing key", .min = 1, .max = 255),
	CONF(inbox, dead_queue, CONF_PLAIN, "user-service-failed", "Queue that keeps them; empty: whoever binds one",
		.max = 255),
	CONF(inbox, prefetch, CONF_PLAIN, "16", "Events that one node takes at once", .min = 1, .max = 1000),
	CONF(inbox, social_url, CONF_PLAIN, "",
		"Where the social network gives people's profiles page by page, for `roster sync --from social`; it may be in your own network",
		.max = TARGET_MAX, .check = check_url),
	CONF(inbox, social_token, CONF_SECRET, "", "Bearer token that is shown to it; empty: none", .max = 4096,
		.check = check_token),
	CONF(inbox, moderation_url, CONF_PLAIN, "", "The same of moderation, for `roster sync --from moderation`",
		.max = TARGET_MAX, .check = check_url),
	CONF(inbox, moderation_token, CONF_SECRET, "", "Bearer token that is shown to it; empty: none", .max = 4096,
		.check = check_token),
	CONF(inbox, ca_file, CONF_PLAIN, "", "Certificates (PEM) that vouch for both; empty: the system's"),
	CONF(inbox, page_size, CONF_PLAIN, "100", "People that a page is asked for", .min = 1, .max = INBOX_PAGE_MAX),
	CONF(inbox, page_bytes, CONF_SIZE, "4MiB", "Largest page that is taken", .min = 1024, .max = 16 << 20),
	CONF(inbox, page_timeout, CONF_DURATION, "30s", "How long a page may take to come", .min = 100, .max = 600000),
	CONF(inbox, pages, CONF_PLAIN, "100000", "Most pages that one run asks for", .min = 1, .max = 100000000));
/* clang-format on */
