/* Trusted proxies: lines of input are the list, X-Forwarded-For, Forwarded and X-Forwarded-Proto. Nothing that stands left
 * of the chain may change who the client is. */
#include "http/proxy.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

/* Takes a line off the text; NULL when there is none left. */
static char *line(char **text)
{
	char *s = *text, *lf = s ? strchr(s, '\n') : NULL;
	*text = lf ? lf + 1 : NULL;
	if (lf)
		*lf = 0;
	return s;
}

static bool same(const struct proxy_client *a, const struct proxy_client *b)
{
	return a->known == b->known && (!a->known || ip_same(&a->ip, &b->ip));
}

static void check_spoof(struct arena *a, const struct proxy_list *l, const struct proxy_peer *peer, const char *chain)
{
	static const char *const lies[] = { "6.6.6.6", "", "\"", "unknown", "10.0.0.1", "[", "for=\"" };
	struct proxy_headers said = { .x_forwarded_for = chain };
	struct proxy_client honest = proxy_client(l, peer, &said);
	if (!honest.known || proxy_trusts(l, &honest.ip))
		return; /* all of the chain is trusted, or it is malformed */
	for (size_t i = 0; i < sizeof lies / sizeof *lies; i++) {
		said.x_forwarded_for = arena_printf(a, "%s, %s", lies[i], chain);
		struct proxy_client spoofed = proxy_client(l, peer, &said);
		if (!same(&honest, &spoofed))
			abort();
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	struct arena *a = arena_new(0);
	char *text = arena_memdup0(a, data, n), *list = line(&text), out[IP_TEXT];
	struct proxy_list l;
	const char *why;
	if (proxy_list_parse(a, list, &l, &why))
		(void)!proxy_list_parse(a, "127.0.0.1, 10.0.0.0/8, unix", &l, &why);
	struct proxy_headers said = { 0 };
	said.x_forwarded_for = line(&text);
	said.forwarded = line(&text);
	said.x_forwarded_proto = line(&text);
	struct proxy_peer peers[] = { { .local = true }, { .local = false }, { .local = false } };
	ip_parse("127.0.0.1", 9, &peers[1].ip);
	ip_parse("2001:db8::1", 11, &peers[2].ip);
	for (size_t i = 0; i < 3; i++) {
		struct proxy_client c = proxy_client(&l, &peers[i], &said);
		if (c.known && !ip_format(&c.ip, out))
			abort();
		bool trusted = peers[i].local ? l.local : proxy_trusts(&l, &peers[i].ip);
		if (!trusted && c.known && !ip_same(&c.ip, &peers[i].ip))
			abort();
		if (said.x_forwarded_for)
			check_spoof(a, &l, &peers[i], said.x_forwarded_for);
	}
	arena_free(a);
	return 0;
}
