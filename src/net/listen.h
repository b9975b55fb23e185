/* Listening sockets: TCP (one socket a loop, SO_REUSEPORT), unix-domain, and those inherited from systemd. */
#ifndef NET_LISTEN_H
#define NET_LISTEN_H

#include "base/err.h"
#include <stdbool.h>
#include <sys/socket.h>

enum { LISTEN_NAME = 128 };

struct listen_at {
	struct sockaddr_storage address;
	socklen_t address_n;
	bool opened; /* a socket of ours is bound to it already */
	unsigned mode; /* of a unix socket's file; 0666 at first */
	char name[LISTEN_NAME]; /* "127.0.0.1:8080", "[::]:443", "unix:/path" */
};

/* Reads "127.0.0.1:8080", "[::1]:443", ":0" (all addresses), "localhost:80", "unix:/path". ERR_INVALID and a sentence in
 * *why otherwise. No name service is asked: it would block. */
err_t listen_parse(const char *s, struct listen_at *out, const char **why) CHECKED;
/* Opens, binds and listens, without blocking. Port 0 is replaced in `at` by the port found, so that a second call joins
 * it. ERR_CONFLICT when the address is in use, ERR_UNAVAILABLE otherwise, both with *why. */
err_t listen_open(struct listen_at *at, int *out_fd, const char **why) CHECKED;
/* Describes a socket that listens already. */
err_t listen_describe(int fd, struct listen_at *out) CHECKED;
/* How many sockets systemd passed to this process (sd_listen_fds(3)); the first is LISTEN_FIRST. */
enum { LISTEN_FIRST = 3 };
int listen_inherited(void);
/* True when the socket is of the local kind. */
bool listen_is_unix(const struct listen_at *at);

#endif
