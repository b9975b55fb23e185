/* The floor under any HTTP server on this host: an epoll loop a thread, each with its own SO_REUSEPORT socket, that answers
 * a fixed text for every empty line it sees. It parses nothing, checks nothing and reads no body.
 *
 *	epoll PORT BODY_BYTES [HEAD_BYTES] [THREADS]
 *
 * Port 0 lets the system choose. It prints "listening on http://127.0.0.1:PORT" and runs until it is ended. */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <pthread.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

enum { MOST_THREADS = 64, EVENTS = 128, READ_SIZE = 16 * 1024, MOST_FDS = 20000, PIPELINED = 16 };

static char *answers; /* PIPELINED copies of the answer, one behind another */
static size_t answer_size;
/* How much of "\r\n\r\n" the connection's last read ended with. */
static unsigned char matched[MOST_FDS];

_Noreturn static void stop(const char *what)
{
	perror(what);
	exit(1);
}

static void make_answer(size_t head, size_t body)
{
	char line[128];
	int n = snprintf(line, sizeof line,
		"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %zu\r\n", body);
	/* The head is filled with a header of the length that is missing. */
	size_t least = (size_t)n + sizeof "X-Fill: \r\n\r\n" - 1, fill = head > least ? head - least : 0;
	answer_size = least + fill + body;
	answers = malloc(answer_size * PIPELINED);
	if (!answers)
		stop("malloc");
	char *at = answers;
	at = mempcpy(at, line, (size_t)n);
	at = mempcpy(at, "X-Fill: ", 8);
	at = (char *)memset(at, 'x', fill) + fill;
	at = mempcpy(at, "\r\n\r\n", 4);
	memset(at, ' ', body);
	for (int i = 1; i < PIPELINED; i++)
		memcpy(answers + (size_t)i * answer_size, answers, answer_size);
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

static unsigned count_heads(const char *p, size_t n, unsigned char *state)
{
	unsigned heads = 0;
	const char *end = p + n;
	while (p < end) {
		if (*state == 0) {
			p = memchr(p, '\r', (size_t)(end - p));
			if (!p)
				break;
		}
		char wanted = *state % 2 ? '\n' : '\r';
		*state = (unsigned char)(*p == wanted ? *state + 1 : *p == '\r');
		p++;
		if (*state == 4) {
			heads++;
			*state = 0;
		}
	}
	return heads;
}

static void on_readable(int fd)
{
	char in[READ_SIZE];
	ssize_t n = recv(fd, in, sizeof in, 0);
	if (n < 0 && errno == EAGAIN)
		return;
	if (n <= 0) {
		close(fd);
		return;
	}
	for (unsigned heads = count_heads(in, (size_t)n, &matched[fd]); heads;) {
		unsigned now = heads < PIPELINED ? heads : PIPELINED;
		/* A client that does not read is of no interest here: what the socket does not take is dropped with it. */
		if (send(fd, answers, now * answer_size, MSG_NOSIGNAL) != (ssize_t)(now * answer_size)) {
			close(fd);
			return;
		}
		heads -= now;
	}
}

static void on_connection(int epoll, int listener)
{
	int fd = accept4(listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
	if (fd < 0)
		return;
	if (fd >= MOST_FDS) {
		close(fd);
		return;
	}
	int on = 1;
	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
	matched[fd] = 0;
	struct epoll_event ev = { .events = EPOLLIN, .data.fd = fd };
	epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &ev);
}

static void *serve(void *arg)
{
	int listener = (int)(intptr_t)arg, epoll = epoll_create1(EPOLL_CLOEXEC);
	struct epoll_event ev = { .events = EPOLLIN, .data.fd = listener }, got[EVENTS];
	if (epoll < 0 || epoll_ctl(epoll, EPOLL_CTL_ADD, listener, &ev))
		stop("epoll");
	for (;;) {
		int n = epoll_wait(epoll, got, EVENTS, -1);
		for (int i = 0; i < n; i++) {
			if (got[i].data.fd == listener)
				on_connection(epoll, listener);
			else
				on_readable(got[i].data.fd);
		}
	}
}

static size_t argument(int argc, char **argv, int i, size_t otherwise)
{
	return argc > i ? strtoul(argv[i], NULL, 10) : otherwise;
}

int main(int argc, char **argv)
{
	if (argc < 3) {
		fputs("usage: epoll PORT BODY_BYTES [HEAD_BYTES] [THREADS]\n", stderr);
		return 2;
	}
	uint16_t port = (uint16_t)argument(argc, argv, 1, 0);
	size_t threads = argument(argc, argv, 4, (size_t)sysconf(_SC_NPROCESSORS_ONLN));
	make_answer(argument(argc, argv, 3, 0), argument(argc, argv, 2, 0));
	signal(SIGPIPE, SIG_IGN);

	int first = listen_on(port);
	struct sockaddr_in at;
	socklen_t size = sizeof at;
	if (getsockname(first, (struct sockaddr *)&at, &size))
		stop("getsockname");
	port = ntohs(at.sin_port);
	for (size_t i = 1; i < threads && i < MOST_THREADS; i++) {
		pthread_t t;
		if (pthread_create(&t, NULL, serve, (void *)(intptr_t)listen_on(port)))
			stop("pthread_create");
	}
	printf("listening on http://127.0.0.1:%d\n", port);
	fflush(stdout);
	serve((void *)(intptr_t)first);
}
