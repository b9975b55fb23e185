/* Events as they are read, through the real gate. */
#include "features/events/events.h"
#include "api/outbox.h"
#include "base/str.h"
#include "base/test.h"
#include "features/events/events_store.h"
#include "features/fixture_test.h"

#include <string.h>

static struct arena *mem;
static struct person eve;

static void open_with_admin(void)
{
	mem = home_open();
	eve = home_with_role("eve", "admin");
}

static struct events_list *tail(const char *json)
{
	CHECK_OK(relay_seal(mem));
	return HOME_OUT(events_list, home_call(eve.access, "events_tail", json));
}

static const struct event_out *nth(const struct events_list *l, size_t i)
{
	return &((const struct event_out *)l->items.items)[i];
}

TEST(events, are_read_in_order_from_a_number_on)
{
	open_with_admin();
	for (int i = 0; i < 5; i++)
		home_person(home_text("ann%d", i));
	struct events_list *all = tail("{\"after\":0,\"limit\":1000}");
	CHECK(all->items.n >= 10);
	for (size_t i = 0; i < all->items.n; i++)
		CHECK_INT(nth(all, i)->sequence, (int64_t)i + 1);
	CHECK(!all->page->has_next && !all->page->has_previous);
	struct events_list *two = tail("{\"after\":3,\"limit\":2}");
	CHECK_INT((int64_t)two->items.n, 2);
	CHECK_INT(nth(two, 0)->sequence, 4);
	CHECK_TEXT(two->page->next_cursor, "5");
	CHECK(two->page->has_next && two->page->has_previous);
	home_close();
}

TEST(events, without_a_number_the_last_ones_are_read_and_the_cursor_goes_on_with_new_ones)
{
	open_with_admin();
	home_person("ann");
	struct events_list *last = tail("{\"limit\":1}");
	CHECK_INT((int64_t)last->items.n, 1);
	CHECK(!last->page->has_next && last->page->has_previous);
	struct events_list *none = tail(home_text("{\"after\":%s}", last->page->next_cursor));
	CHECK_INT((int64_t)none->items.n, 0);
	CHECK_TEXT(none->page->next_cursor, last->page->next_cursor);
	home_person("bob");
	struct events_list *more = tail(home_text("{\"after\":%s}", none->page->next_cursor));
	CHECK(more->items.n >= 1);
	CHECK_INT(nth(more, 0)->sequence, nth(last, 0)->sequence + 1);
	home_close();
}

TEST(events, hold_the_envelope_and_no_secret)
{
	open_with_admin();
	struct person ann = home_person("ann");
	struct events_list *l = tail(home_text("{\"type\":\"user.created\",\"subject_id\":\"%s\"}", ann.id));
	CHECK_INT((int64_t)l->items.n, 1);
	const struct event_out *e = nth(l, 0);
	CHECK_TEXT(e->event_type, "user.created");
	CHECK_TEXT(e->subject->type, "user");
	CHECK_TEXT(e->subject->id, ann.id);
	CHECK_TEXT(e->source, "user-service");
	CHECK(strstr(e->data.text, "\"email\":\"ann@example.org\""));
	CHECK(!strstr(e->data.text, "password"));
	home_close();
}

TEST(events, a_type_that_ends_with_a_dot_means_all_that_begin_so)
{
	open_with_admin();
	home_person("ann");
	struct events_list *sessions = tail("{\"type\":\"session.\",\"limit\":100}");
	CHECK(sessions->items.n >= 2);
	for (size_t i = 0; i < sessions->items.n; i++)
		CHECK(str_starts(nth(sessions, i)->event_type, "session."));
	CHECK_INT((int64_t)tail("{\"type\":\"session\"}")->items.n, 0);
	CHECK_INT((int64_t)tail("{\"type\":\"%\"}")->items.n, 0);
	home_close();
}

