#include "features/photo/photo_file.h"
#include "base/buf.h"
#include "base/id.h"
#include "base/str.h"
#include "base/write.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define URL_PREFIX "/uploads/"
#define HEX "0123456789abcdef"

enum { LISTED_MAX = 100000 };

static const char *uploads = "data/uploads";

void photo_file_init(const char *folder)
{
	uploads = folder;
}

/* --- names -------------------------------------------------------------------------------------------------------- */

static const struct image_want *const wants[] = { &image_avatar, &image_cover };
static const char *const endings[] = { ".jpg", ".png" };

/* "-512.jpg": a size that is made, of a format that is made. `largest`: of the largest sizes alone. */
static bool ending_is_good(const char *s, bool largest, const char **type)
{
	for (size_t w = 0; w < 2; w++)
		for (int i = 0; i < (largest ? 1 : IMAGE_SIZES); i++)
			for (size_t e = 0; e < 2; e++) {
				char text[16];
				snprintf(text, sizeof text, "-%u%s", wants[w]->widths[i], endings[e]);
				if (strcmp(s, text) != 0)
					continue;
				*type = e ? "image/png" : "image/jpeg";
				return true;
			}
	return false;
}

/* Only what photo_file_write() makes passes: no dots, no slash, no other name, so no way out of the folder. */
static bool name_is_good(const char *folder, const char *name, bool largest, const char **type)
{
	return strlen(folder) == 2 && strspn(name, HEX) == PHOTO_NAME && strncmp(folder, name, 2) == 0 &&
	       ending_is_good(name + PHOTO_NAME, largest, type);
}

bool photo_file_is_url(const char *url)
{
	const char *type;
	if (!url || !str_starts(url, URL_PREFIX) || strlen(url) < sizeof URL_PREFIX + 2)
		return false;
	const char *folder = url + sizeof URL_PREFIX - 1;
	return folder[2] == '/' && name_is_good((char[]){ folder[0], folder[1], 0 }, folder + 3, true, &type);
}

/* --- reading ------------------------------------------------------------------------------------------------------ */

