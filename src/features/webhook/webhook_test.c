/* The queues on a real database: who takes what, in which order, and what becomes of it. */
#include "features/webhook/webhook_queue.h"
#include "api/outbox.h"
#include "base/test.h"
#include "base/time.h"
#include "features/events/events_sink.h"
#include "features/fixture_test.h"

#include <string.h>

static struct arena *mem;
static int64_t seen; /* number of the last event that was queued */
static const char *last_url = "https://hooks.example.org/in";

static struct webhook *endpoint(const char *types)
{
	return HOME_OUT(webhook,
		home_local("webhook_create", home_text("{\"url\":\"%s\",\"types\":[\"%s\"]}", last_url, types)));
}

static err_t keep_inside(struct cx *cx, void *arg)
{
	struct list events;
	(void)arg;
	TRY(sink_read(cx, seen, 1000, &events));
	return webhook_queue_keep(cx, &events);
}

/* All events since the last time go into the queues. */
static void queue(void)
{
	CHECK_OK(relay_seal(mem));
	CHECK_OK(rig_tx(keep_inside, NULL));
	seen = rig_number("SELECT MAX(seq) FROM outbox");
}

struct take {
	int64_t later; /* ms */
	size_t n;
	struct webhook_delivery first;
	struct list all;
};

static err_t take_inside(struct cx *cx, void *arg)
{
	struct take *t = arg;
	struct list l;
	cx->now += t->later;
	TRY(webhook_queue_take(cx, 100, &l));
	t->n = l.n;
	t->all = (struct list){ arena_array_of(mem, struct webhook_delivery, l.n + 1), l.n };
	struct webhook_delivery *to = t->all.items;
	const struct webhook_delivery *d = l.items;
	for (size_t i = 0; i < l.n; i++) {
		to[i] = d[i];
		to[i].claim = arena_strdup(mem, d[i].claim);
		to[i].webhook_id = arena_strdup(mem, d[i].webhook_id);
		to[i].event_id = arena_strdup(mem, d[i].event_id);
		to[i].subject = arena_strdup(mem, d[i].subject);
	}
	return ERR_OK;
}

static struct list take(int64_t later)
{
	struct take t = { .later = later };
	CHECK_OK(rig_tx(take_inside, &t));
	return t.all;
}

struct end {
	int64_t later;
	struct webhook_result result;
};

static err_t note_inside(struct cx *cx, void *arg)
{
	struct end *e = arg;
	struct webhook_result *r = &e->result;
	cx->now += e->later;
	return webhook_queue_note(cx, &r, 1);
}

static bool note(const struct webhook_delivery *d, enum webhook_end how, int64_t later)
{
	struct end e = {
		later,
		{ .delivery = d, .end = how, .reason = "because", .http_status = how == WEBHOOK_END_TAKEN ? 200 : 500 }
	};
	CHECK_OK(rig_tx(note_inside, &e));
	return e.result.dead;
}

static const struct webhook_delivery *at(const struct list *l, size_t i)
{
	return (const struct webhook_delivery *)l->items + i;
}

static void change(struct person who, const char *bio)
{
	HOME_OUT(user, home_call(who.access, "user_update_me", home_text("{\"bio\":\"%s\"}", bio)));
}

static void open_home(void)
{
	mem = home_open();
	rig_set("webhooks.retry_first", "1s");
	seen = 0;
}

TEST(webhook, of_one_subject_only_the_first_may_go)
{
	open_home();
	endpoint("user.updated");
	struct person ann = home_person("ann"), bob = home_person("bob");
	change(ann, "one");
	change(ann, "two");
	change(bob, "three");
	queue();
	struct list l = take(0);
	CHECK_INT(l.n, 2);
	CHECK_INT(take(0).n, 0); /* the others are in hand, or wait behind them */
	for (size_t i = 0; i < 2; i++)
		CHECK(!note(at(&l, i), WEBHOOK_END_TAKEN, 0));
	l = take(0);
	CHECK_INT(l.n, 1);
	CHECK_TEXT(at(&l, 0)->subject, home_text("user %s", ann.id));
	CHECK(!note(at(&l, 0), WEBHOOK_END_TAKEN, 0));
	CHECK_INT(rig_number("SELECT COUNT(*) FROM webhook_delivery WHERE status = 'delivered'"), 3);
	home_close();
}

