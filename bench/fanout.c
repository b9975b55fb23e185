/* The floor under any broadcast on this host: an epoll loop a thread, each with its own SO_REUSEPORT socket, that lets every
 * WebSocket in, and writes a fixed frame to all but the one who spoke for every event "user:typing:start" it sees. It checks
 * nothing, and keeps no rooms. What came in one piece goes out in one write to each.
 *
 *	fanout PORT MESSAGE_BYTES [THREADS]
 *
 * Port 0 lets the system choose. It prints "listening on http://127.0.0.1:PORT" and runs until it is ended. */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

enum { MOST_THREADS = 64, EVENTS = 512, READ_SIZE = 64 * 1024, MOST_FDS = 20000, AT_ONCE = 64 };

static char *frames; /* AT_ONCE of them, one behind another */
static size_t frame_size;

static struct shard {
	int listener, epoll, wake;
	atomic_uint due; /* messages that its connections are to be told */
	int fds[MOST_FDS];
	unsigned n;
} * shards;
static size_t n_shards;
static atomic_int speaker = -1; /* the descriptor of the one who speaks */

_Noreturn static void stop(const char *what)
{
	perror(what);
	exit(1);
}

static void make_frames(size_t n)
{
	static const char begins[] = "42[\"user:typing\",{\"x\":\"", ends[] = "\"}]";
	const size_t least = sizeof begins + sizeof ends - 2, text = n > least ? n : least;
	const size_t head = text < 126 ? 2 : 4;
	frame_size = head + text;
	frames = malloc(frame_size * AT_ONCE);
	if (!frames || text > 65535)
		stop("malloc");
	frames[0] = (char)0x81;
	frames[1] = (char)(head == 2 ? text : 126);
	if (head == 4) {
		frames[2] = (char)(text >> 8);
		frames[3] = (char)text;
	}
	char *at = mempcpy(frames + head, begins, sizeof begins - 1);
	at = (char *)memset(at, 'x', text - least) + (text - least);
	memcpy(at, ends, sizeof ends - 1);
	for (size_t i = 1; i < AT_ONCE; i++)
		memcpy(frames + i * frame_size, frames, frame_size);
}

static int listen_on(uint16_t port)
{
	int on = 1, fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	struct sockaddr_in at = { .sin_family = AF_INET, .sin_port = htons(port) };
	at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
	setsockopt(fd, SOL_SOCKET, SO_REUSEPORT, &on, sizeof on);
	if (fd < 0 || bind(fd, (struct sockaddr *)&at, sizeof at) || listen(fd, 4096))
		stop("listen");
	return fd;
}

/* A client that does not read is of no interest here. */
static void put(int fd, const char *p, size_t n)
{
	if (send(fd, p, n, MSG_NOSIGNAL) != (ssize_t)n)
		stop("send");
}

static void tell_all(struct shard *s)
{
	const int not_to = atomic_load(&speaker);
	for (unsigned due = atomic_exchange(&s->due, 0); due;) {
		const unsigned some = due < AT_ONCE ? due : AT_ONCE;
		for (unsigned i = 0; i < s->n; i++)
			if (s->fds[i] != not_to)
				put(s->fds[i], frames, some * frame_size);
		due -= some;
	}
}

static void broadcast(struct shard *own, int fd, unsigned times)
{
	const uint64_t one = 1;
	atomic_store(&speaker, fd);
	for (size_t i = 0; i < n_shards; i++) {
		atomic_fetch_add(&shards[i].due, times);
		if (&shards[i] != own && write(shards[i].wake, &one, sizeof one) != sizeof one)
			stop("eventfd");
	}
	tell_all(own);
}

static void gone(struct shard *s, int fd)
{
	close(fd);
	for (unsigned i = 0; i < s->n; i++)
		if (s->fds[i] == fd)
			s->fds[i] = s->fds[--s->n];
}

/* A masked frame of less than 64 KB; false when it is not all there. The client masks with zeros. */
static bool next_frame(const char **p, const char *end, const char **text, size_t *n)
{
	const unsigned char *at = (const unsigned char *)*p;
	if (end - *p < 6)
		return false;
	const bool longer = (at[1] & 0x7f) == 126;
	const size_t head = longer ? 8 : 6;
	*n = longer ? (size_t)at[2] << 8 | at[3] : at[1] & 0x7fu;
	if ((size_t)(end - *p) < head + *n)
		return false;
	*text = *p + head;
	*p += head + *n;
	return true;
}