TEST(events, what_was_kept_long_enough_is_taken_out_but_never_the_newest)
{
	open_with_admin();
	home_person("ann");
	int64_t n = tail("{\"limit\":1}")->items.n ? nth(tail("{\"limit\":1}"), 0)->sequence : 0;
	rig_set("events.keep", "1h");
	home_job("events_clean");
	CHECK_INT(rig_number("SELECT COUNT(*) FROM outbox"), n);
	rig_change("UPDATE outbox SET at = at - 3600001 WHERE seq <= 2");
	home_job("events_clean");
	CHECK_INT(rig_number("SELECT MIN(seq) FROM outbox"), 3);
	struct events_list *rest = tail("{\"after\":0,\"limit\":1}");
	CHECK_INT(nth(rest, 0)->sequence, 3);
	CHECK(!rest->page->has_previous);
	rig_change("UPDATE outbox SET at = at - 3600001");
	home_job("events_clean");
	CHECK_INT(rig_number("SELECT COUNT(*) FROM outbox"), 1);
	home_person("bob");
	CHECK_INT(nth(tail("{\"type\":\"user.created\",\"limit\":1}"), 0)->sequence, n + 1); /* numbers go on */
	home_close();
}

TEST(events, keep_of_nothing_keeps_for_ever)
{
	open_with_admin();
	CHECK_OK(relay_seal(mem));
	rig_set("events.keep", "0");
	int64_t n = rig_number("SELECT COUNT(*) FROM outbox");
	rig_change("UPDATE outbox SET at = 1");
	home_job("events_clean");
	CHECK_INT(rig_number("SELECT COUNT(*) FROM outbox"), n);
	home_close();
}

TEST(events, status_tells_how_far_numbers_are_and_what_waits)
{
	open_with_admin();
	CHECK_OK(relay_seal(mem));
	home_person("ann");
	struct events_status *s = HOME_OUT(events_status, home_call(eve.access, "events_status", NULL));
	CHECK(s->unsealed > 0 && s->unsealed_since.has == IS_SET);
	int64_t newest = s->newest + s->unsealed;
	CHECK_OK(relay_seal(mem));
	s = HOME_OUT(events_status, home_call(eve.access, "events_status", NULL));
	CHECK_INT(s->newest, newest);
	CHECK_INT(s->oldest, 1);
	CHECK_INT(s->unsealed, 0);
	CHECK(s->unsealed_since.has != IS_SET);
	home_close();
}

static struct call *replay(const char *sink, int64_t number)
{
	return home_call(
		eve.access, "events_replay", home_text("{\"sink\":\"%s\",\"from\":%lld}", sink, (long long)number));
}

TEST(events, a_receiver_is_sent_back_to_a_number_that_is_kept)
{
	open_with_admin();
	home_person("ann");
	CHECK_OK(relay_seal(mem));
	int64_t newest = rig_number("SELECT MAX(seq) FROM outbox");
	rig_change("DELETE FROM outbox WHERE seq = 1");
	rig_change("INSERT INTO sink (name, position, moved_at, reason) SELECT 'broker', MAX(seq), 5, '' FROM outbox");
	struct sink_info *s = HOME_OUT(sink_info, replay("broker", 2));
	CHECK_INT(s->position, 1);
	CHECK_INT(s->behind, newest - 1);
	CHECK_INT(rig_number("SELECT position FROM sink"), 1);
	CHECK_ERR(replay("broker", 1)->result, ERR_INVALID); /* not kept any more */
	CHECK_ERR(replay("broker", newest + 1000)->result, ERR_INVALID); /* of the future */
	CHECK_ERR(replay("nobody", 2)->result, ERR_NOT_FOUND);
	CHECK_INT(rig_number("SELECT position FROM sink"), 1);
	struct events_status *now = HOME_OUT(events_status, home_call(eve.access, "events_status", NULL));
	CHECK_INT((int64_t)now->sinks.n, 1);
	CHECK_INT(((struct sink_info *)now->sinks.items)->behind, now->newest - 1);
	CHECK_INT(rig_number("SELECT COUNT(*) FROM audit WHERE operation = 'events_replay' AND subject_id = 'broker'"
			     " AND outcome = 'ok'"),
		1);
	home_close();
}

TEST(events, are_read_by_those_alone_who_may)
{
	open_with_admin();
	struct person ann = home_person("ann");
	CHECK_ERR(home_call(ann.access, "events_tail", NULL)->result, ERR_DENIED);
	CHECK_ERR(home_call(NULL, "events_tail", NULL)->result, ERR_UNAUTHENTICATED);
	CHECK_ERR(home_call(ann.access, "events_status", NULL)->result, ERR_DENIED);
	CHECK_ERR(home_call(ann.access, "events_replay", "{\"sink\":\"x\",\"from\":1}")->result, ERR_DENIED);
	home_close();
}
