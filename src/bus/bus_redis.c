/* The bus of many processes: Redis pub/sub. Publishing goes through the hub; hearing has a connection and a thread. */
#include "base/buf.h"
#include "base/log.h"
#include "bus/bus_hearers.h"
#include "bus/redis_hub.h"
#include "net/ticker.h"

#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

enum {
	CONNECT_MS = 1000,
	SLICE_MS = 100, /* how soon a new channel is heard, and how long the end may take */
	AGAIN_MS = 200,
	PING_MS = 2000, /* the other side may be gone without a word */
};

struct redis_bus {
	struct bus bus;
	struct bus_redis_conf conf;
	struct hearers hearers;
	struct ticker *ticker;
	/* Of its thread alone: */
	struct redis *line;
	size_t subscribed; /* of the hearers, the first so many */
	int64_t quiet_ms; /* since something came; behind PING_MS an answer is awaited */
	_Atomic bool connected;
};

static struct redis_bus *of(struct bus *b)
{
	return (struct redis_bus *)(void *)b;
}

static bool publish(struct bus *bus, const char *channel, const void *p, size_t n)
{
	struct redis_bus *b = of(bus);
	struct arena *a = arena_new(0);
	const char *name = arena_printf(a, "%s%s", b->conf.prefix, channel);
	const struct redis_part parts[] = { { "PUBLISH", 7 }, { name, strlen(name) }, { p, n } };
	bool good = hub_post(b->conf.hub, parts, 3, NULL, NULL);
	arena_free(a);
	return good;
}

static void subscribe(struct bus *b, const char *channel, bus_hear *hear, void *arg)
{
	hearers_add(&of(b)->hearers, channel, hear, arg);
}

static bool connected(struct bus *b)
{
	return of(b)->connected;
}

/* --- hearing ------------------------------------------------------------------------------------------------------ */

static void give_up(struct redis_bus *b, const char *why)
{
	if (b->connected)
		log_info("the bus between nodes is away; they look by the clock", LT("why", why));
	b->connected = false;
	redis_close(b->line);
	b->line = NULL;
	b->subscribed = 0;
}

static bool open_line(struct redis_bus *b)
{
	const char *why = "";
	if (!hub_ready(b->conf.hub)) /* its breaker spares us the trying */
		return false;
	b->line = redis_open(&(struct redis_target){ b->conf.url, b->conf.ca_file, CONNECT_MS }, &why);
	b->quiet_ms = 0;
	return b->line;
}

/* The pattern of all that begins with a text that ends in '*': nothing else in it means more to Redis than it says. */
static const char *pattern_of(struct arena *a, const char *beginning)
{
	struct buf b = { .mem = a };
	for (const char *p = beginning; *p; p++) {
		if (strchr("*?[]\\", *p) && p[1])
			buf_char(&b, '\\');
		buf_char(&b, *p);
	}
	return buf_cstr(&b);
}

/* And back. */
static const char *beginning_of(struct arena *a, const char *pattern)
{
	struct buf b = { .mem = a };
	for (const char *p = pattern; *p; p++) {
		if (*p == '\\' && p[1])
			p++;
		buf_char(&b, *p);
	}
	return buf_cstr(&b);
}

/* Asks for the channels that were added since. */
static void ask_channels(struct redis_bus *b)
{
	char channel[BUS_CHANNEL_MAX + 1];
	struct arena *a = arena_new(0);
	for (size_t n = hearers_count(&b->hearers); b->subscribed < n; b->subscribed++) {
		hearers_channel(&b->hearers, b->subscribed, channel);
		const char *name = arena_printf(a, "%s%s", b->conf.prefix, channel), *command = "SUBSCRIBE";
		if (hearers_is_beginning(name)) {
			name = pattern_of(a, name);
			command = "PSUBSCRIBE";
		}
		redis_add(b->line, (const struct redis_part[]){ { command, strlen(command) }, { name, strlen(name) } },
			2);
	}
	arena_free(a);
}