static void on_readable(struct shard *s, int fd)
{
	static const char opened[] =
		"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n"
		"\x81\x0c"
		"0{\"sid\":\"x\"}",
			  joined[] = "\x81\x0d"
				     "40{\"sid\":\"x\"}",
			  says[] = "42[\"user:typing:start\"";
	char in[READ_SIZE];
	const char *p = in, *text;
	size_t n;
	unsigned times = 0;
	const ssize_t got = recv(fd, in, sizeof in, 0);
	if (got < 0 && errno == EAGAIN)
		return;
	if (got <= 0) {
		gone(s, fd);
		return;
	}
	if (*p == 'G') {
		put(fd, opened, sizeof opened - 1);
		return;
	}
	while (next_frame(&p, in + got, &text, &n))
		if (n > 2 && memcmp(text, "40", 2) == 0)
			put(fd, joined, sizeof joined - 1);
		else
			times += n >= sizeof says - 1 && memcmp(text, says, sizeof says - 1) == 0;
	if (times)
		broadcast(s, fd, times);
}

static void watch(struct shard *s, int fd)
{
	struct epoll_event ev = { .events = EPOLLIN, .data.fd = fd };
	if (epoll_ctl(s->epoll, EPOLL_CTL_ADD, fd, &ev))
		stop("epoll_ctl");
}

static void on_connection(struct shard *s)
{
	int on = 1, fd = accept4(s->listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
	if (fd < 0 || s->n == MOST_FDS)
		return;
	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
	s->fds[s->n++] = fd;
	watch(s, fd);
}

static void woken(struct shard *s)
{
	uint64_t times;
	if (read(s->wake, &times, sizeof times) == sizeof times)
		tell_all(s);
}

static void *serve(void *arg)
{
	struct shard *s = arg;
	struct epoll_event got[EVENTS];
	for (;;) {
		const int n = epoll_wait(s->epoll, got, EVENTS, -1);
		for (int i = 0; i < n; i++)
			if (got[i].data.fd == s->listener)
				on_connection(s);
			else if (got[i].data.fd == s->wake)
				woken(s);
			else
				on_readable(s, got[i].data.fd);
	}
	return NULL;
}

static uint16_t port_of(int fd)
{
	struct sockaddr_in at;
	socklen_t size = sizeof at;
	if (getsockname(fd, (struct sockaddr *)&at, &size))
		stop("getsockname");
	return ntohs(at.sin_port);
}

static void make_shard(struct shard *s, uint16_t port)
{
	s->listener = listen_on(port);
	s->epoll = epoll_create1(EPOLL_CLOEXEC);
	s->wake = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (s->epoll < 0 || s->wake < 0)
		stop("epoll");
	watch(s, s->listener);
	watch(s, s->wake);
}

int main(int argc, char **argv)
{
	if (argc < 3) {
		fputs("usage: fanout PORT MESSAGE_BYTES [THREADS]\n", stderr);
		return 2;
	}
	uint16_t port = (uint16_t)strtoul(argv[1], NULL, 10);
	n_shards = argc > 3 ? strtoul(argv[3], NULL, 10) : (size_t)sysconf(_SC_NPROCESSORS_ONLN);
	n_shards = n_shards < 1 ? 1 : n_shards > MOST_THREADS ? MOST_THREADS : n_shards;
	make_frames(strtoul(argv[2], NULL, 10));
	shards = calloc(n_shards, sizeof *shards);
	if (!shards)
		stop("calloc");
	for (size_t i = 0; i < n_shards; i++) {
		make_shard(&shards[i], port);
		port = port_of(shards[i].listener);
	}
	for (size_t i = 1; i < n_shards; i++) {
		pthread_t t;
		if (pthread_create(&t, NULL, serve, &shards[i]))
			stop("pthread_create");
	}
	printf("listening on http://127.0.0.1:%d\n", port);
	fflush(stdout);
	serve(&shards[0]);
}
