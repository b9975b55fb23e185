/* When SQLite waits for the disk, and when the disk says no. The test's own fsync stands before the library's: it counts,
 * and fails when it is told to. */
#include "fixture.h"

#include <errno.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

static _Atomic int64_t syncs;
static _Atomic bool broken;

static int sync_file(long call, int fd)
{
	syncs++;
	if (broken) {
		errno = EIO;
		return -1;
	}
	return (int)syscall(call, fd);
}

int fsync(int fd)
{
	return sync_file(SYS_fsync, fd);
}

int fdatasync(int fd)
{
	return sync_file(SYS_fdatasync, fd);
}

struct file {
	struct fixture f;
	char folder[32], url[48];
};

static void file_open(struct file *t)
{
	*t = (struct file){ .folder = "/tmp/roster-sync-XXXXXX" };
	CHECK(mkdtemp(t->folder) != NULL);
	snprintf(t->url, sizeof t->url, "sqlite:%.31s/db", t->folder);
	fixture_open(&t->f, t->url);
}

static void file_close(struct file *t)
{
	fixture_close(&t->f);
	unlink(t->url + strlen("sqlite:"));
	CHECK_INT(rmdir(t->folder), 0);
}

static err_t insert(struct file *t)
{
	return change(t->f.s, "INSERT INTO thing (id) VALUES (hex(randomblob(16)))", NULL);
}

static err_t look(struct cx *cx, void *arg)
{
	return db_int(cx, arg, "SELECT count(*) FROM thing", NULL);
}

static err_t regret(struct cx *cx, void *arg)
{
	(void)arg;
	TRY(db_exec(cx, "INSERT INTO thing (id) VALUES ('x')", NULL));
	return ERR_DENIED;
}

TEST(store_sqlite, a_write_is_one_fsync_and_what_keeps_nothing_is_none)
{
	struct file t;
	int64_t n;
	file_open(&t);
	CHECK_OK(insert(&t)); /* the first into a new WAL syncs its header too */
	int64_t before = syncs;
	CHECK_OK(insert(&t));
	CHECK_INT(syncs - before, 1);
	CHECK_OK(in_tx(t.f.s, look, &n));
	CHECK_INT(n, 2);
	CHECK_ERR(in_tx(t.f.s, regret, NULL), ERR_DENIED);
	CHECK_INT(syncs - before, 1);
	file_close(&t);
}

TEST(store_sqlite, a_disk_that_fails_is_unavailable_and_nothing_is_half_kept)
{
	struct file t;
	file_open(&t);
	CHECK_OK(insert(&t));
	broken = true;
	for (int i = 0; i < 3; i++)
		CHECK_ERR(insert(&t), ERR_UNAVAILABLE);
	CHECK_INT(count(&t.f, "SELECT count(*) FROM thing"), 1);
	broken = false;
	CHECK_OK(insert(&t));
	CHECK_INT(count(&t.f, "SELECT count(*) FROM thing"), 2);
	fixture_close(&t.f);
	fixture_open(&t.f, t.url);
	CHECK_INT(count(&t.f, "SELECT count(*) FROM thing"), 2);
	file_close(&t);
}
