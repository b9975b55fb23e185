/* How long a server takes from exec to its first answer 200.
 *
 *	start PORT PATH TIMES PROGRAM ARGUMENT...
 *
 * The program must listen on 127.0.0.1:PORT. It is started, asked for PATH until it answers 200, and ended with SIGTERM,
 * TIMES times; the times go to standard output as a line of JSON. */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { MOST_TIMES = 1000 };
static const double give_up = 10; /* seconds */

static double now(void)
{
	struct timespec t;
	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static pid_t launch(char **argv)
{
	pid_t pid = fork();
	if (pid)
		return pid;
	int null = open("/dev/null", O_RDWR);
	dup2(null, 0);
	dup2(null, 1);
	execv(argv[0], argv);
	_exit(127);
}

/* True when the server answers 200. */
static int ask(uint16_t port, const char *path)
{
	struct sockaddr_in to = { .sin_family = AF_INET, .sin_port = htons(port) };
	to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	char text[512];
	int ok = 0,
	    n = snprintf(text, sizeof text, "GET %s HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n", path);
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd >= 0 && connect(fd, (struct sockaddr *)&to, sizeof to) == 0 && write(fd, text, (size_t)n) == n)
		ok = read(fd, text, sizeof text) > 12 && memcmp(text + 9, "200", 3) == 0;
	if (fd >= 0)
		close(fd);
	return ok;
}

/* Seconds to the first 200; negative when it never came. */
static double measure(uint16_t port, const char *path, char **argv)
{
	double began = now(), took = -1;
	pid_t pid = launch(argv);
	if (pid < 0)
		return -1;
	const struct timespec pause = { .tv_nsec = 200000 };
	while (took < 0 && now() - began < give_up && waitpid(pid, NULL, WNOHANG) == 0) {
		if (ask(port, path))
			took = now() - began;
		else
			nanosleep(&pause, NULL);
	}
	kill(pid, SIGTERM);
	while (waitpid(pid, NULL, 0) < 0 && errno == EINTR)
		;
	return took;
}

static int by_value(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;
	return (x > y) - (x < y);
}

int main(int argc, char **argv)
{
	int times = argc > 3 ? (int)strtol(argv[3], NULL, 10) : 0;
	if (argc < 5 || times < 1 || times > MOST_TIMES) {
		fputs("usage: start PORT PATH TIMES PROGRAM ARGUMENT...\n", stderr);
		return 2;
	}
	static double took[MOST_TIMES];
	for (int i = 0; i < times; i++) {
		took[i] = measure((uint16_t)strtoul(argv[1], NULL, 10), argv[2], argv + 4);
		if (took[i] < 0) {
			fputs("start: the program did not answer 200\n", stderr);
			return 1;
		}
	}
	qsort(took, (size_t)times, sizeof *took, by_value);
	printf("{\"program\":\"start\",\"times\":%d,\"median_ms\":%.2f,\"least_ms\":%.2f,\"most_ms\":%.2f}\n", times,
		took[times / 2] * 1e3, took[0] * 1e3, took[times - 1] * 1e3);
	return 0;
}
