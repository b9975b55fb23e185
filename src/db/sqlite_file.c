/* The SQLite file: opened, guarded, copied. */
#include "db/sqlite.h"

#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* Before the library's first use: without its global count of memory no two connections ever wait for each other. */
static void library_init(void)
{
	sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0);
}

/* WAL: readers never wait for the writer. FULL: a COMMIT returns when its bytes are on the disk. The caches are small
 * because the kernel's is behind them; mmap stays off, as its pages would count as ours once a connection, and a bad
 * disk would be a signal in place of an error. The writer decides itself when to checkpoint. */
enum { LOOKASIDE_SIZE = 1200, LOOKASIDE_SLOTS = 32 };

static const char settings[] = "PRAGMA journal_mode = WAL;"
			       "PRAGMA synchronous = FULL;"
			       "PRAGMA foreign_keys = ON;"
			       "PRAGMA temp_store = MEMORY;"
			       "PRAGMA mmap_size = 0;"
			       "PRAGMA journal_size_limit = 33554432;"
			       "PRAGMA wal_autocheckpoint = 0;";

/* A file that someone else edited must not run code or eat the memory: nothing in it is trusted. */
static void harden(sqlite3 *h)
{
	sqlite3_db_config(h, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
	sqlite3_db_config(h, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, NULL);
	sqlite3_db_config(h, SQLITE_DBCONFIG_DQS_DML, 0, NULL);
	sqlite3_db_config(h, SQLITE_DBCONFIG_DQS_DDL, 0, NULL);
	sqlite3_limit(h, SQLITE_LIMIT_LENGTH, 16 << 20);
	sqlite3_limit(h, SQLITE_LIMIT_SQL_LENGTH, 1 << 20);
	sqlite3_limit(h, SQLITE_LIMIT_ATTACHED, 0);
	sqlite3_limit(h, SQLITE_LIMIT_EXPR_DEPTH, 200);
	sqlite3_limit(h, SQLITE_LIMIT_TRIGGER_DEPTH, 10);
	sqlite3_limit(h, SQLITE_LIMIT_LIKE_PATTERN_LENGTH, 1000);
	sqlite3_limit(h, SQLITE_LIMIT_VARIABLE_NUMBER, PARAMS_MAX);
}

static err_t set_up(sqlite3 *h, bool reads_only, const char **why)
{
	/* Statements are prepared once: the slots that make preparing faster are touched all at the start, for each thread. */
	sqlite3_db_config(h, SQLITE_DBCONFIG_LOOKASIDE, NULL, LOOKASIDE_SIZE, LOOKASIDE_SLOTS);
	sqlite3_extended_result_codes(h, 1);
	sqlite3_busy_timeout(h, LOCK_WAIT_MS);
	harden(h);
	const char *own = reads_only ? "PRAGMA cache_size = -512; PRAGMA query_only = ON" : "PRAGMA cache_size = -4096";
	if (sqlite3_exec(h, settings, NULL, NULL, NULL) || sqlite3_exec(h, own, NULL, NULL, NULL))
		return sqlite_error(h, why);
	return ERR_OK;
}

struct db *sqlite_connect(struct store *s, bool reads_only, const char **why)
{
	struct sqlite_file *f = s->own;
	struct sqlite_db *db = calloc(1, sizeof *db);
	if (!db)
		abort();
	int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_PRIVATECACHE;
	const char *text = "";
	if (sqlite3_open_v2(f->path, &db->h, flags, NULL) || set_up(db->h, reads_only, &text)) {
		*why = db_why("The database %s could not be opened: %s", f->path, sqlite3_errmsg(db->h));
		sqlite3_close(db->h);
		free(db);
		return NULL;
	}
	db_init(&db->db, s);
	return &db->db;
}

void sqlite_disconnect(struct db *db)
{
	sqlite3 *h = sqlite_handle(db);
	db_fini(db);
	sqlite3_close(h);
	free(db);
}

/* A database "in memory" is a file in memory that ends with the store: SQLite's own kind has no WAL, and its readers would
 * be told that it is locked. */
static bool temporary(struct sqlite_file *f, const char **why)
{
	char folder[] = "/dev/shm/roster-XXXXXX", elsewhere[] = "/tmp/roster-XXXXXX";
	char *made = mkdtemp(folder);
	if (!made)
		made = mkdtemp(elsewhere);
	if (!made || asprintf(&f->path, "%s/db", made) < 0) {
		*why = db_why("A temporary folder could not be made: %s", strerrordesc_np(errno));
		return false;
	}
	f->folder = strdup(made);
	return true;
}

/* SQLite would make the file readable to others; its -wal and -shm take their mode from it. */
static bool create(const char *path, const char **why)
{
	int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOCTTY, 0600);
	if (fd < 0)
		*why = db_why("The database %s could not be opened: %s", path, strerrordesc_np(errno));
	else
		close(fd);
	return fd >= 0;
}

