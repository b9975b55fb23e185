#include "http/upload.h"
#include "base/str.h"
#include "http/multipart.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

enum { FILES_MAX = 16 };

struct upload {
	struct arena *mem;
	const char *dir;
	struct multipart *parts; /* NULL: the body is one file */
	struct http_file files[FILES_MAX];
	size_t n;
};

static void close_all(void *arg)
{
	struct upload *u = arg;
	for (size_t i = 0; i < u->n; i++)
		close(u->files[i].fd);
}

/* The file never has a name: when the server is killed, nothing is left behind. */
int spool_open(const char *dir)
{
	int fd = open(dir, O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
	if (fd >= 0 || (errno != EOPNOTSUPP && errno != EISDIR && errno != ENOENT))
		return fd;
	char path[512];
	snprintf(path, sizeof path, "%s/upload.XXXXXX", dir);
	fd = mkostemp(path, O_CLOEXEC);
	if (fd >= 0)
		unlink(path);
	return fd;
}

static err_t file_begin(void *arg, const struct multipart_file *file)
{
	struct upload *u = arg;
	if (u->n == FILES_MAX)
		return ERR_TOO_LARGE;
	int fd = spool_open(u->dir);
	if (fd < 0)
		return ERR_UNAVAILABLE;
	u->files[u->n++] = (struct http_file){ arena_strdup(u->mem, file->field), arena_strdup(u->mem, file->filename),
		arena_strdup(u->mem, file->content_type), fd, 0 };
	return ERR_OK;
}

static err_t file_data(void *arg, const char *p, size_t n)
{
	struct upload *u = arg;
	struct http_file *f = &u->files[u->n - 1];
	while (n) {
		ssize_t k = write(f->fd, p, n);
		if (k < 0 && errno == EINTR)
			continue;
		if (k <= 0)
			return ERR_UNAVAILABLE; /* a full disk */
		p += k;
		n -= (size_t)k;
		f->size += k;
	}
	return ERR_OK;
}

static err_t file_end(void *arg)
{
	struct upload *u = arg;
	return lseek(u->files[u->n - 1].fd, 0, SEEK_SET) == 0 ? ERR_OK : ERR_UNAVAILABLE;
}

err_t upload_new(struct http_req *r, const char *spool_dir, struct upload **out)
{
	const char *type = http_header(r, "content-type"), *boundary;
	bool form = type && strncasecmp(type, "multipart/form-data", 19) == 0;
	if (form)
		TRY(multipart_boundary(r->mem, type, &boundary));
	struct upload *u = arena_new_of(r->mem, struct upload);
	u->mem = r->mem;
	u->dir = spool_dir ? spool_dir : "/tmp";
	arena_defer(r->mem, close_all, u);
	*out = u;
	if (!form)
		return file_begin(u, &(struct multipart_file){ "file", "", type ? type : "application/octet-stream" });
	u->parts = multipart_new(r->mem, boundary, &(struct multipart_limits){ 0 },
		&(struct multipart_sink){ file_begin, file_data, file_end, u });
	return ERR_OK;
}

err_t upload_feed(struct upload *u, const char *p, size_t n)
{
	return u->parts ? multipart_feed(u->parts, p, n) : file_data(u, p, n);
}

err_t upload_finish(struct upload *u, struct http_req *r)
{
	r->files = u->files;
	r->files_n = u->n;
	if (!u->parts)
		return file_end(u);
	struct form *form = arena_new_of(u->mem, struct form);
	TRY(multipart_finish(u->parts, form));
	r->form = form;
	return ERR_OK;
}
