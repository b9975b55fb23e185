#include "main/data.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

enum { KEY_FILE_MAX = 80, LINE_MAX_BYTES = 2048 };

static err_t because(struct arena *a, const char **why, err_t e, const char *what, const char *path)
{
	char text[128];
	*why = arena_printf(a, "%s %s: %s.", what, path, strerror_r(errno, text, sizeof text));
	return e;
}

static err_t not_yours(struct arena *a, const char **why, const char *path)
{
	*why = arena_printf(a,
		"This user may not write %s. Run this as the owner of the data folder, or name another with --data.",
		path);
	return ERR_UNAVAILABLE;
}

static err_t make_dir(struct arena *a, const char *path, bool *made, const char **why)
{
	*made = mkdir(path, 0700) == 0;
	if (*made || errno == EEXIST)
		return ERR_OK;
	return errno == EACCES ? not_yours(a, why, path)
	                       : because(a, why, ERR_UNAVAILABLE, "Cannot make the folder", path);
}

err_t data_make(struct arena *a, const char *dir, bool *made, const char **why)
{
	static const char *const inside[] = { "keys", "uploads", "backups" };
	bool part;
	TRY(make_dir(a, dir, made, why));
	for (size_t i = 0; i < sizeof inside / sizeof *inside; i++)
		TRY(make_dir(a, arena_printf(a, "%s/%s", dir, inside[i]), &part, why));
	return ERR_OK;
}

err_t data_lock(struct arena *a, const char *dir, int *fd, const char **why)
{
	const char *path = arena_printf(a, "%s/lock", dir);
	*fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	if (*fd < 0)
		return errno == EACCES ? not_yours(a, why, path)
		                       : because(a, why, ERR_UNAVAILABLE, "Cannot open", path);
	if (flock(*fd, LOCK_EX | LOCK_NB) == 0)
		return ERR_OK;
	close(*fd);
	*fd = -1;
	*why = arena_printf(a, "Another roster runs on the data folder %s.", dir);
	return ERR_BUSY;
}

/* --- the master key ----------------------------------------------------------------------------------------------- */

static int hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c |= 0x20;
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

static bool from_hex(const char *s, uint8_t out[static KEY_SIZE])
{
	for (size_t i = 0; i < KEY_SIZE; i++) {
		int high = hex_digit(s[2 * i]), low = high < 0 ? -1 : hex_digit(s[2 * i + 1]);
		if (low < 0)
			return false;
		out[i] = (uint8_t)(high << 4 | low);
	}
	return true;
}

bool data_is_private(const struct stat *st, uid_t me)
{
	mode_t others = st->st_uid == 0 && me != 0 ? 037 : 077;
	return !(st->st_mode & others);
}

static err_t read_key(struct arena *a, const char *path, int fd, uint8_t out[static KEY_SIZE], const char **why)
{
	char text[KEY_FILE_MAX];
	struct stat st;
	ssize_t n = read(fd, text, sizeof text);
	if (n < 0 || fstat(fd, &st))
		return because(a, why, ERR_UNAVAILABLE, "Cannot read", path);
	while (n > KEY_SIZE && (text[n - 1] == '\n' || text[n - 1] == '\r'))
		n--;
	bool good = n == KEY_SIZE || (n == 2 * KEY_SIZE && from_hex(text, out));
	if (n == KEY_SIZE)
		memcpy(out, text, KEY_SIZE);
	crypto_wipe(text, sizeof text);
	if (!good) {
		*why = arena_printf(a, "%s is no master key: it must hold 32 bytes, or 64 hex digits.", path);
		return ERR_INVALID;
	}
	if (!data_is_private(&st, geteuid())) {
		*why = arena_printf(
			a, "Others may read the master key %s. Make it yours alone: chmod 600 %s", path, path);
		return ERR_INVALID;
	}
	return ERR_OK;
}

/* Written beside and linked into place, so that no reader ever sees half a key. */
static err_t make_key(struct arena *a, const char *path, const char **why)
{
	uint8_t key[KEY_SIZE];
	const char *temporary = arena_printf(a, "%s.new", path);
	(void)unlink(temporary);
	int fd = open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	if (fd < 0)
		return because(a, why, ERR_UNAVAILABLE, "Cannot make", temporary);
	crypto_random(key, sizeof key);
	bool written = write(fd, key, sizeof key) == KEY_SIZE && fsync(fd) == 0;
	crypto_wipe(key, sizeof key);
	close(fd);
	if (!written || (link(temporary, path) && errno != EEXIST)) {
		err_t e = because(a, why, ERR_UNAVAILABLE, "Cannot make", path);
		(void)unlink(temporary);
		return e;
	}
	(void)unlink(temporary);
	return ERR_OK;
}

/* A new key beside a database that was sealed with another would only hide what is wrong. */
static err_t check_is_new(struct arena *a, const char *dir, const char *path, const char **why)
{
	const char *database = arena_printf(a, "%s/roster.db", dir);
	if (access(database, F_OK) != 0) /* allowed: the folder is locked, nobody else makes the file meanwhile */
		return ERR_OK;
	*why = arena_printf(a,
		"The master key %s is missing, but %s/roster.db was sealed with it. Put the key back from a backup, or name "
		"its file by ROSTER_MASTER_KEY_FILE.",
		path, dir);
	return ERR_INVALID;
}

err_t data_master_key(
	struct arena *a, const char *dir, const char *file, uint8_t out[static KEY_SIZE], const char **why)
{
	bool own = !file || !*file;
	const char *path = own ? arena_printf(a, "%s/keys/master", dir) : file;
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0 && errno == ENOENT && own) {
		TRY(check_is_new(a, dir, path, why));
		TRY(make_key(a, path, why));
		fd = open(path, O_RDONLY | O_CLOEXEC);
	}
	if (fd < 0)
		return because(a, why, ERR_UNAVAILABLE, "Cannot open the master key", path);
	err_t e = read_key(a, path, fd, out, why);
	close(fd);
	return e;
}

err_t data_read_line(struct arena *a, const char *file, struct secret *out, const char **why)
{
	char *text = arena_alloc(a, LINE_MAX_BYTES + 1);
	int fd = open(file, O_RDONLY | O_CLOEXEC);
	ssize_t n = fd < 0 ? -1 : read(fd, text, LINE_MAX_BYTES);
	if (fd >= 0)
		close(fd);
	if (n < 0)
		return because(a, why, ERR_INVALID, "Cannot read", file);
	out->n = strcspn(text, "\r\n");
	text[out->n] = 0;
	out->s = text;
	return ERR_OK;
}
