/* Presence of all nodes: a sorted set a person, its members devices with their node, its scores when each expires by Redis's
 * clock. What this node saw is in its own memory too, and answers alone while Redis is away. */
#include "bus/presence.h"
#include "bus/redis_hub.h"

#include <stdlib.h>
#include <string.h>

/* KEYS: the person. ARGV: member, ttl in ms. */
static const char seen_script[] =
	"local t=redis.call('TIME') local now=t[1]*1000+math.floor(t[2]/1000) "
	"redis.call('ZREMRANGEBYSCORE',KEYS[1],'-inf',now) redis.call('ZADD',KEYS[1],now+ARGV[2],ARGV[1]) "
	"redis.call('PEXPIRE',KEYS[1],ARGV[2]) return 1";
/* KEYS: people. ARGV: ttl, "@node" of who asks. Answers of each when one of his devices on other nodes was last seen, 0: not
 * lately. Of its own a node knows better: what it posts goes another way than what it asks, and may come behind it. */
static const char online_script[] =
	"local t=redis.call('TIME') local now=t[1]*1000+math.floor(t[2]/1000) local out={} "
	"for i,k in ipairs(KEYS) do out[i]=0 local m=redis.call('ZREVRANGEBYSCORE',k,'+inf','('..now,'WITHSCORES') "
	"for j=1,#m,2 do if string.sub(m[j],-#ARGV[2])~=ARGV[2] then out[i]=tonumber(m[j+1])-ARGV[1] break end end end "
	"return out";

struct redis_presence {
	struct presence presence;
	struct presence_redis_conf conf;
	struct presence *memory;
};

static struct redis_presence *of(struct presence *p)
{
	return (struct redis_presence *)(void *)p;
}

static struct redis_part part(const char *s)
{
	return (struct redis_part){ s, strlen(s) };
}

static const char *key(struct redis_presence *p, struct arena *a, const char *user_id)
{
	return arena_printf(a, "%sonline:%s", p->conf.prefix, user_id);
}

static const char *ttl(struct redis_presence *p, struct arena *a)
{
	return arena_printf(a, "%lld", (long long)p->conf.ttl_ms);
}

static void seen(struct presence *presence, const char *user_id, const char *device)
{
	struct redis_presence *p = of(presence);
	struct arena *a = arena_new(0);
	const struct redis_part parts[] = { part("EVAL"), part(seen_script), part("1"), part(key(p, a, user_id)),
		part(arena_printf(a, "%s@%s", device, p->conf.node)), part(ttl(p, a)) };
	presence_seen(p->memory, user_id, device);
	(void)hub_post(p->conf.hub, parts, 6, NULL, NULL); /* said again soon */
	arena_free(a);
}

static void left(struct presence *presence, const char *user_id, const char *device)
{
	struct redis_presence *p = of(presence);
	struct arena *a = arena_new(0);
	const struct redis_part parts[] = { part("ZREM"), part(key(p, a, user_id)),
		part(arena_printf(a, "%s@%s", device, p->conf.node)) };
	presence_left(p->memory, user_id, device);
	(void)hub_post(p->conf.hub, parts, 3, NULL, NULL); /* it expires */
	arena_free(a);
}

static void online(
	struct presence *presence, struct arena *a, const char *const *user_ids, size_t n, struct presence_state *out)
{
	struct redis_presence *p = of(presence);
	struct redis_part *parts = arena_array_of(a, struct redis_part, n + 5);
	struct reply *r;
	presence_online(p->memory, a, user_ids, n, out);
	parts[0] = part("EVAL");
	parts[1] = part(online_script);
	parts[2] = part(arena_printf(a, "%zu", n));
	for (size_t i = 0; i < n; i++)
		parts[3 + i] = part(key(p, a, user_ids[i]));
	parts[3 + n] = part(ttl(p, a));
	parts[4 + n] = part(arena_printf(a, "@%s", p->conf.node));
	if (!hub_ask(p->conf.hub, a, parts, n + 5, &r) || r->kind != REPLY_LIST || r->n != n)
		return;
	for (size_t i = 0; i < n; i++)
		if (r->items[i]->kind == REPLY_INT && r->items[i]->i > out[i].seen_at)
			out[i] = (struct presence_state){ true, r->items[i]->i };
}

static void free_(struct presence *presence)
{
	struct redis_presence *p = of(presence);
	presence_free(p->memory);
	free(p);
}

static const struct presence_driver driver = { seen, left, online, free_ };

struct presence *presence_redis_new(const struct presence_redis_conf *conf)
{
	struct redis_presence *p = calloc(1, sizeof *p);
	if (!p)
		abort();
	p->presence.driver = &driver;
	p->conf = *conf;
	p->memory = presence_memory_new(conf->ttl_ms, conf->most);
	return &p->presence;
}
