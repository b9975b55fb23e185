/* What is remembered of rooms, at its bounds. */
#include "base/test.h"
#include "realtime/sio_part.h"

#include <stdlib.h>

enum { LONG = 3600000 };

static void add(struct recall *r, const char *room, const char *args, char id[static RECALL_ID])
{
	recall_add(r, &(struct sio_to){ .room = room }, &(struct sio_event){ .name = "e", .args = args }, id);
}

static struct recall *opened(size_t bytes)
{
	struct recall *r = calloc(1, sizeof *r);
	recall_open(r, LONG, bytes);
	return r;
}

static void closed(struct recall *r)
{
	recall_close(r);
	free(r);
}

TEST(recall, tells_what_came_behind_an_id)
{
	struct recall *r = opened(1 << 20);
	char first[RECALL_ID], id[RECALL_ID];
	uint64_t at;
	add(r, "a", "1", first);
	for (int i = 2; i <= 1000; i++) /* the ring grows */
		add(r, i % 2 ? "a" : NULL, "2", id);
	CHECK(recall_find(r, first, &at));
	CHECK_INT(at, 1);
	CHECK_TEXT(recall_at(r, 0)->args, "1");
	CHECK_TEXT(recall_at(r, 1)->room, "");
	CHECK_TEXT(recall_at(r, 998)->room, "a");
	CHECK(recall_find(r, id, &at) && !recall_at(r, at)); /* he has heard all */
	closed(r);
}

TEST(recall, advisory_ids_of_others_are_not_known)
{
	struct recall *r = opened(1 << 20), *other = opened(1 << 20);
	char id[RECALL_ID], theirs[RECALL_ID], wrong[4 * RECALL_ID];
	uint64_t at;
	add(r, "a", "1", id);
	add(other, "a", "1", theirs);
	CHECK(recall_find(r, id, &at) && !recall_find(r, theirs, &at));
	static const char *const ends[] = { "1", "-", "x", " ", "18446744073709551616", "99999999999999999999999" };
	for (size_t i = 0; i < sizeof ends / sizeof *ends; i++) {
		snprintf(wrong, sizeof wrong, "%s%s", id, ends[i]);
		CHECK(!recall_find(r, wrong, &at));
	}
	snprintf(wrong, sizeof wrong, "%s-18446744073709551615", r->epoch);
	CHECK(!recall_find(r, wrong, &at) && !recall_find(r, "", &at) && !recall_find(r, r->epoch, &at));
	closed(r);
	closed(other);
}

TEST(recall, holds_no_more_bytes_than_it_may)
{
	enum { MOST = 20000 };
	struct recall *r = opened(MOST);
	char first[RECALL_ID], id[RECALL_ID], large[MOST + 1];
	uint64_t at;
	add(r, "a", "1", first);
	for (int i = 0; i < 10000; i++) {
		add(r, "a", "1", id);
		CHECK(r->bytes <= MOST);
	}
	CHECK(!recall_find(r, first, &at)); /* what came behind it is not all there */
	memset(large, 'x', MOST);
	large[MOST] = 0;
	add(r, "a", large, id);
	CHECK_TEXT(id, "");
	CHECK(r->size <= 1024);
	closed(r);
}

TEST(recall, forgets_in_time_and_remembers_nothing_when_off)
{
	struct recall *r = opened(1 << 20);
	char first[RECALL_ID], id[RECALL_ID];
	uint64_t at;
	add(r, "a", "1", first);
	add(r, "a", "2", id);
	r->ring[0].at -= 2 * LONG;
	r->ring[1].at -= 2 * LONG;
	add(r, "a", "3", id);
	CHECK(!recall_find(r, first, &at));
	r->keep_ms = 0;
	add(r, "a", "4", id);
	CHECK_TEXT(id, "");
	closed(r);
}

static void lose(struct recall *r, const char *pid, const char *owner)
{
	struct sio_socket k = { 0 };
	snprintf(k.pid, sizeof k.pid, "%s", pid);
	k.owner = (char *)(uintptr_t)owner;
	recall_lose(r, &k);
}

TEST(recall, advisory_who_was_lost_is_found_by_his_owner_alone)
{
	struct recall *r = opened(1 << 20);
	char pid[ID_TOKEN];
	for (int i = 0; i < 5000; i++) {
		snprintf(pid, sizeof pid, "pid%d", i);
		lose(r, pid, "ann");
	}
	CHECK(!recall_lost(r, "pid7", "eve") && !recall_lost(r, "pid", "ann"));
	struct lost *l = recall_lost(r, "pid7", "ann");
	CHECK(l && !*l->rooms);
	lost_free(l);
	CHECK(!recall_lost(r, "pid7", "ann")); /* once */
	for (int i = 0; i < 100000; i++)
		lose(r, "same", "ann");
	size_t n = 0;
	for (size_t i = 0; i < LOST_BUCKETS; i++)
		for (const struct lost *x = r->lost[i]; x; x = x->next)
			n++;
	CHECK(n <= 5000 + 33);
	closed(r);
}

/* Long names of rooms are what it costs most with. */
TEST(recall, advisory_a_crowd_that_is_lost_takes_no_more_memory_than_it_may)
{
	enum { MOST = 400000, ROOM = 150 };
	struct recall *r = opened(MOST);
	struct room *room = calloc(1, sizeof *room + ROOM + 1);
	struct membership in = { .room = room };
	struct sio_socket k = { .owner = (char *)(uintptr_t) "ann", .rooms = &in };
	memset(room->name, 'x', ROOM);
	for (int i = 0; i < 3000; i++) {
		snprintf(k.pid, sizeof k.pid, "pid%d", i);
		recall_lose(r, &k);
		CHECK(r->lost_bytes <= MOST / 4);
	}
	CHECK(!recall_lost(r, "pid2999", "ann")); /* for him there was no place */
	struct lost *l = recall_lost(r, "pid0", "ann");
	CHECK(l && strlen(l->rooms) == ROOM);
	lost_free(l);
	for (size_t i = 0; i < LOST_BUCKETS; i++)
		for (l = r->lost[i]; l; l = l->next)
			l->at -= 2 * LONG;
	r->swept_at = 0; /* now there is */
	recall_lose(r, &k); /* in the place of him who came back */
	snprintf(k.pid, sizeof k.pid, "another");
	recall_lose(r, &k);
	lost_free(recall_lost(r, "pid2999", "ann"));
	lost_free(recall_lost(r, "another", "ann"));
	CHECK(!r->lost_bytes);
	free(room);
	closed(r);
}