TEST(webhook, what_failed_waits_longer_each_time_and_is_given_up_at_the_end)
{
	open_home();
	rig_set("webhooks.give_up_after", "10s");
	rig_set("webhooks.breaker_failures", "100");
	endpoint("user.updated");
	change(home_person("ann"), "one");
	queue();
	struct list l = take(0);
	CHECK(!note(at(&l, 0), WEBHOOK_END_LATER, 0));
	int64_t wait = rig_number("SELECT due_at - tried_at FROM webhook_delivery");
	CHECK(wait >= 750 && wait <= 1400);
	CHECK_INT(take(500).n, 0);
	l = take(1500);
	CHECK_INT(l.n, 1);
	CHECK_INT(at(&l, 0)->attempts, 2);
	CHECK(!note(at(&l, 0), WEBHOOK_END_LATER, 9800));
	/* The last try is when the time is over, not later. */
	CHECK_INT(rig_number("SELECT due_at - queued_at FROM webhook_delivery"), 10000);
	l = take(10500);
	CHECK_INT(l.n, 1);
	CHECK(note(at(&l, 0), WEBHOOK_END_LATER, 10500));
	CHECK_INT(rig_number("SELECT COUNT(*) FROM webhook_delivery WHERE status = 'dead' AND http_status = 500"), 1);
	/* And so is an endpoint that took nothing for so long. */
	CHECK_INT(rig_number("SELECT COUNT(*) FROM webhook WHERE enabled"), 0);
	CHECK_INT(home_events("webhook.disabled"), 1);
	home_close();
}

TEST(webhook, a_claim_lapses_when_its_node_dies_and_then_counts_no_more)
{
	open_home();
	endpoint("user.updated");
	change(home_person("ann"), "one");
	queue();
	struct list dead = take(0);
	CHECK_INT(take(40000).n, 0);
	struct list l = take(50000); /* timeout and slack */
	CHECK_INT(l.n, 1);
	CHECK(!note(at(&dead, 0), WEBHOOK_END_TAKEN, 50000));
	CHECK_INT(rig_number("SELECT COUNT(*) FROM webhook_delivery WHERE status = 'queued' AND claim IS NOT NULL"), 1);
	CHECK(!note(at(&l, 0), WEBHOOK_END_TAKEN, 50000));
	CHECK_INT(rig_number("SELECT COUNT(*) FROM webhook_delivery WHERE status = 'delivered' AND attempts = 2"), 1);
	home_close();
}

TEST(webhook, one_that_fails_is_left_alone_and_then_asked_by_one_alone)
{
	open_home();
	rig_set("webhooks.breaker_failures", "2");
	rig_set("webhooks.breaker_open", "60s");
	endpoint("user.updated");
	for (int i = 0; i < 4; i++)
		change(home_person(home_text("person%d", i)), "x");
	queue();
	struct list l = take(0);
	CHECK_INT(l.n, 4);
	for (size_t i = 0; i < 4; i++)
		(void)note(at(&l, i), WEBHOOK_END_LATER, 0);
	CHECK_INT(rig_number("SELECT failures FROM webhook_queue"), 2); /* what began before fails late: nothing new */
	CHECK_INT(take(30000).n, 0);
	l = take(80000);
	CHECK_INT(l.n, 1);
	CHECK_INT(take(80000).n, 0);
	CHECK(!note(at(&l, 0), WEBHOOK_END_TAKEN, 80000));
	CHECK_INT(rig_number("SELECT failures FROM webhook_queue"), 0);
	CHECK_INT(take(80000).n, 3); /* at once, all that waited */
	home_close();
}

TEST(webhook, each_endpoint_has_a_queue_and_a_turn_of_its_own)
{
	open_home();
	rig_set("webhooks.at_once_each", "2");
	struct webhook *one = endpoint("user.updated"), *two = endpoint("user.updated"), *other = endpoint("role.*");
	for (int i = 0; i < 3; i++)
		change(home_person(home_text("person%d", i)), "x");
	queue();
	struct list first = take(0), second = take(1);
	CHECK(first.n == 2 && second.n == 2 && take(2).n == 0);
	CHECK(strcmp(at(&first, 0)->webhook_id, at(&second, 0)->webhook_id) != 0);
	CHECK(strcmp(at(&first, 0)->webhook_id, other->id) != 0 && strcmp(one->id, two->id) != 0);
	home_close();
}

