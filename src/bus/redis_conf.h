/* Settings of Redis: `redis.url` and what goes with it. */
#ifndef BUS_REDIS_CONF_H
#define BUS_REDIS_CONF_H

#include "base/conf.h"

struct redis_conf {
	const char *url, *ca_file, *prefix;
	int64_t timeout, cache_ttl, queue;
};
extern const struct conf_group redis_conf_group;

#endif
