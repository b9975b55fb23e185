#include "main/shared.h"
#include "api/call.h"
#include "api/outbox.h"
#include "api/socket.h"
#include "base/breaker.h"
#include "bus/bus.h"
#include "bus/presence.h"
#include "bus/redis_conf.h"
#include "bus/shared_cache.h"
#include "bus/shared_rate.h"
#include "crypto/keyring.h"
#include "features/limit/limit.h"
#include "features/preference/preference.h"
#include "features/user/user.h"
#include "main/numbers.h"
#include "main/server_conf.h"
#include "net/ticker.h"

enum { LISTEN_MS = 250, AGAIN_MS = 1000, NEVER_MS = 3600000 };
static const char channel[] = "sealed";

static struct hub *hub; /* NULL: no Redis is set */
static struct shared_cache *cache;
static struct shared_rate *rate;
static struct bus *bus;
static struct bus *sockets_bus; /* its channels are not ours alone: they have no prefix */
static struct presence *presence;
static struct ticker *listener; /* of the database's wake-ups; NULL: nobody needs them */

static const struct redis_conf *settings(void)
{
	return conf_get(conf_current(), &redis_conf_group);
}

/* --- the seals of the second cache -------------------------------------------------------------------------------- */

static char *seal(struct arena *a, const char *about, const void *p, size_t n)
{
	return crypto_seal(a, keyring_key(KEY_SHARED), about, p, n);
}

static uint8_t *open_sealed(struct arena *a, const char *about, const char *sealed, size_t *n)
{
	return crypto_open(a, keyring_key(KEY_SHARED), about, sealed, n);
}

/* --- news --------------------------------------------------------------------------------------------------------- */

static void sealed(void)
{
	if (bus)
		(void)bus_publish(bus, channel, "", 0); /* whom it does not reach looks by the clock */
}

void (*shared_sealed(void))(void)
{
	return hub ? sealed : NULL;
}

static void heard(void *arg, const char *name, const void *p, size_t n)
{
	(void)arg;
	(void)name;
	(void)p;
	(void)n;
	relay_wake();
}

static int64_t listen_tick(void *arg)
{
	(void)arg;
	bool any;
	err_t e = store_listen(engine()->store, RELAY_CHANNEL, LISTEN_MS, &any);
	if (any)
		relay_wake();
	return !e ? 0 : e == ERR_NOT_FOUND ? NEVER_MS : AGAIN_MS;
}

/* --- start, stop -------------------------------------------------------------------------------------------------- */

static void share_limits(const struct redis_conf *conf)
{
	const struct server_conf *server = conf_get(conf_current(), &server_conf_group);
	if (!server->rate_limits)
		return;
	rate = shared_rate_new(&(struct shared_rate_conf){ .hub = hub, .prefix = conf->prefix, .owed = limit_owed });
	limit_share(shared_rate_door(rate));
}

void shared_open(void)
{
	const struct redis_conf *conf = settings();
	if (!*conf->url)
		return;
	hub = hub_new(&(struct hub_conf){ .url = conf->url,
		.ca_file = conf->ca_file,
		.timeout_ms = conf->timeout,
		.breaker = breaker_listed_steady("redis"),
		.queue_max = conf->queue });
	cache = shared_cache_new(&(struct shared_cache_conf){
		.hub = hub, .prefix = conf->prefix, .ttl_ms = conf->cache_ttl, .seal = { seal, open_sealed } });
	preference_second(shared_cache_door(cache));
	user_second(shared_cache_door(cache));
	share_limits(conf);
}

struct bus *shared_sockets_bus(void)
{
	return sockets_bus;
}

struct presence *shared_presence(void)
{
	return presence;
}

static struct presence *make_presence(const struct redis_conf *conf)
{
	if (!hub)
		return presence_memory_new(SOCKET_PRESENCE_MS, SOCKET_PRESENCE_MAX);
	return presence_redis_new(&(struct presence_redis_conf){ .hub = hub,
		.prefix = conf->prefix,
		.node = engine()->node,
		.ttl_ms = SOCKET_PRESENCE_MS,
		.most = SOCKET_PRESENCE_MAX });
}

void shared_start(void)
{
	const struct redis_conf *conf = settings();
	presence = make_presence(conf);
	if (!hub) {
		listener = store_has_writer(engine()->store) ? NULL : ticker_start("listen", listen_tick, NULL);
		return;
	}
	hub_start(hub);
	numbers_watch_shared(&(struct shared_numbers){ hub, cache, rate });
	sockets_bus = bus_redis_new(
		&(struct bus_redis_conf){ .hub = hub, .url = conf->url, .ca_file = conf->ca_file, .prefix = "" });
	if (store_has_writer(engine()->store))
		return; /* alone on its database: there is nobody to tell */
	bus = bus_redis_new(&(struct bus_redis_conf){
		.hub = hub, .url = conf->url, .ca_file = conf->ca_file, .prefix = conf->prefix });
	bus_subscribe(bus, channel, heard, NULL);
}

void shared_stop(void)
{
	ticker_stop(listener);
	listener = NULL;
	if (!hub) {
		presence_free(presence);
		presence = NULL;
		return;
	}
	numbers_watch_shared(NULL);
	preference_second(NULL);
	user_second(NULL);
	bus_free(sockets_bus);
	sockets_bus = NULL;
	bus_free(bus);
	hub_stop(hub);
	presence_free(presence);
	presence = NULL;
	shared_rate_free(rate);
	shared_cache_free(cache);
	hub = NULL;
	cache = NULL;
	rate = NULL;
	bus = NULL;
}
