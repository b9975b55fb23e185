/* Addresses of others' servers: what is taken reads back the same, is no address of this host in any spelling, and libcurl, which
 * connects, reads the same host and port. */
#include "http/ip_public.h"
#include "http/target.h"

#include <curl/curl.h>
#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

struct reader {
	CURLU *(*make)(void);
	void (*cleanup)(CURLU *u);
	CURLUcode (*set)(CURLU *u, CURLUPart part, const char *s, unsigned flags);
	CURLUcode (*get)(CURLU *u, CURLUPart part, char **s, unsigned flags);
	void (*drop)(void *p);
};

static void find(void *library, const char *name, void *function)
{
	void *f = dlsym(library, name);
	if (!f)
		abort();
	memcpy(function, &f, sizeof f);
}

static const struct reader *reader(void)
{
	static struct reader r;
	void *library = r.make ? NULL : dlopen("libcurl.so.4", RTLD_NOW);
	if (!library)
		return &r;
	find(library, "curl_url_cleanup", &r.cleanup);
	find(library, "curl_url_set", &r.set);
	find(library, "curl_url_get", &r.get);
	find(library, "curl_free", &r.drop);
	find(library, "curl_url", &r.make);
	return &r;
}

static void same(const struct reader *r, CURLU *u, CURLUPart part, const char *ours)
{
	char *theirs = NULL;
	if (r->get(u, part, &theirs, CURLU_DEFAULT_PORT) || strcasecmp(theirs, ours) != 0) {
		fprintf(stderr, "part %d: %s here, %s there\n", (int)part, ours, theirs ? theirs : "none");
		abort();
	}
	r->drop(theirs);
}

/* Addresses of IPv6 have more than one spelling, and theirs may be another. */
static void same_host(struct arena *a, const struct reader *r, CURLU *u, const struct target *t)
{
	char *theirs = NULL;
	struct ip ip;
	if (!strchr(t->host, ':')) {
		same(r, u, CURLUPART_HOST, t->host);
		return;
	}
	if (r->get(u, CURLUPART_HOST, &theirs, 0) || strlen(theirs) < 2)
		abort();
	char *bare = arena_strdup(a, theirs + 1);
	bare[strlen(bare) - 1] = 0;
	if (!ip_parse(bare, strlen(bare), &ip) || !ip_same(&ip, &t->ip))
		abort();
	r->drop(theirs);
}

static void compare(struct arena *a, const char *url, const struct target *t)
{
	const struct reader *r = reader();
	CURLU *u = r->make();
	if (r->set(u, CURLUPART_URL, url, CURLU_PATH_AS_IS) == CURLUE_OK) {
		same_host(a, r, u, t);
		same(r, u, CURLUPART_PORT, arena_printf(a, "%d", t->port));
		same(r, u, CURLUPART_SCHEME, t->https ? "https" : "http");
	}
	r->cleanup(u);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	struct arena *a = arena_new(0);
	const char *url = arena_memdup0(a, data, n);
	struct target t, again;
	if (!target_parse(a, url, &t)) {
		if (t.port < 1 || t.port > 65535 || !*t.host || target_parse(a, t.origin, &again))
			abort();
		if (again.port != t.port || again.https != t.https || strcmp(again.host, t.host) != 0)
			abort();
		if (!target_refused(a, &t, &(struct target_rules){ .http = true }) && t.is_ip && ip_not_public(&t.ip))
			abort();
		compare(a, url, &t);
	}
	arena_free(a);
	return 0;
}
