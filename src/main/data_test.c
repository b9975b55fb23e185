#include "main/data.h"
#include "base/test.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static struct arena *mem;
static const char *dir, *why;
static bool made;

static void begin(void)
{
	mem = arena_new(0);
	crypto_init();
	char *parent = arena_strdup(mem, "/tmp/roster-data-XXXXXX");
	CHECK(mkdtemp(parent));
	dir = arena_printf(mem, "%s/data", parent);
	CHECK_OK(data_make(mem, dir, &made, &why));
}

static void put(const char *path, const char *text, size_t n, mode_t mode)
{
	unlink(path);
	int fd = open(path, O_WRONLY | O_CREAT | O_EXCL, mode);
	CHECK(fd >= 0 && write(fd, text, n) == (ssize_t)n && close(fd) == 0);
	CHECK(chmod(path, mode) == 0);
}

static void end(void)
{
	static const char *const files[] = { "keys/master", "keys/master.new", "lock", "line", "roster.db" };
	static const char *const folders[] = { "keys", "uploads", "backups" };
	for (size_t i = 0; i < sizeof files / sizeof *files; i++)
		unlink(arena_printf(mem, "%s/%s", dir, files[i]));
	for (size_t i = 0; i < 3; i++)
		rmdir(arena_printf(mem, "%s/%s", dir, folders[i]));
	rmdir(dir);
	char *parent = arena_strdup(mem, dir);
	*strrchr(parent, '/') = 0;
	rmdir(parent);
	arena_free(mem);
}

TEST(data, the_folder_is_for_its_owner_alone)
{
	struct stat st;
	begin();
	CHECK(stat(dir, &st) == 0 && (st.st_mode & 0777) == 0700);
	CHECK(stat(arena_printf(mem, "%s/keys", dir), &st) == 0 && (st.st_mode & 0777) == 0700);
	CHECK(made);
	CHECK_OK(data_make(mem, dir, &made, &why)); /* again */
	CHECK(!made);
	CHECK_ERR(data_make(mem, "/proc/no/such/folder", &made, &why), ERR_UNAVAILABLE);
	CHECK(strstr(why, "/proc/no/such/folder"));
	end();
}

TEST(data, one_process_at_a_time_has_the_lock)
{
	int first, second, third;
	begin();
	CHECK_OK(data_lock(mem, dir, &first, &why));
	CHECK_ERR(data_lock(mem, dir, &second, &why), ERR_BUSY);
	CHECK_INT(second, -1);
	close(first);
	CHECK_OK(data_lock(mem, dir, &third, &why));
	close(third);
	CHECK_ERR(data_lock(mem, "/proc/no", &third, &why), ERR_UNAVAILABLE);
	end();
}

TEST(data, the_master_key_is_made_once_and_kept)
{
	uint8_t one[KEY_SIZE], two[KEY_SIZE], zero[KEY_SIZE] = { 0 };
	struct stat st;
	begin();
	CHECK_OK(data_master_key(mem, dir, NULL, one, &why));
	CHECK_OK(data_master_key(mem, dir, "", two, &why));
	CHECK_BYTES(one, KEY_SIZE, two, KEY_SIZE);
	CHECK(memcmp(one, zero, KEY_SIZE) != 0);
	const char *path = arena_printf(mem, "%s/keys/master", dir);
	CHECK(stat(path, &st) == 0 && (st.st_mode & 0777) == 0600 && st.st_size == KEY_SIZE);
	CHECK(access(arena_printf(mem, "%s.new", path), F_OK) != 0);
	end();
}

