#include "api/archive.h"
#include "base/log.h"

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>
#include <minizip/zip.h>

enum { LEVEL = 6, FROM_1900 = 1900 };

struct archive {
	int fd;
	off_t at;
	zipFile zip;
	bool inside; /* a file is open */
	zip_fileinfo info;
};

/* --- the file, as the library wants it ---------------------------------------------------------------------------- */

static voidpf on_open(voidpf opaque, const void *name, int mode)
{
	(void)name;
	(void)mode;
	return opaque;
}

static uLong on_read(voidpf opaque, voidpf stream, void *to, uLong n)
{
	struct archive *z = stream;
	(void)opaque;
	ssize_t got = pread(z->fd, to, n, z->at);
	if (got > 0)
		z->at += got;
	return got > 0 ? (uLong)got : 0;
}

static uLong on_write(voidpf opaque, voidpf stream, const void *from, uLong n)
{
	struct archive *z = stream;
	uLong done = 0;
	(void)opaque;
	while (done < n) {
		ssize_t put = pwrite(z->fd, (const char *)from + done, n - done, z->at);
		if (put < 0 && errno == EINTR)
			continue;
		if (put <= 0)
			break;
		done += (uLong)put;
		z->at += put;
	}
	return done;
}

static ZPOS64_T on_tell(voidpf opaque, voidpf stream)
{
	(void)opaque;
	return (ZPOS64_T)((struct archive *)stream)->at;
}

static long on_seek(voidpf opaque, voidpf stream, ZPOS64_T offset, int origin)
{
	struct archive *z = stream;
	(void)opaque;
	off_t from = origin == ZLIB_FILEFUNC_SEEK_SET   ? 0
	             : origin == ZLIB_FILEFUNC_SEEK_CUR ? z->at
	                                                : lseek(z->fd, 0, SEEK_END);
	z->at = from + (off_t)offset;
	return 0;
}

static int on_close(voidpf opaque, voidpf stream)
{
	(void)opaque;
	(void)stream;
	return 0; /* the descriptor goes with the arena */
}

static int on_error(voidpf opaque, voidpf stream)
{
	(void)opaque;
	(void)stream;
	return 0;
}

/* --- writing ------------------------------------------------------------------------------------------------------ */

static void give_up(void *arg)
{
	struct archive *z = arg;
	if (z->zip)
		zipClose(z->zip, NULL);
	close(z->fd);
}

/* Some file systems know no file without a name: there it loses its name at once. */
static int open_nameless(struct arena *a, const char *dir)
{
	int fd = open(dir, O_TMPFILE | O_RDWR | O_CLOEXEC, S_IRUSR | S_IWUSR);
	if (fd >= 0 || (errno != EOPNOTSUPP && errno != EISDIR && errno != ENOENT))
		return fd;
	char *path = arena_printf(a, "%s/.export-XXXXXX", dir);
	fd = mkostemp(path, O_CLOEXEC);
	if (fd >= 0)
		unlink(path);
	return fd;
}

static void date_files(zip_fileinfo *info, int64_t now)
{
	enum { SECOND_MS = 1000 };
	struct tm t;
	time_t seconds = (time_t)(now / SECOND_MS);
	gmtime_r(&seconds, &t);
	info->tmz_date = (tm_zip){ .tm_sec = (unsigned)(t.tm_sec),
		.tm_min = (unsigned)(t.tm_min),
		.tm_hour = (unsigned)(t.tm_hour),
		.tm_mday = (unsigned)(t.tm_mday),
		.tm_mon = (unsigned)(t.tm_mon),
		.tm_year = (unsigned)(t.tm_year + FROM_1900) };
}

err_t archive_begin(struct arena *a, const char *dir, int64_t now, struct archive **out)
{
	struct archive *z = arena_new_of(a, struct archive);
	z->fd = open_nameless(a, dir);
	if (z->fd < 0) {
		log_warn("no file for an archive", LT("folder", dir), LI("errno", errno));
		return ERR_UNAVAILABLE;
	}
	arena_defer(a, give_up, z);
	date_files(&z->info, now);
	zlib_filefunc64_def calls = { .zopen64_file = on_open,
		.zread_file = on_read,
		.zwrite_file = on_write,
		.ztell64_file = on_tell,
		.zseek64_file = on_seek,
		.zclose_file = on_close,
		.zerror_file = on_error,
		.opaque = z };
	z->zip = zipOpen2_64("", APPEND_STATUS_CREATE, NULL, &calls);
	*out = z;
	return z->zip ? ERR_OK : ERR_UNAVAILABLE;
}

static err_t end_file(struct archive *z)
{
	if (!z->inside)
		return ERR_OK;
	z->inside = false;
	return zipCloseFileInZip(z->zip) == ZIP_OK ? ERR_OK : ERR_UNAVAILABLE;
}

err_t archive_file(struct archive *z, const char *name)
{
	TRY(end_file(z));
	z->inside =
		zipOpenNewFileInZip64(z->zip, name, &z->info, NULL, 0, NULL, 0, NULL, Z_DEFLATED, LEVEL, 0) == ZIP_OK;
	return z->inside ? ERR_OK : ERR_UNAVAILABLE;
}

err_t archive_write(struct archive *z, const void *p, size_t n)
{
	enum { PIECE = 1 << 20 }; /* the library counts in 32 bits */
	const char *from = p;
	for (size_t some; n; from += some, n -= some) {
		some = n < PIECE ? n : PIECE;
		if (zipWriteInFileInZip(z->zip, from, (unsigned)some) != ZIP_OK)
			return ERR_UNAVAILABLE;
	}
	return ERR_OK;
}

err_t archive_finish(struct archive *z, int *fd)
{
	TRY(end_file(z));
	int e = zipClose(z->zip, NULL);
	z->zip = NULL;
	*fd = z->fd;
	return e == ZIP_OK ? ERR_OK : ERR_UNAVAILABLE;
}
