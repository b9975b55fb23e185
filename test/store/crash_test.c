/* Bad days of SQLite: killed at any moment, a full disk, a file that is none. */
#include "fixture.h"

#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/wait.h>
#include <unistd.h>

enum { KILLS = 20, WRITERS = 3 };

struct reporter {
	struct store *s;
	int pipe, who, start;
};

static err_t insert_number(struct cx *cx, void *arg)
{
	char id[24];
	snprintf(id, sizeof id, "n%d", *(const int *)arg);
	TRY(db_exec(cx, "INSERT INTO thing (id, extra) VALUES ($1, hex(randomblob(200)))", BIND(V((const char *)id))));
	return db_exec(cx, "UPDATE thing SET amount = amount + 1 WHERE id = 'total'", NULL);
}

/* Writes rows and reports each that was answered, until it is killed. */
static void *report(void *arg)
{
	struct reporter *r = arg;
	for (int n = r->start + r->who;; n += WRITERS)
		if (in_tx(r->s, insert_number, &n) || write(r->pipe, &n, sizeof n) != sizeof n)
			_exit(1);
}

static void child_main(const char *url, int pipe, int start)
{
	struct arena *mem = arena_new(0);
	struct store *s;
	const char *why = "";
	if (store_open(mem, &(struct store_conf){ .url = url }, &s, &why))
		_exit(1);
	struct reporter r[WRITERS];
	for (int i = 0; i < WRITERS; i++) {
		pthread_t t;
		r[i] = (struct reporter){ s, pipe, i, start };
		if (pthread_create(&t, NULL, report, &r[i]))
			_exit(1);
	}
	for (;;)
		pause();
}

/* Starts a child, kills it after a while, and returns how many answers it gave; their rows are in `seen`. */
static int run_and_kill(const char *url, int start, unsigned us, int *seen, int most)
{
	int fds[2], n = 0;
	CHECK_INT(pipe(fds), 0);
	pid_t pid = fork();
	CHECK(pid >= 0);
	if (pid == 0) {
		close(fds[0]);
		child_main(url, fds[1], start);
	}
	close(fds[1]);
	CHECK(read(fds[0], &seen[n++], sizeof *seen) == sizeof *seen); /* it is running */
	usleep(us);
	kill(pid, SIGKILL);
	while (n < most && read(fds[0], &seen[n], sizeof *seen) == sizeof *seen)
		n++;
	close(fds[0]);
	CHECK_INT(waitpid(pid, NULL, 0), pid);
	return n;
}

static void check_rows(struct fixture *f, const int *seen, int n)
{
	char id[24];
	for (int i = 0; i < n; i++) {
		const char *found;
		snprintf(id, sizeof id, "n%d", seen[i]);
		CHECK_OK(db_text(&f->cx, &found, "SELECT id FROM thing WHERE id = $1", BIND(V((const char *)id))));
	}
	const char *ok;
	CHECK_OK(db_text(&f->cx, &ok, "PRAGMA integrity_check", NULL));
	CHECK_TEXT(ok, "ok");
	/* both statements of each operation, or neither */
	CHECK_INT(count(f, "SELECT count(*) - 1 FROM thing"), count(f, "SELECT amount FROM thing WHERE id = 'total'"));
}

TEST(store_sqlite, answered_writes_are_there_after_a_kill)
{
	enum { MOST = 100000 };
	char folder[] = "/tmp/roster-kill-XXXXXX", url[64];
	CHECK(mkdtemp(folder) != NULL);
	snprintf(url, sizeof url, "sqlite:%s/db", folder);
	int *seen = calloc(MOST, sizeof *seen), n = 0;
	struct fixture f;
	fixture_open(&f, url);
	CHECK_OK(change(f.s, "INSERT INTO thing (id) VALUES ('total')", NULL));
	fixture_close(&f);
	for (int i = 0; i < KILLS; i++) {
		n += run_and_kill(url, i * 1000000, (unsigned)(i * i * 250), seen + n, MOST - n);
		fixture_open(&f, url);
		check_rows(&f, seen, n);
		fixture_close(&f);
	}
	CHECK(n > KILLS);
	free(seen);
	unlink(url + strlen("sqlite:"));
	CHECK_INT(rmdir(folder), 0);
}

