#include "features/limit/limit.h"
#include "base/test.h"
#include "features/fixture_test.h"

#include <string.h>

static struct cx *caller(struct arena *a, enum actor_kind kind, const char *id, const char *block)
{
	struct cx *cx = arena_new_of(a, struct cx);
	*cx = (struct cx){ .mem = a,
		.conf = conf_current(),
		.who = { .kind = kind, .id = id },
		.from = { .ip = "192.0.2.1", .ip_block = block } };
	return cx;
}

static struct arena *open_limits(void)
{
	struct arena *a = home_open();
	limit_init(1000);
	return a;
}

static int allowed(struct cx *cx, enum limit_class class, int tries)
{
	int n = 0;
	for (int i = 0; i < tries; i++)
		n += limit_take(cx, class) == ERR_OK;
	return n;
}

TEST(limit, strangers_count_by_address_and_class)
{
	struct arena *a = open_limits();
	struct cx *cx = caller(a, ACTOR_ANYONE, "", "192.0.2.1");
	CHECK_INT(allowed(cx, LIMIT_AUTH, 5), 5);
	CHECK_INT(cx->rate.limit, 5);
	CHECK_INT(cx->rate.remaining, 0);
	CHECK_INT(cx->rate.reset, 60);
	CHECK_ERR(limit_take(cx, LIMIT_AUTH), ERR_RATE_LIMITED);
	CHECK_INT(cx->fail.retry_after, 12);
	CHECK_INT(limit_refused(LIMIT_AUTH), 1);
	CHECK_INT(allowed(cx, LIMIT_WRITE, 100), 60);
	CHECK_INT(allowed(cx, LIMIT_READ, 1000), 600);
	CHECK_INT(allowed(caller(a, ACTOR_ANYONE, "", "2001:db8::/64"), LIMIT_AUTH, 9), 5);
	home_close();
}

TEST(limit, people_count_by_account_wherever_they_are_and_together_by_address)
{
	struct arena *a = open_limits();
	rig_set("limit.shared", "3");
	CHECK_INT(allowed(caller(a, ACTOR_USER, "ann", "192.0.2.1"), LIMIT_AUTH, 4), 4);
	CHECK_INT(allowed(caller(a, ACTOR_USER, "ann", "192.0.2.2"), LIMIT_AUTH, 9), 1);
	/* Behind one address three times as much, and strangers there apart from them. */
	CHECK_INT(allowed(caller(a, ACTOR_USER, "bob", "192.0.2.1"), LIMIT_AUTH, 9), 5);
	CHECK_INT(allowed(caller(a, ACTOR_USER, "eve", "192.0.2.1"), LIMIT_AUTH, 9), 5);
	CHECK_INT(allowed(caller(a, ACTOR_USER, "joe", "192.0.2.1"), LIMIT_AUTH, 9), 1);
	CHECK_INT(allowed(caller(a, ACTOR_ANYONE, "", "192.0.2.1"), LIMIT_AUTH, 9), 5);
	/* A user called as an address is: no table holds both. */
	CHECK_INT(allowed(caller(a, ACTOR_USER, "192.0.2.1", "192.0.2.9"), LIMIT_AUTH, 9), 5);
	home_close();
}

TEST(limit, services_have_a_class_of_their_own_and_this_host_none)
{
	struct arena *a = open_limits();
	rig_set("limit.service", "7");
	struct cx *service = caller(a, ACTOR_SERVICE, "crm", "192.0.2.1");
	CHECK_INT(allowed(service, LIMIT_READ, 5) + allowed(service, LIMIT_WRITE, 9), 7);
	struct cx *local = caller(a, ACTOR_LOCAL, "", "local");
	CHECK_INT(allowed(local, LIMIT_AUTH, 1000), 1000);
	CHECK_INT(local->rate.limit, 0);
	home_close();
}

TEST(limit, zero_lifts_a_limit_and_a_burst_may_be_narrower_than_a_minute)
{
	struct arena *a = open_limits();
	rig_set("limit.auth", "0");
	rig_set("limit.write_burst", "3");
	struct cx *cx = caller(a, ACTOR_ANYONE, "", "192.0.2.1");
	CHECK_INT(allowed(cx, LIMIT_AUTH, 1000), 1000);
	CHECK_INT(allowed(cx, LIMIT_WRITE, 9), 3);
	CHECK_INT(cx->fail.retry_after, 1);
	home_close();
}

static err_t always_elsewhere(
	struct cx *cx, const struct limit_who *who, const struct rate_rule *r, bool *taken, struct rate_state *out)
{
	if (cx->on_loop)
		return ERR_NOT_HERE;
	*taken = strcmp(who->name, "bad") != 0;
	*out = (struct rate_state){ .limit = r->burst, .remaining = 1 };
	return ERR_OK;
}

TEST(limit, another_store_may_keep_the_counts)
{
	static const struct limit_store elsewhere = { always_elsewhere };
	struct arena *a = open_limits();
	limit_use(&elsewhere);
	struct cx *cx = caller(a, ACTOR_ANYONE, "", "bad");
	CHECK_ERR(limit_take(cx, LIMIT_READ), ERR_RATE_LIMITED);
	cx->on_loop = true;
	CHECK_ERR(limit_take(cx, LIMIT_READ), ERR_NOT_HERE);
	cx = caller(a, ACTOR_ANYONE, "", "good");
	CHECK_OK(limit_take(cx, LIMIT_READ));
	CHECK_INT(cx->rate.limit, 600);
	home_close();
}
