#include "main/config_text.h"
#include "base/buf.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

enum { LARGEST = 1 << 20 };

static const char *reason(int error)
{
	switch (error) {
	case ENOENT:
	case ENOTDIR:
		return "does not exist";
	case EACCES:
	case EPERM:
		return "may not be read by this user";
	case EISDIR:
		return "is a folder";
	default:
		return "cannot be read";
	}
}

static bool read_all(int fd, struct buf *b, const char **why)
{
	for (;;) {
		buf_grow(b, 4096);
		ssize_t n = read(fd, b->p + b->n, 4096);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			*why = reason(errno);
		if (n <= 0)
			return n == 0;
		b->n += (size_t)n;
		if (b->n > LARGEST) {
			*why = "is larger than 1 MiB";
			return false;
		}
	}
}

char *config_text(struct arena *a, const char *path, size_t *n, const char **why)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
	if (fd < 0) {
		*why = reason(errno);
		return NULL;
	}
	struct buf b = { .mem = a };
	bool ok = read_all(fd, &b, why);
	close(fd);
	if (!ok)
		return NULL;
	buf_cstr(&b);
	*n = b.n;
	return b.p;
}
