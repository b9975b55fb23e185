/* Clients of Socket.IO in one thread, for the rows broadcast, connect and idle_sockets; prints a line of JSON.
 *
 *	sockets broadcast --port P --tokens FILE --connections 500 --burst 1 --seconds S [--pid PID]
 *	sockets connect --port P --tokens FILE --connections 32 --seconds S [--pid PID]
 *	sockets idle --port P --tokens FILE --connections 10000
 *
 * broadcast: all join a room, and one of them says in it that he types, --burst times in one piece; when all others have been
 * told, again. connect: each opens, shows its token, is let in, closes, and begins anew. idle: they stay until standard input
 * ends. --pid: the server, whose processor time is taken from /proc. Anything that is not as it should be ends with status 1. */
#include "talk.h"
#include "users.h"

#include <getopt.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <time.h>
#include <unistd.h>

enum { EVENTS = 512, OPENING_AT_ONCE = 64, QUIET_MS = 500, LOST_MS = 15000 };

static uint16_t port;
static unsigned connections = 64, burst = 1, pid;
static double seconds = 4;
static struct lines tokens;
static struct talk *talks;
static int epoll;

static unsigned opened; /* how many were begun */
static uint64_t joined, told;
static size_t told_bytes; /* of one message */

static double now(void)
{
	struct timespec t;
	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

/* Seconds, user and system, of the server; 0 when it is not known. */
static double processor_time(void)
{
	char path[64], text[1024];
	unsigned long user, system;
	snprintf(path, sizeof path, "/proc/%u/stat", pid);
	FILE *f = pid ? fopen(path, "r") : NULL;
	if (!f)
		return 0;
	const size_t n = fread(text, 1, sizeof text - 1, f);
	fclose(f);
	text[n] = 0;
	const char *at = strrchr(text, ')');
	if (!at || sscanf(at + 1, " %*c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %lu %lu", &user, &system) != 2)
		return 0;
	return (double)(user + system) / (double)sysconf(_SC_CLK_TCK);
}

/* False when nothing came in that time. */
static bool turn(const struct talk_handler *h, int most_ms)
{
	struct epoll_event got[EVENTS];
	const int n = epoll_wait(epoll, got, EVENTS, most_ms);
	for (int i = 0; i < n; i++)
		talk_read(got[i].data.ptr, h);
	return n > 0;
}

static void must_turn(const struct talk_handler *h)
{
	if (!turn(h, LOST_MS))
		talk_stop("the server says nothing for 15 seconds.", "", 0);
}

static void open_next(unsigned i)
{
	talks[i].index = opened;
	talks[i].token = tokens.line[opened % tokens.n];
	opened++;
	talk_open(&talks[i], epoll, port);
}

static void print(uint64_t count, double took, double spent)
{
	printf("{\"rate\":%.1f,\"count\":%" PRIu64 ",\"us\":%.3f,\"bytes\":%zu}\n", (double)count / took, count,
		count ? spent / (double)count * 1e6 : 0, told_bytes);
	fflush(stdout);
}

/* --- all of them, let in ------------------------------------------------------------------------------------------- */

static void on_joined(struct talk *t)
{
	(void)t;
	joined++;
}

static void open_all(const struct talk_handler *h)
{
	while (joined < connections) {
		while (opened < connections && opened - joined < OPENING_AT_ONCE)
			open_next(opened);
		must_turn(h);
	}
}

/* --- broadcast ----------------------------------------------------------------------------------------------------- */

static const char SAYS[] = "42[\"user:typing:start\",{\"chatId\":\"bench\"}]",
		  JOINS[] = "42[\"room:join\",{\"roomId\":\"bench\"}]", TELLS[] = "42[\"user:typing\",{";

static void on_told(struct talk *t, const char *text, size_t n)
{
	if (n < sizeof TELLS - 1 || memcmp(text, TELLS, sizeof TELLS - 1) != 0)
		return; /* who came into the room */
	t->told++;
	told++;
	told_bytes = n;
}

static const struct talk_handler listens = { .joined = on_joined, .told = on_told };

static void join_room(void)
{
	struct buf b = { 0 };
	talk_frame(&b, JOINS, sizeof JOINS - 1);
	for (unsigned i = 0; i < connections; i++) {
		talk_send(&talks[i], b.p, b.n);
		while (turn(&listens, 0))
			;
	}
	buf_free(&b);
	while (turn(&listens, QUIET_MS))
		; /* until all is told of who came */
}

/* One says it, and all others have heard. */
static void say_to_all(const struct buf *piece)
{
	const uint64_t wanted = told + (uint64_t)burst * (connections - 1);
	talk_send(&talks[0], piece->p, piece->n);
	while (told < wanted)
		must_turn(&listens);
}

static uint64_t say_for(const struct buf *piece, double most)
{
	const double until = now() + most;
	const uint64_t before = told;
	do
		say_to_all(piece);
	while (now() < until);
	return told - before;
}

static void check_all(void)
{
	for (unsigned i = 1; i < connections; i++)
		if (talks[i].told != told / (connections - 1))
			talk_stop("not everybody was told the same number of times.", "", 0);
	if (talks[0].told)
		talk_stop("who spoke was told too.", "", 0);
}

static void broadcast(void)
{
	struct buf piece = { 0 };
	for (unsigned i = 0; i < burst; i++)
		talk_frame(&piece, SAYS, sizeof SAYS - 1);
	open_all(&listens);
	join_room();
	(void)say_for(&piece, 0.3);
	const double began = now(), spent = processor_time();
	const uint64_t count = say_for(&piece, seconds);
	print(count, now() - began, processor_time() - spent);
	check_all();
	buf_free(&piece);
}

/* --- connect ------------------------------------------------------------------------------------------------------- */

static uint64_t completed;
static double connect_until;

static void close_again(struct talk *t)
{
	talk_close(t);
}

static void on_ended(struct talk *t)
{
	completed++;
	if (now() < connect_until)
		open_next((unsigned)(t - talks));
}

static void connect_all(void)
{
	static const struct talk_handler comes_and_goes = { .joined = close_again, .ended = on_ended };
	const double began = now(), spent = processor_time();
	connect_until = began + seconds;
	for (unsigned i = 0; i < connections; i++)
		open_next(i);
	while (completed < opened)
		must_turn(&comes_and_goes);
	print(completed, now() - began, processor_time() - spent);
}

/* --- idle ---------------------------------------------------------------------------------------------------------- */

static bool input_ended(void)
{
	char c;
	return read(STDIN_FILENO, &c, 1) <= 0;
}

static void idle(void)
{
	static const struct talk_handler waits = { .joined = on_joined };
	open_all(&waits);
	printf("{\"good\":%" PRIu64 "}\n", joined);
	fflush(stdout);
	struct epoll_event ev = { .events = EPOLLIN }, got[EVENTS];
	if (epoll_ctl(epoll, EPOLL_CTL_ADD, STDIN_FILENO, &ev))
		talk_stop("standard input must be a pipe.", "", 0);
	for (;;) {
		const int n = epoll_wait(epoll, got, EVENTS, -1);
		for (int i = 0; i < n; i++)
			if (got[i].data.ptr)
				talk_read(got[i].data.ptr, &waits);
			else if (input_ended())
				return;
	}
}

/* ------------------------------------------------------------------------------------------------------------------- */

static const struct option options[] = { { "port", 1, NULL, 'p' }, { "tokens", 1, NULL, 't' },
	{ "connections", 1, NULL, 'c' }, { "burst", 1, NULL, 'b' }, { "seconds", 1, NULL, 's' },
	{ "pid", 1, NULL, 'i' }, { 0 } };

_Noreturn static void usage(void)
{
	fputs("usage: sockets broadcast|connect|idle --port P --tokens FILE [--connections N] [--burst N] [--seconds S] "
	      "[--pid PID]\n",
		stderr);
	exit(2);
}

static bool read_option(int c)
{
	switch (c) {
	case 'p':
		port = (uint16_t)strtoul(optarg, NULL, 10);
		return true;
	case 't':
		return lines_load(&tokens, optarg);
	case 'c':
		connections = (unsigned)strtoul(optarg, NULL, 10);
		return true;
	case 'b':
		burst = (unsigned)strtoul(optarg, NULL, 10);
		return true;
	case 's':
		seconds = strtod(optarg, NULL);
		return true;
	case 'i':
		pid = (unsigned)strtoul(optarg, NULL, 10);
		return true;
	default:
		return false;
	}
}

int main(int argc, char **argv)
{
	for (int c; (c = getopt_long(argc, argv, "", options, NULL)) != -1;)
		if (!read_option(c))
			usage();
	if (optind + 1 != argc || !port || !tokens.n || connections < 2 || !burst)
		usage();
	talks = calloc(connections, sizeof *talks);
	epoll = epoll_create1(EPOLL_CLOEXEC);
	if (!talks || epoll < 0)
		abort();
	const char *mode = argv[optind];
	if (strcmp(mode, "broadcast") == 0)
		broadcast();
	else if (strcmp(mode, "connect") == 0)
		connect_all();
	else if (strcmp(mode, "idle") == 0)
		idle();
	else
		usage();
	return 0;
}
