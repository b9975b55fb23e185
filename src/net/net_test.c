#include "base/test.h"
#include "net/cap.h"
#include "net/deadline.h"
#include "net/listen.h"
#include "net/loop.h"

#include <semaphore.h>
#include <stdatomic.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

TEST(deadline, ends_in_order_and_not_before)
{
	struct deadlines l;
	struct deadline a = { 0 }, b = { 0 };
	deadlines_init(&l, 100);
	deadline_set(&l, &a, 0);
	deadline_set(&l, &b, 50);
	CHECK(!deadline_over(&l, 99));
	CHECK(deadline_over(&l, 120) == &a);
	CHECK(!deadline_over(&l, 120));
	CHECK(deadline_over(&l, 150) == &b);
}

TEST(deadline, set_again_moves_it)
{
	struct deadlines l;
	struct deadline a = { 0 };
	deadlines_init(&l, 100);
	deadline_set(&l, &a, 0);
	deadline_set(&l, &a, 80);
	CHECK(!deadline_over(&l, 150));
	deadline_clear(&a);
	deadline_clear(&a);
	CHECK(!deadline_over(&l, 1000));
}

TEST(deadline, zero_is_for_ever)
{
	struct deadlines l;
	struct deadline a = { 0 };
	deadlines_init(&l, 0);
	deadline_set(&l, &a, 0);
	CHECK(!deadline_over(&l, INT64_MAX));
}

struct numbered {
	struct post post;
	int number;
};
static int seen[1000], seen_n;
static sem_t all_seen;
static struct loop looping;

static void note(struct post *p)
{
	seen[seen_n++] = ((struct numbered *)(void *)p)->number;
	if (seen_n == 1000) {
		loop_end(&looping);
		sem_post(&all_seen);
	}
}

static void no_beat(void *arg)
{
	(void)arg;
}

TEST(loop, posts_of_one_thread_run_in_order)
{
	static struct numbered posts[1000];
	sem_init(&all_seen, 0, 0);
	loop_init(&looping, no_beat, NULL);
	loop_start(&looping, "t");
	for (int i = 0; i < 1000; i++) {
		posts[i] = (struct numbered){ { .run = note }, i };
		loop_post(&looping, &posts[i].post);
	}
	sem_wait(&all_seen);
	loop_join(&looping);
	for (int i = 0; i < 1000; i++)
		CHECK_INT(seen[i], i);
}

TEST(listen, port_zero_is_told_and_shared_by_two_sockets)
{
	struct listen_at at;
	const char *why = NULL;
	int first, second;
	CHECK_OK(listen_parse("127.0.0.1:0", &at, &why));
	CHECK_OK(listen_open(&at, &first, &why));
	CHECK(strncmp(at.name, "127.0.0.1:", 10) == 0 && strcmp(at.name, "127.0.0.1:0") != 0);
	CHECK_OK(listen_open(&at, &second, &why)); /* the port found by the first */
	struct listen_at again;
	int third;
	CHECK_OK(listen_parse(at.name, &again, &why)); /* as another program would */
	CHECK_ERR(listen_open(&again, &third, &why), ERR_CONFLICT);
	close(first);
	close(second);
}

TEST(listen, addresses_are_understood)
{
	struct listen_at at;
	const char *why = NULL;
	CHECK_OK(listen_parse(":8080", &at, &why));
	CHECK_TEXT(at.name, "[::]:8080");
	CHECK_OK(listen_parse("[::1]:443", &at, &why));
	CHECK_TEXT(at.name, "[::1]:443");
	CHECK_OK(listen_parse("localhost:80", &at, &why));
	CHECK_TEXT(at.name, "127.0.0.1:80");
	CHECK_OK(listen_parse("unix:/tmp/a.sock", &at, &why));
	CHECK_TEXT(at.name, "unix:/tmp/a.sock");
}

TEST(listen, bad_addresses_are_refused_with_a_sentence)
{
	static const char *const bad[] = { "", "127.0.0.1", "127.0.0.1:", "127.0.0.1:65536", "127.0.0.1:-1", "[::1:80",
		"unix:", "256.0.0.1:1", "127.0.0.1:80x" };
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
		struct listen_at at;
		const char *why = NULL;
		CHECK_ERR(listen_parse(bad[i], &at, &why), ERR_INVALID);
		CHECK(why && *why);
	}
}

TEST(listen, a_dead_unix_socket_is_replaced_and_a_living_one_is_not)
{
	char path[64];
	snprintf(path, sizeof path, "unix:/tmp/listen_test.%d", (int)getpid());
	struct listen_at at;
	const char *why = NULL;
	int first, second;
	CHECK_OK(listen_parse(path, &at, &why));
	at.mode = 0600;
	CHECK_OK(listen_open(&at, &first, &why));
	struct stat s;
	CHECK(stat(path + 5, &s) == 0 && (s.st_mode & 0777) == 0600);
	CHECK_ERR(listen_open(&at, &second, &why), ERR_CONFLICT);
	close(first);
	CHECK_OK(listen_open(&at, &second, &why));
	close(second);
	unlink(path + 5);
}

TEST(cap, counts_each_client_alone)
{
	struct cap *cap = cap_new(2);
	uint8_t a[CAP_KEY] = { 1 }, b[CAP_KEY] = { 2 };
	CHECK(cap_take(cap, a) && cap_take(cap, a) && !cap_take(cap, a));
	CHECK(cap_take(cap, b));
	cap_give(cap, a);
	CHECK(cap_take(cap, a));
	cap_free(cap);
}

TEST(cap, forgets_who_left)
{
	struct cap *cap = cap_new(1);
	uint8_t key[CAP_KEY] = { 0 };
	for (int round = 0; round < 3; round++) {
		for (unsigned i = 0; i < 5000; i++) {
			memcpy(key, &i, sizeof i);
			CHECK(cap_take(cap, key) && !cap_take(cap, key));
		}
		for (unsigned i = 0; i < 5000; i++) {
			memcpy(key, &i, sizeof i);
			cap_give(cap, key);
		}
		CHECK_INT(cap_clients(cap), 0);
	}
	cap_free(cap);
	CHECK(cap_take(NULL, key)); /* no cap at all */
}
