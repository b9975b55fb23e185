#include "features/limit/limit.h"
#include "base/conf.h"
#include "base/time.h"

#include <stdatomic.h>

#define SECOND UINT64_C(1000000000)

static const struct limit_store *counts = &limit_memory;
static _Atomic int64_t refused[LIMIT_CLASSES];

void limit_use(const struct limit_store *store)
{
	counts = store;
}

int64_t limit_refused(enum limit_class class)
{
	return atomic_load_explicit(&refused[class], memory_order_relaxed);
}

static int64_t seconds(uint64_t ns)
{
	return (int64_t)((ns + SECOND - 1) / SECOND);
}

/* Of two counts the caller is told the one that will stop him first. */
static void tell(struct cx *cx, const struct rate_state *s)
{
	if (cx->rate.limit && cx->rate.remaining <= s->remaining)
		return;
	cx->rate.limit = s->limit;
	cx->rate.remaining = s->remaining;
	cx->rate.reset = seconds(s->full_ns);
}

static err_t take(struct cx *cx, const struct limit_who *who, int64_t times)
{
	const struct limit_conf *conf = CONF_OF(cx, limit);
	int64_t each = conf->per_minute[who->class], burst = conf->burst[who->class];
	if (!each || !times)
		return ERR_OK;
	const struct rate_rule r = { each * times, (burst ? burst : each) * times };
	struct rate_state s;
	bool taken;
	TRY(counts->take(cx, who, &r, &taken, &s));
	tell(cx, &s);
	if (taken)
		return ERR_OK;
	atomic_fetch_add_explicit(&refused[who->class], 1, memory_order_relaxed);
	cx->fail.retry_after = seconds(s.wait_ns);
	return FAIL(cx, ERR_RATE_LIMITED, "%s %s", who->account ? "account" : "address", who->name);
}

err_t limit_take(struct cx *cx, enum limit_class class)
{
	const char *block = cx->from.ip_block;
	switch (cx->who.kind) {
	case ACTOR_LOCAL:
		return ERR_OK;
	case ACTOR_ANYONE:
		return take(cx, &(struct limit_who){ class, false, block }, 1);
	case ACTOR_SERVICE:
		return take(cx, &(struct limit_who){ LIMIT_SERVICE, true, cx->who.id }, 1);
	case ACTOR_USER:
		break;
	}
	TRY(take(cx, &(struct limit_who){ class, true, cx->who.id }, 1));
	return take(cx, &(struct limit_who){ class, false, block }, CONF_OF(cx, limit)->shared);
}