static void check_disk_full(const char *folder)
{
	char url[64], filler[64];
	snprintf(url, sizeof url, "sqlite:%s/db", folder);
	snprintf(filler, sizeof filler, "%s/filler", folder);
	struct fixture f;
	fixture_open(&f, url);
	CHECK_OK(change(f.s, "INSERT INTO thing (id) VALUES ('total')", NULL));
	FILE *file = fopen(filler, "w");
	static char block[65536];
	while (fwrite(block, 1, sizeof block, file) == sizeof block && !fflush(file))
		;
	fclose(file);
	int n = 0, kept = 0;
	err_t e = ERR_OK;
	while (n < 10000 && !e) { /* what is left of the last page may do for some */
		e = in_tx(f.s, insert_number, &n);
		kept += !e;
		n++;
	}
	CHECK_ERR(e, ERR_UNAVAILABLE);
	CHECK_ERR(in_tx(f.s, insert_number, &n), ERR_UNAVAILABLE);
	CHECK_INT(count(&f, "SELECT amount FROM thing WHERE id = 'total'"), kept);
	CHECK_OK(store_ping(f.s));
	unlink(filler);
	CHECK_OK(in_tx(f.s, insert_number, &n)); /* goes on by itself */
	check_rows(&f, NULL, 0);
	CHECK_INT(count(&f, "SELECT count(*) FROM thing"), kept + 2);
	fixture_close(&f);
}

TEST(store_sqlite, a_full_disk_is_unavailable_and_passes)
{
	char folder[] = "/tmp/roster-full-XXXXXX";
	CHECK(mkdtemp(folder) != NULL);
	if (mount("tmpfs", folder, "tmpfs", 0, "size=2m")) {
		rmdir(folder);
		test_skip("a small file system cannot be mounted here");
	}
	pid_t pid = fork(); /* so that the mount goes whatever happens */
	if (pid == 0) {
		check_disk_full(folder);
		exit(0);
	}
	int status = 1;
	CHECK(pid > 0 && waitpid(pid, &status, 0) == pid);
	umount2(folder, MNT_DETACH);
	rmdir(folder);
	CHECK_INT(status, 0);
}

static void check_refused(const char *url, err_t want, const char *part)
{
	struct arena *mem = arena_new(0);
	struct store *s;
	const char *why = "";
	CHECK_ERR(store_open(mem, &(struct store_conf){ .url = url }, &s, &why), want);
	if (!strstr(why, part) || strstr(why, "hunter2"))
		test_fail(__FILE__, __LINE__, "%s: %s", url, why);
	arena_free(mem);
}

TEST(store, a_url_that_cannot_be_is_refused_without_its_password)
{
	check_refused("mysql://x", ERR_INVALID, "must begin with");
	check_refused("sqlite:", ERR_INVALID, "lacks a path");
	check_refused("sqlite:/nowhere/at/all", ERR_UNAVAILABLE, "No such file");
	check_refused("postgres://u:hunter2@h:notaport:1/x", ERR_UNAVAILABLE, "port");
	check_refused("postgres://u:hunter2@[::1/x", ERR_INVALID, "could not be read");
	check_refused("postgres://u:hunter2@127.0.0.1:1/x?nonsense=hunter2", ERR_INVALID, "could not be read");
	check_refused("postgres://u:hunter2@127.0.0.1:1/x", ERR_UNAVAILABLE, "refused");
	check_refused("postgres://hunter2:hunter2@127.0.0.1:1/hunter2", ERR_UNAVAILABLE, "refused");
}

TEST(store_sqlite, a_file_that_is_no_database_is_refused_and_left_alone)
{
	char path[] = "/tmp/roster-file-XXXXXX", url[64];
	static const char text[] =
		"These are the minutes of the meeting, not a database; there must be enough of them.";
	int fd = mkstemp(path);
	CHECK(fd >= 0 && write(fd, text, sizeof text) == sizeof text);
	snprintf(url, sizeof url, "sqlite:%s", path);
	check_refused(url, ERR_UNAVAILABLE, "not a database");
	char now[sizeof text + 1];
	CHECK_BYTES(now, (size_t)pread(fd, now, sizeof now, 0), text, sizeof text);
	close(fd);
	unlink(path);
}