TEST(webhook, an_endpoint_gets_what_happens_from_its_making_on)
{
	open_home();
	struct person ann = home_person("ann");
	change(ann, "before");
	rig_change("UPDATE outbox SET at = at - 1");
	endpoint("user.updated");
	change(ann, "after");
	queue();
	CHECK_INT(rig_number("SELECT COUNT(*) FROM webhook_delivery"), 1);
	home_close();
}

TEST(webhook, events_are_queued_once_until_they_are_sent_again)
{
	open_home();
	endpoint("user.updated");
	change(home_person("ann"), "one");
	queue();
	seen = 0;
	queue();
	CHECK_INT(rig_number("SELECT COUNT(*) FROM webhook_delivery"), 1);
	struct list l = take(0);
	CHECK(!note(at(&l, 0), WEBHOOK_END_TAKEN, 0));
	seen = 0;
	queue();
	CHECK_INT(rig_number("SELECT COUNT(*) FROM webhook_delivery WHERE status = 'queued' AND attempts = 0"), 1);
	CHECK_INT(take(0).n, 1);
	home_close();
}

TEST(webhook, what_could_not_be_tried_in_time_is_given_up_and_the_next_may_go)
{
	open_home();
	endpoint("user.updated");
	struct person ann = home_person("ann");
	change(ann, "one");
	change(ann, "two");
	queue();
	rig_change(
		"UPDATE webhook_delivery SET queued_at = queued_at - 300000000, due_at = due_at + 900000 WHERE due_at IS NOT NULL");
	home_job("webhook_give_up");
	CHECK_INT(rig_number("SELECT COUNT(*) FROM webhook_delivery WHERE status = 'dead' AND reason LIKE '%in time'"),
		1);
	CHECK_INT(take(0).n, 1);
	home_close();
}

TEST(webhook, what_is_over_goes_and_what_belonged_to_a_removed_one_too)
{
	open_home();
	struct webhook *one = endpoint("user.updated");
	struct person ann = home_person("ann");
	change(ann, "one");
	change(ann, "two");
	queue();
	struct list l = take(0);
	CHECK(!note(at(&l, 0), WEBHOOK_END_TAKEN, 0));
	rig_change("UPDATE webhook_delivery SET done_at = done_at - 700000000 WHERE done_at IS NOT NULL");
	home_job("webhook_clean");
	CHECK_INT(rig_number("SELECT COUNT(*) FROM webhook_delivery"), 1);
	CHECK_OK(home_local("webhook_delete", home_text("{\"id\":\"%s\"}", one->id))->result);
	CHECK_INT(take(0).n, 0);
	home_job("webhook_clean_removed");
	CHECK_INT(rig_number("SELECT COUNT(*) FROM webhook_delivery"), 0);
	CHECK_INT(rig_number("SELECT COUNT(*) FROM webhook_queue"), 0);
	home_close();
}

TEST(webhook, one_that_is_removed_while_something_is_on_its_way_troubles_nobody)
{
	open_home();
	struct webhook *one = endpoint("user.updated");
	change(home_person("ann"), "one");
	queue();
	struct list l = take(0);
	CHECK_OK(home_local("webhook_delete", home_text("{\"id\":\"%s\"}", one->id))->result);
	home_job("webhook_clean_removed");
	CHECK(!note(at(&l, 0), WEBHOOK_END_TAKEN, 0));
	CHECK(!note(at(&l, 0), WEBHOOK_END_LATER, 0));
	CHECK(!note(at(&l, 0), WEBHOOK_END_GONE, 0));
	CHECK_INT(home_events("webhook.disabled"), 0);
	home_close();
}

TEST(webhook, a_try_that_we_ended_ourselves_does_not_count)
{
	open_home();
	endpoint("user.updated");
	change(home_person("ann"), "one");
	queue();
	struct list l = take(0);
	CHECK(!note(at(&l, 0), WEBHOOK_END_BACK, 0));
	CHECK_INT(
		rig_number(
			"SELECT COUNT(*) FROM webhook_delivery WHERE attempts = 0 AND claim IS NULL AND due_at IS NOT NULL"),
		1);
	CHECK_INT(rig_number("SELECT failures FROM webhook_queue"), 0);
	CHECK_INT(take(0).n, 1);
	home_close();
}