err_t sqlite_open(struct store *s, const char *url, const char **why)
{
	static pthread_once_t once = PTHREAD_ONCE_INIT;
	pthread_once(&once, library_init);
	const char *path = url + strlen(s->driver->scheme);
	struct sqlite_file *f = calloc(1, sizeof *f);
	if (!f)
		abort();
	s->own = f;
	if (!*path) {
		*why = "The database URL lacks a path: sqlite:PATH";
		return ERR_INVALID;
	}
	if (strcmp(path, ":memory:") != 0)
		f->path = strdup(path);
	else if (!temporary(f, why))
		return ERR_UNAVAILABLE;
	if (!create(f->path, why))
		return ERR_UNAVAILABLE;
	f->writer = writer_new(s, why);
	return f->writer ? ERR_OK : ERR_UNAVAILABLE;
}

static void remove_temporary(const struct sqlite_file *f)
{
	static const char *const ends[] = { "", "-wal", "-shm" };
	char path[128];
	for (size_t i = 0; i < sizeof ends / sizeof *ends; i++) {
		snprintf(path, sizeof path, "%s%s", f->path, ends[i]);
		unlink(path);
	}
	rmdir(f->folder);
}

void sqlite_close(struct store *s)
{
	struct sqlite_file *f = s->own;
	writer_free(f->writer);
	store_disconnect_all(s);
	if (f->folder)
		remove_temporary(f);
	free(f->folder);
	free(f->path);
	free(f);
}

/* Copies page by page into `to`, which is on the disk when this returns. */
static bool backup(const char *from, const char *to, const char **why)
{
	sqlite3 *in = NULL, *out = NULL;
	bool ok = sqlite3_open_v2(from, &in, SQLITE_OPEN_READWRITE, NULL) == SQLITE_OK &&
	          sqlite3_open_v2(to, &out, SQLITE_OPEN_READWRITE, NULL) == SQLITE_OK;
	sqlite3_backup *b = ok ? sqlite3_backup_init(out, "main", in, "main") : NULL;
	if (b) {
		sqlite3_busy_timeout(in, LOCK_WAIT_MS);
		sqlite3_backup_step(b, -1);
	}
	ok = b && sqlite3_backup_finish(b) == SQLITE_OK;
	if (!ok)
		*why = db_why("The copy %s could not be made: %s", to, out ? sqlite3_errmsg(out) : "out of memory");
	sqlite3_close(in);
	sqlite3_close(out);
	return ok;
}

static bool sync_folder(const char *path)
{
	char *copy = strdup(path);
	int fd = copy ? open(dirname(copy), O_RDONLY | O_DIRECTORY | O_CLOEXEC) : -1;
	bool ok = fd >= 0 && fsync(fd) == 0;
	if (fd >= 0)
		close(fd);
	free(copy);
	return ok;
}

/* Under another name until it is whole, so that a copy which exists is a copy that can be used. */
static err_t copy_to(const char *from, const char *to, const char *half, const char **why)
{
	unlink(half);
	if (!create(half, why))
		return ERR_UNAVAILABLE;
	bool ok = backup(from, half, why);
	if (ok && (rename(half, to) || !sync_folder(to))) {
		*why = db_why("The copy %s could not be made: %s", to, strerrordesc_np(errno));
		ok = false;
	}
	if (!ok)
		unlink(half);
	return ok ? ERR_OK : ERR_UNAVAILABLE;
}

err_t sqlite_copy(struct store *s, int64_t number, const char **why)
{
	struct sqlite_file *f = s->own;
	if (f->folder)
		return ERR_OK;
	char *to = NULL, *half = NULL;
	if (asprintf(&to, "%s.before-%04lld", f->path, (long long)number) < 0 || asprintf(&half, "%s.part", to) < 0)
		abort();
	err_t e = copy_to(f->path, to, half, why);
	free(half);
	free(to);
	return e;
}