static int open_uploads(void)
{
	return open(uploads, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
}

/* A link in the place of a folder or a file is not followed: whoever could put one there must not read by it. */
static int open_folder(const char *name)
{
	int all = open_uploads();
	if (all < 0)
		return -1;
	int fd = openat(all, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	close(all);
	return fd;
}

err_t photo_file_open(struct cx *cx, const char *folder, const char *name, int *fd, const char **type)
{
	if (!name_is_good(folder, name, false, type))
		return FAIL(cx, ERR_NOT_FOUND, "no name of a photo");
	int dir = open_folder(folder);
	if (dir < 0)
		return FAIL(cx, ERR_NOT_FOUND, "no such folder");
	*fd = openat(dir, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	close(dir);
	struct stat s;
	if (*fd >= 0 && (fstat(*fd, &s) != 0 || !S_ISREG(s.st_mode))) {
		close(*fd);
		*fd = -1;
	}
	return *fd >= 0 ? ERR_OK : FAIL(cx, ERR_NOT_FOUND, "no such file");
}

/* --- writing ------------------------------------------------------------------------------------------------------ */

/* Whole or not at all: under another name, to the disk, then renamed. */
static bool write_file(int dir, const char *name, const char *temporary, const struct image_file *file)
{
	int fd = openat(dir, temporary, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (fd < 0)
		return false;
	bool good = write_all(fd, file->bytes, file->n) && fsync(fd) == 0;
	close(fd);
	good = good && renameat(dir, temporary, dir, name) == 0;
	if (!good)
		unlinkat(dir, temporary, 0);
	return good;
}

static int make_folder(const char *name)
{
	int all = open_uploads();
	if (all < 0)
		return -1;
	if (mkdirat(all, name, 0700) == 0)
		(void)fsync(all);
	int fd = openat(all, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	close(all);
	return fd;
}

static const char *file_name(struct cx *cx, const char *id, uint32_t width, enum image_format format)
{
	return arena_printf(cx->mem, "%s-%u%s", id, width, endings[format == IMAGE_PNG]);
}

err_t photo_file_write(struct cx *cx, const struct image_want *want, const struct image_file files[static IMAGE_SIZES],
	const char **url)
{
	uint8_t random[PHOTO_NAME / 2];
	id_random(random, sizeof random);
	const char *id = hex_encode(cx->mem, random, sizeof random), *folder = arena_memdup0(cx->mem, id, 2);
	*url = arena_printf(cx->mem, URL_PREFIX "%s/%s", folder, file_name(cx, id, want->widths[0], files[0].format));
	int dir = make_folder(folder);
	bool good = dir >= 0;
	for (int i = 0; good && i < IMAGE_SIZES; i++) {
		const char *name = file_name(cx, id, want->widths[i], files[i].format);
		good = write_file(dir, name, arena_printf(cx->mem, "%s.new", name), &files[i]);
	}
	good = good && fsync(dir) == 0;
	int why = errno;
	if (dir >= 0)
		close(dir);
	if (good)
		return ERR_OK;
	photo_file_remove(cx, *url);
	char text[128];
	return FAIL(cx, ERR_UNAVAILABLE, "%s: %s", uploads, strerror_r(why, text, sizeof text));
}

/* --- removing ----------------------------------------------------------------------------------------------------- */

void photo_file_remove(struct cx *cx, const char *url)
{
	if (!photo_file_is_url(url))
		return;
	const char *folder = arena_memdup0(cx->mem, url + sizeof URL_PREFIX - 1, 2);
	const char *name = url + sizeof URL_PREFIX + 2;
	int dir = open_folder(folder);
	if (dir < 0)
		return;
	for (size_t w = 0; w < 2; w++)
		for (int i = 0; i < IMAGE_SIZES; i++)
			for (size_t e = 0; e < 2; e++)
				unlinkat(dir,
					arena_printf(cx->mem, "%.*s-%u%s", PHOTO_NAME, name, wants[w]->widths[i],
						endings[e]),
					0);
	close(dir);
}

/* Of the sizes of a photo the largest stands for all; what has none was never whole, and is removed by its own name. */
static void consider(struct cx *cx, int dir, const char *folder, const char *name, int64_t before_ms, struct buf *out)
{
	const char *type;
	struct stat s;
	if (name[0] == '.' || fstatat(dir, name, &s, AT_SYMLINK_NOFOLLOW) != 0 || !S_ISREG(s.st_mode))
		return;
	if ((int64_t)s.st_mtim.tv_sec * 1000 >= before_ms)
		return;
	if (name_is_good(folder, name, true, &type)) {
		const char *url = arena_printf(cx->mem, URL_PREFIX "%s/%s", folder, name);
		buf_add(out, &url, sizeof url);
	} else if (str_ends(name, ".new") && strspn(name, HEX) == PHOTO_NAME) {
		unlinkat(dir, name, 0); /* a crash while it was written */
	}
}

err_t photo_file_list(struct cx *cx, unsigned folder, int64_t before_ms, struct list *urls)
{
	struct buf out = { .mem = cx->mem };
	const char *name = arena_printf(cx->mem, "%02x", folder);
	int fd = open_folder(name);
	DIR *dir = fd < 0 ? NULL : fdopendir(fd);
	*urls = (struct list){ 0 };
	if (!dir) {
		if (fd >= 0)
			close(fd);
		return ERR_OK; /* nobody has a photo there yet */
	}
	const struct dirent *entry;
	/* cppcheck-suppress readdirCalled ; safe: the stream is this thread's own */
	while (out.n / sizeof(char *) < LISTED_MAX && (entry = readdir(dir)))
		consider(cx, fd, name, entry->d_name, before_ms, &out);
	closedir(dir);
	*urls = (struct list){ out.p, out.n / sizeof(char *) };
	return ERR_OK;
}
