/* Receivers of events: who gives to them, and from where. */
#include "features/events/events_sink.h"
#include "api/outbox.h"
#include "base/test.h"
#include "features/fixture_test.h"

static struct arena *mem;
static const struct sink_self one = { "broker", "node-1", false }, two = { "broker", "node-2", false };

struct ask {
	const struct sink_self *self;
	bool yes; /* held, or moved */
	int64_t from, to, position;
	struct list events;
};

static err_t do_hold(struct cx *cx, void *arg)
{
	struct ask *a = arg;
	return sink_hold(cx, a->self, &a->yes, &a->position);
}

static err_t do_move(struct cx *cx, void *arg)
{
	struct ask *a = arg;
	return sink_move(cx, a->self, a->from, a->to, &a->yes);
}

static err_t do_read(struct cx *cx, void *arg)
{
	struct ask *a = arg;
	return sink_read(cx, a->from, a->to, &a->events);
}

static err_t do_let_go(struct cx *cx, void *arg)
{
	return sink_let_go(cx, arg);
}

static err_t do_trouble(struct cx *cx, void *arg)
{
	return sink_note_trouble(cx, arg, "refused");
}

static struct ask hold(const struct sink_self *self)
{
	struct ask a = { .self = self };
	CHECK_OK(rig_tx(do_hold, &a));
	return a;
}

static bool move(const struct sink_self *self, int64_t from, int64_t to)
{
	struct ask a = { .self = self, .from = from, .to = to };
	CHECK_OK(rig_tx(do_move, &a));
	return a.yes;
}

TEST(sink, begins_behind_the_newest_event_and_keeps_its_place)
{
	mem = home_open();
	home_person("ann");
	CHECK_OK(relay_seal(mem));
	int64_t newest = rig_number("SELECT MAX(seq) FROM outbox");
	struct ask a = hold(&one);
	CHECK(a.yes);
	CHECK_INT(a.position, newest);
	home_person("bob");
	CHECK_OK(relay_seal(mem));
	struct ask r = { .from = newest, .to = 100 };
	CHECK_OK(rig_tx(do_read, &r));
	const struct event_out *e = r.events.items;
	CHECK(r.events.n >= 2);
	CHECK_INT(e->sequence, newest + 1);
	CHECK(move(&one, newest, newest + 1));
	CHECK_INT(hold(&one).position, newest + 1);
	home_close();
}

TEST(sink, is_given_to_by_one_node_until_that_lets_go_or_dies)
{
	mem = home_open();
	CHECK(hold(&one).yes);
	CHECK(!hold(&two).yes);
	CHECK(!move(&two, 0, 1));
	CHECK(hold(&one).yes); /* says so again */
	CHECK_OK(rig_tx(do_let_go, (void *)(uintptr_t)&two)); /* not his to let go */
	CHECK(!hold(&two).yes);
	CHECK_OK(rig_tx(do_let_go, (void *)(uintptr_t)&one));
	CHECK(hold(&two).yes);
	rig_change("UPDATE sink SET held_until = held_until - 15001"); /* node-2 said nothing for so long */
	CHECK(hold(&one).yes);
	CHECK(!hold(&two).yes);
	home_close();
}

TEST(sink, alone_on_the_database_what_a_dead_process_held_is_free)
{
	static const struct sink_self next = { "broker", "node-3", true };
	mem = home_open();
	CHECK(hold(&one).yes);
	CHECK(hold(&next).yes);
	home_close();
}

TEST(sink, that_was_sent_back_meanwhile_does_not_move_on)
{
	mem = home_open();
	int64_t at = hold(&one).position;
	rig_change("UPDATE sink SET position = 0");
	CHECK(at == 0 || !move(&one, at, at + 5));
	CHECK_INT(hold(&one).position, 0);
	CHECK(move(&one, 0, 3));
	CHECK(!move(&one, 0, 4));
	home_close();
}

TEST(sink, trouble_is_kept_with_its_beginning_until_it_takes_events_again)
{
	mem = home_open();
	int64_t at = hold(&one).position;
	CHECK_OK(rig_tx(do_trouble, (void *)(uintptr_t)&one));
	rig_change("UPDATE sink SET failing_since = 7");
	CHECK_OK(rig_tx(do_trouble, (void *)(uintptr_t)&one));
	CHECK_INT(rig_number("SELECT failing_since FROM sink"), 7);
	CHECK_TEXT(rig_text("SELECT reason FROM sink"), "refused");
	CHECK(move(&one, at, at + 1));
	CHECK_INT(rig_number("SELECT COUNT(*) FROM sink WHERE failing_since IS NULL AND reason = ''"), 1);
	home_close();
}

TEST(sink, what_it_waits_for_is_kept_longer_but_not_for_ever)
{
	mem = home_open();
	home_person("ann");
	home_person("bob");
	CHECK_OK(relay_seal(mem));
	CHECK(hold(&one).yes);
	rig_change("UPDATE sink SET position = 2");
	rig_set("events.keep", "1h");
	rig_set("events.keep_behind", "2h");
	rig_change("UPDATE outbox SET at = at - 3600001");
	home_job("events_clean");
	CHECK_INT(rig_number("SELECT MIN(seq) FROM outbox"), 3);
	rig_change("UPDATE outbox SET at = at - 3600001");
	home_job("events_clean");
	CHECK_INT(rig_number("SELECT COUNT(*) FROM outbox"), 1); /* the newest stays */
	home_close();
}

TEST(sink, that_nobody_gives_to_keeps_nothing_back)
{
	mem = home_open();
	CHECK(hold(&one).yes);
	home_person("ann");
	CHECK_OK(relay_seal(mem));
	rig_change("UPDATE sink SET position = 2, held_until = held_until - 15001");
	rig_set("events.keep", "1h");
	rig_change("UPDATE outbox SET at = at - 3600001");
	home_job("events_clean");
	CHECK_INT(rig_number("SELECT COUNT(*) FROM outbox"), 1);
	home_close();
}

TEST(sink, what_waits_is_counted_for_metrics_and_health)
{
	mem = home_open();
	CHECK(hold(&one).yes);
	home_person("ann");
	CHECK_INT(events_relay_lag().depth, 0);
	home_job("events_count");
	CHECK(events_relay_lag().depth > 0 && events_relay_lag().since > 0);
	CHECK_OK(relay_seal(mem));
	rig_change("UPDATE sink SET position = (SELECT MAX(seq) FROM outbox) - 1");
	home_job("events_count");
	CHECK_INT(events_relay_lag().depth, 0);
	CHECK_INT(events_sink_lag("broker").depth, 1);
	CHECK(events_sink_lag("broker").since > 0);
	CHECK_INT(events_sink_lag("nobody").depth, 0);
	home_close();
}
