/* Rate limits: how much one caller may do in a minute, by class of operation. Strangers count by address (an IPv4 address,
 * the /64 of an IPv6 one), people and services by who they are; people also together by address, as many times as much.
 *
 * Where the counts are kept is a `struct limit_store`. That of this process is memory: it decides at once, alone or with what
 * other nodes tell it (limit_share; decision 28). */
#ifndef FEATURES_LIMIT_H
#define FEATURES_LIMIT_H

#include "base/cx.h"
#include "base/rate.h"

enum limit_class { LIMIT_READ, LIMIT_WRITE, LIMIT_AUTH, LIMIT_SERVICE, LIMIT_CLASSES };

struct limit_conf {
	int64_t per_minute[LIMIT_CLASSES], burst[LIMIT_CLASSES]; /* 0: no limit; as much as a minute gives */
	int64_t shared, entries;
};
extern const struct conf_group limit_conf_group;

/* Whose request it is. */
struct limit_who {
	enum limit_class class;
	bool account; /* `name` is the id of a user or a service; else an address block */
	const char *name;
};
struct limit_store {
	/* Counts a request, or says in *taken that it is too many. ERR_NOT_HERE on a loop when it would have to wait for
	 * another machine; the gate then asks again on a worker. */
	err_t (*take)(struct cx *cx, const struct limit_who *who, const struct rate_rule *r, bool *taken,
		struct rate_state *out);
};
extern const struct limit_store limit_memory;

/* `entries`: how many callers each table of this process's memory has room for. */
void limit_init(size_t entries);
/* Another store in place of the memory of this process. Before the first request. */
void limit_use(const struct limit_store *store);

/* Counts together with other nodes: `with` is told of what is taken here, and limit_owed() of what the nodes took together.
 * Callers are hashed under a key that they all have. After limit_init(), before the first request. */
void limit_share(const struct rate_share *with);
void limit_owed(unsigned table, uint64_t key, uint64_t ns);

/* The gate's question: counts a request of cx->who from cx->from, fills cx->rate. ERR_RATE_LIMITED with the time to wait.
 * The command line of this host has no limits. */
err_t limit_take(struct cx *cx, enum limit_class class) CHECKED;

/* For /metrics. */
int64_t limit_refused(enum limit_class class);
int64_t limit_crowded(void);

#endif