static bool is(const struct reply *r, const char *text)
{
	return r->kind == REPLY_TEXT && strcmp(r->s, text) == 0;
}

/* A name behind our prefix; NULL when it is none. */
static const char *name_of(const struct redis_bus *b, const struct reply *r)
{
	size_t prefix = strlen(b->conf.prefix);
	bool good = r->kind == REPLY_TEXT && strlen(r->s) == r->n && strncmp(r->s, b->conf.prefix, prefix) == 0;
	return good ? r->s + prefix : NULL;
}

/* ["subscribe", channel, n], ["message", channel, bytes]; ["pong", ""] */
static void take_plain(struct redis_bus *b, const struct reply *r)
{
	const char *channel = r->n == 3 ? name_of(b, r->items[1]) : NULL;
	if (channel && is(r->items[0], "message") && r->items[2]->kind == REPLY_TEXT)
		hearers_tell(&b->hearers, channel, channel, r->items[2]->s, r->items[2]->n);
	if (channel && is(r->items[0], "subscribe")) {
		b->connected = true;
		hearers_tell(&b->hearers, channel, channel, NULL, 0); /* what was said before this moment is lost */
	}
}

/* ["psubscribe", pattern, n], ["pmessage", pattern, channel, bytes] */
static void take_by_pattern(struct redis_bus *b, struct arena *a, const struct reply *r)
{
	if (r->n < 3 || r->items[1]->kind != REPLY_TEXT)
		return;
	const char *text = beginning_of(a, r->items[1]->s);
	const char *asked = name_of(b, &(struct reply){ .kind = REPLY_TEXT, .s = text, .n = strlen(text) });
	const char *channel = name_of(b, r->items[2]);
	if (asked && channel && r->n == 4 && r->items[3]->kind == REPLY_TEXT)
		hearers_tell(&b->hearers, asked, channel, r->items[3]->s, r->items[3]->n);
	if (asked && r->n == 3) {
		b->connected = true;
		hearers_tell(&b->hearers, asked, asked, NULL, 0);
	}
}

static void take(struct redis_bus *b, struct arena *a, const struct reply *r)
{
	b->quiet_ms = 0;
	if (r->kind != REPLY_LIST || !r->n)
		return;
	if (is(r->items[0], "psubscribe") || is(r->items[0], "pmessage"))
		take_by_pattern(b, a, r);
	else
		take_plain(b, r);
}

static bool ask_alive(struct redis_bus *b)
{
	b->quiet_ms += SLICE_MS;
	if (b->quiet_ms == PING_MS)
		redis_add(b->line, &(struct redis_part){ "PING", 4 }, 1);
	return b->quiet_ms < 2 * PING_MS;
}

static int64_t tick(void *arg)
{
	struct redis_bus *b = arg;
	const char *why = "";
	if (!b->line && !open_line(b))
		return AGAIN_MS;
	ask_channels(b);
	struct arena *a = arena_new(0);
	struct reply *r;
	bool good = redis_hear(b->line, a, &r, SLICE_MS, &why);
	if (good && r)
		take(b, a, r);
	else if (good && !ask_alive(b))
		good = false;
	arena_free(a);
	if (!good)
		give_up(b, why);
	return good ? 0 : AGAIN_MS;
}

static void free_(struct bus *bus)
{
	struct redis_bus *b = of(bus);
	ticker_stop(b->ticker);
	redis_close(b->line);
	hearers_fini(&b->hearers);
	free(b);
}

static const struct bus_driver driver = { "redis", publish, subscribe, connected, free_ };

struct bus *bus_redis_new(const struct bus_redis_conf *conf)
{
	struct redis_bus *b = calloc(1, sizeof *b);
	if (!b)
		abort();
	b->bus.driver = &driver;
	b->conf = *conf;
	hearers_init(&b->hearers);
	b->ticker = ticker_start("bus", tick, b);
	return &b->bus;
}