TEST(data, the_master_key_may_be_bytes_or_hex_but_nothing_else)
{
	static const char hex[] = "000102030405060708090a0b0c0d0e0f101112131415161718191A1B1C1D1E1F\n";
	uint8_t key[KEY_SIZE];
	begin();
	const char *path = arena_printf(mem, "%s/keys/master", dir);
	put(path, hex, 65, 0600);
	CHECK_OK(data_master_key(mem, dir, path, key, &why));
	for (int i = 0; i < KEY_SIZE; i++)
		CHECK_INT(key[i], i);
	put(path, hex, 64, 0600);
	CHECK_OK(data_master_key(mem, dir, path, key, &why));
	put(path, "0123456789abcdef0123456789abcde\n", 32, 0600); /* 32 bytes, the last a line break */
	CHECK_OK(data_master_key(mem, dir, path, key, &why));
	CHECK_INT(key[31], '\n');
	static const size_t wrong[] = { 0, 1, 31, 33, 63 };
	for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
		put(path, hex, wrong[i], 0600);
		CHECK_ERR(data_master_key(mem, dir, path, key, &why), ERR_INVALID);
	}
	put(path, "g00102030405060708090a0b0c0d0e0f101112131415161718191A1B1C1D1E1F", 64, 0600);
	CHECK_ERR(data_master_key(mem, dir, path, key, &why), ERR_INVALID);
	end();
}

TEST(data, advisory_a_master_key_that_others_may_read_is_refused)
{
	uint8_t key[KEY_SIZE];
	begin();
	const char *path = arena_printf(mem, "%s/keys/master", dir);
	static const mode_t open_to[] = { 0640, 0604, 0620, 0644, 0601 };
	for (size_t i = 0; i < sizeof open_to / sizeof *open_to; i++) {
		put(path, "0123456789abcdef0123456789abcdef", 32, open_to[i]);
		CHECK_ERR(data_master_key(mem, dir, NULL, key, &why), ERR_INVALID);
		CHECK(strstr(why, "chmod 600"));
	}
	/* One that was asked for is never made. */
	CHECK_ERR(data_master_key(mem, dir, arena_printf(mem, "%s/keys/other", dir), key, &why), ERR_UNAVAILABLE);
	end();
}

TEST(data, advisory_a_secret_of_root_may_be_shown_to_one_group_and_nobody_else)
{
	enum { ME = 10001, ROOT = 0, STRANGER = 10002 };
	static const struct {
		mode_t mode;
		uid_t owner, me;
		bool good;
	} rows[] = {
		{ 0400, ME, ME, true },
		{ 0600, ME, ME, true },
		{ 0440, ME, ME, false }, /* his own: he can say 0400 */
		{ 0440, ROOT, ME, true }, /* a Secret of Kubernetes with fsGroup */
		{ 0640, ROOT, ME, true },
		{ 0660, ROOT, ME, false },
		{ 0444, ROOT, ME, false },
		{ 0641, ROOT, ME, false },
		{ 0640, ROOT, ROOT, false },
		{ 0440, STRANGER, ME, false },
	};
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct stat st = { .st_mode = S_IFREG | rows[i].mode, .st_uid = rows[i].owner };
		CHECK_INT(data_is_private(&st, rows[i].me), rows[i].good);
	}
}

TEST(data, a_password_is_the_first_line_of_its_file)
{
	struct secret s;
	begin();
	const char *path = arena_printf(mem, "%s/line", dir);
	put(path, "a secret with blanks \r\nsecond\n", 30, 0600);
	CHECK_OK(data_read_line(mem, path, &s, &why));
	CHECK_TEXT(s.s, "a secret with blanks ");
	CHECK_INT(s.n, 21);
	put(path, "", 0, 0600);
	CHECK_OK(data_read_line(mem, path, &s, &why));
	CHECK_INT(s.n, 0);
	CHECK_ERR(data_read_line(mem, "/no/such/file", &s, &why), ERR_INVALID);
	end();
}

TEST(data, no_new_key_is_made_beside_a_database)
{
	uint8_t key[KEY_SIZE];
	struct stat st;
	begin();
	put(arena_printf(mem, "%s/roster.db", dir), "x", 1, 0600);
	CHECK_ERR(data_master_key(mem, dir, NULL, key, &why), ERR_INVALID);
	CHECK(strstr(why, "keys/master is missing"));
	CHECK(stat(arena_printf(mem, "%s/keys/master", dir), &st) != 0);
	end();
}
