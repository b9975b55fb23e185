#include "http/proxy.h"

#include "base/str.h"
#include "http/field.h"

#include <string.h>

/* "/8" behind an address of either family, as bits of the 128; -1 when malformed. */
static int parse_mask(struct arena *a, const char *s, bool v4)
{
	int64_t bits;
	if (!str_int(arena_strdup(a, s), &bits) || bits < 0 || bits > (v4 ? 32 : 128))
		return -1;
	return (int)bits + (v4 ? 96 : 0);
}

static bool parse_net(struct arena *a, struct span s, struct proxy_net *out)
{
	const char *slash = memchr(s.p, '/', s.n);
	size_t n = slash ? (size_t)(slash - s.p) : s.n;
	if (!ip_parse(s.p, n, &out->net))
		return false;
	bool v4 = !memchr(s.p, ':', n);
	out->bits = slash ? parse_mask(a, arena_memdup0(a, slash + 1, s.n - n - 1), v4) : 128;
	if (out->bits < 0)
		return false;
	for (int i = out->bits; i < 128; i++)
		if (out->net.b[i / 8] & (0x80 >> i % 8))
			return false;
	return true;
}

err_t proxy_list_parse(struct arena *a, const char *text, struct proxy_list *out, const char **why)
{
	*out = (struct proxy_list){ 0 };
	size_t room = 1;
	for (const char *s = text; *s; s++)
		room += *s == ',';
	out->nets = arena_array_of(a, struct proxy_net, room);
	struct span rest = span_of(text), piece;
	while (field_next(&rest, ',', &piece)) {
		if (!piece.n)
			continue;
		if (span_is(piece, "unix")) {
			out->local = true;
			continue;
		}
		if (!parse_net(a, piece, &out->nets[out->n])) {
			*why = arena_printf(a, "\"%.*s\" is not an address, a network such as 10.0.0.0/8, or \"unix\".",
				(int)piece.n, piece.p);
			return ERR_INVALID;
		}
		out->n++;
	}
	return ERR_OK;
}

bool proxy_trusts(const struct proxy_list *trusted, const struct ip *ip)
{
	for (size_t i = 0; i < trusted->n; i++) {
		const struct proxy_net *net = &trusted->nets[i];
		/* "::/0" means every IPv6 address, and not those of IPv4 that we only keep in IPv6's form. */
		if (ip_is_v4(ip) && !(ip_is_v4(&net->net) && net->bits >= 96))
			continue;
		if (ip_in(ip, &net->net, net->bits))
			return true;
	}
	return false;
}

/* One hop, as a proxy wrote it. */
struct hop {
	struct ip ip;
	bool has_proto, https;
};

/* The first address from the right that is not trusted is the last from the left: one pass forward finds it, however
 * long the chain that a client sends. What is malformed counts only when it stands right of it. */
struct chain {
	enum { CHAIN_EMPTY, CHAIN_TRUSTED, CHAIN_FOUND, CHAIN_BAD } state;
	struct hop client; /* when all are trusted, the leftmost */
};

static void chain_add(struct chain *c, const struct proxy_list *trusted, bool readable, const struct hop *hop)
{
	if (!readable) {
		c->state = CHAIN_BAD;
	} else if (!proxy_trusts(trusted, &hop->ip)) {
		c->state = CHAIN_FOUND;
		c->client = *hop;
	} else if (c->state == CHAIN_EMPTY) {
		c->state = CHAIN_TRUSTED;
		c->client = *hop;
	}
}

/* X-Forwarded-For has no quoting: a lone quote that a client puts in front must not swallow what a proxy appends. */
static struct chain read_x_forwarded_for(const struct proxy_list *trusted, const char *value)
{
	struct chain c = { 0 };
	for (const char *s = value; s;) {
		size_t n = strcspn(s, ",");
		struct span piece = field_trim((struct span){ s, n });
		struct hop hop = { 0 };
		chain_add(&c, trusted, ip_parse_node(piece.p, piece.n, &hop.ip), &hop);
		s = s[n] ? s + n + 1 : NULL;
	}
	return c;
}

/* A value with or without quotes. A backslash is refused: no address and no scheme needs one. */
static bool plain_value(struct span *v)
{
	if (v->n >= 2 && v->p[0] == '"' && v->p[v->n - 1] == '"') {
		v->p++;
		v->n--;
		v->n--;
		return !memchr(v->p, '"', v->n) && !memchr(v->p, '\\', v->n);
	}
	return field_is_token(v->p, v->n);
}

/* One element of Forwarded (RFC 7239 section 4): for=192.0.2.1;proto=https;by=... False unless all of it can be read and
 * its `for` is an address; "unknown" and "_hidden" are none. */
static bool read_element(struct span element, struct hop *out)
{
	struct span param;
	bool has_for = false;
	while (field_next(&element, ';', &param)) {
		const char *eq = param.n ? memchr(param.p, '=', param.n) : NULL;
		if (!eq)
			return false;
		struct span name = { param.p, (size_t)(eq - param.p) }, value = { eq + 1, param.n - name.n - 1 };
		if (!field_is_token(name.p, name.n) || !plain_value(&value))
			return false;
		if (span_is(name, "for")) {
			if (has_for || !ip_parse_node(value.p, value.n, &out->ip))
				return false;
			has_for = true;
		} else if (span_is(name, "proto")) {
			if (out->has_proto)
				return false;
			out->has_proto = true;
			out->https = span_is(value, "https");
		}
	}
	return has_for;
}

static struct chain read_forwarded(const struct proxy_list *trusted, const char *value)
{
	struct chain c = { 0 };
	struct span rest = span_of(value), element;
	while (field_next(&rest, ',', &element)) {
		struct hop hop = { 0 };
		bool readable = read_element(element, &hop);
		chain_add(&c, trusted, readable, &hop);
	}
	return c;
}

static bool all_https(const char *protos)
{
	struct span rest = span_of(protos), piece;
	while (field_next(&rest, ',', &piece))
		if (!span_is(piece, "https"))
			return false;
	return true;
}

/* A proxy sets one of the two headers and may pass a client's other one on as it came: when both are there they must
 * tell the same story. */
static bool agree(const struct chain *x, const struct chain *f)
{
	if (x->state == CHAIN_BAD || f->state == CHAIN_BAD)
		return false;
	if (x->state == CHAIN_EMPTY || f->state == CHAIN_EMPTY)
		return true;
	return ip_same(&x->client.ip, &f->client.ip);
}

struct proxy_client proxy_client(
	const struct proxy_list *trusted, const struct proxy_peer *peer, const struct proxy_headers *said)
{
	struct proxy_client client = { .known = !peer->local, .ip = peer->ip, .secure = peer->secure };
	if (!(peer->local ? trusted->local : proxy_trusts(trusted, &peer->ip)))
		return client;
	struct chain x = { 0 }, f = { 0 };
	if (said->x_forwarded_for)
		x = read_x_forwarded_for(trusted, said->x_forwarded_for);
	if (said->forwarded)
		f = read_forwarded(trusted, said->forwarded);
	if (!agree(&x, &f))
		return client;
	if (x.state || f.state) {
		client.ip = f.state ? f.client.ip : x.client.ip;
		client.known = true;
	}
	bool proto_said = said->x_forwarded_proto || f.client.has_proto;
	if (proto_said)
		client.secure = (!said->x_forwarded_proto || all_https(said->x_forwarded_proto)) &&
		                (!f.client.has_proto || f.client.https);
	return client;
}
