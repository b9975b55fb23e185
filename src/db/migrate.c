/* Migrations: forward only, each in a transaction that also writes its row into schema_migration.
 *
 * The checksum is zlib's CRC-32 with the length: it finds a released file that was edited by mistake. It is no defence
 * against someone who wants to deceive; who can write the database needs no migration to do so. */
#include "db/driver.h"
#include "base/log.h"
#include "base/time.h"

#include <assert.h>
#include <string.h>
#include <zlib.h>

enum { CHECKSUM_TEXT = 48, APPLIED_MAX = 10000 };

struct applied {
	int64_t number;
	const char *name, *checksum;
};
TYPE(applied, FIELD(applied, number, 0, "Its number"), FIELD(applied, name, 0, "Its name"),
	FIELD(applied, checksum, 0, "Of its text"));

/* Line ends and blanks before them do not count: editors and checkouts change them. */
static void checksum(const char *text, char out[static CHECKSUM_TEXT])
{
	uLong crc = crc32(0, NULL, 0);
	size_t total = 0;
	while (*text) {
		size_t n = strcspn(text, "\n"), kept = n;
		while (kept && strchr(" \t\r", text[kept - 1]))
			kept--;
		crc = crc32(crc, (const Bytef *)text, (uInt)kept);
		crc = crc32(crc, (const Bytef *)"\n", 1);
		total += kept + 1;
		text += n + (text[n] == '\n');
	}
	snprintf(out, CHECKSUM_TEXT, "crc32:%08lx:%zu", crc, total);
}

static const char *text_of(const struct db *db, const struct migration *m)
{
	return db->driver->is_sqlite ? m->sqlite : m->postgres;
}

static const struct migration *find(const struct migration *list, int64_t number)
{
	for (const struct migration *m = list; m->name; m++)
		if (m->number == number)
			return m;
	return NULL;
}

static err_t refuse(const char **why, const char *text)
{
	*why = text;
	return ERR_CONFLICT;
}

static err_t check(const struct db *db, const struct migration *list, const struct applied *a, const char **why)
{
	const struct migration *m = find(list, a->number);
	long long n = a->number;
	if (!m)
		return refuse(why, db_why("The database holds migration %04lld (%s), which this program does not know. "
					  "It was used by a newer version: start that one.",
					   n, a->name));
	char sum[CHECKSUM_TEXT];
	checksum(text_of(db, m), sum);
	if (strcmp(sum, a->checksum) != 0)
		return refuse(why, db_why("Migration %04lld_%s was edited after it was applied. "
					  "Restore its text and write a new migration.",
					   n, m->name));
	return ERR_OK;
}

/* What the rows say against the list; *next is the first that is missing, or NULL. */
static err_t compare(const struct db *db, const struct migration *list, const struct list *rows,
	struct migration_state *out, const struct migration **next, const char **why)
{
	const struct applied *a = rows->items;
	*out = (struct migration_state){ 0 };
	*next = NULL;
	for (size_t i = 0; i < rows->n; i++) {
		TRY(check(db, list, &a[i], why));
		out->applied = a[i].number; /* they come in order */
	}
	size_t at = 0;
	for (const struct migration *m = list; m->name; m++) {
		assert(m->number > out->known && "migrations are listed in order");
		out->known = m->number;
		while (at < rows->n && a[at].number < m->number)
			at++;
		if (at < rows->n && a[at].number == m->number)
			continue;
		out->pending++;
		if (!*next)
			*next = m;
	}
	return ERR_OK;
}

static err_t applied_rows(struct cx *cx, struct list *out)
{
	int64_t exists;
	TRY(db_int(cx, &exists,
		/* each has its own catalogue */
		SQL2("SELECT count(*) FROM sqlite_master WHERE type = 'table' AND name = 'schema_migration'",
			"SELECT count(*) FROM pg_tables WHERE schemaname = current_schema()"
			" AND tablename = 'schema_migration'"),
		NULL));
	*out = (struct list){ 0 };
	if (!exists)
		return ERR_OK;
	return db_list(cx, &applied_type, out, APPLIED_MAX,
		"SELECT number, name, checksum FROM schema_migration ORDER BY number", NULL);
}

static const char *detail(const struct cx *cx)
{
	return cx->fail.detail ? cx->fail.detail : "the database does not answer";
}

static err_t state(struct cx *cx, const struct migration *list, struct migration_state *out,
	const struct migration **next, const char **why)
{
	struct list rows;
	err_t e = applied_rows(cx, &rows);
	if (e) {
		*why = db_why("The migrations of the database could not be read: %s", detail(cx));
		return e;
	}
	return compare(cx->db, list, &rows, out, next, why);
}

err_t store_migration_state(
	struct store *s, const struct migration *list, struct migration_state *out, const char **why)
{
	struct cx cx = { .db = store_reader(s, why) };
	if (!cx.db)
		return ERR_UNAVAILABLE;
	cx.mem = arena_new(0);
	const struct migration *next;
	err_t e = state(&cx, list, out, &next, why);
	arena_free(cx.mem);
	return e;
}

/* Applies one: a transaction. */
struct step {
	struct tx tx;
	struct cx cx;
	const struct migration *list, *next; /* next: NULL when none was missing */
	err_t e;
	char why[512]; /* made on the writer's thread: kept here for the caller's */
};

/* Nodes that start together take turns. The lock ends with the transaction; the state is read after it was had. */
static err_t take_turn(struct cx *cx)
{
	return db_exec(cx, SQL2("SELECT 1", "SELECT pg_advisory_xact_lock(7305817460123)"), NULL);
}

static err_t record(struct cx *cx, const struct migration *m, const char *text)
{
	char sum[CHECKSUM_TEXT];
	checksum(text, sum);
	TRY(db_exec(cx,
		"CREATE TABLE IF NOT EXISTS schema_migration (number BIGINT PRIMARY KEY, name TEXT NOT NULL,"
		" checksum TEXT NOT NULL, applied_at BIGINT NOT NULL)",
		NULL));
	return db_exec(cx, "INSERT INTO schema_migration (number, name, checksum, applied_at) VALUES ($1, $2, $3, $4)",
		BIND(V(m->number), V(m->name), V((const char *)sum), V(time_now())));
}

static err_t apply(struct step *st, const char **why)
{
	struct cx *cx = &st->cx;
	struct migration_state ignored;
	TRY(take_turn(cx));
	TRY(state(cx, st->list, &ignored, &st->next, why));
	if (!st->next)
		return ERR_OK;
	const char *text = text_of(cx->db, st->next), *error = "";
	err_t e = cx->db->driver->script(cx->db, text, &error);
	if (e) {
		cx->db->failed = e;
		*why = db_why("Migration %04lld_%s failed and was undone: %s", (long long)st->next->number,
			st->next->name, error);
		return e;
	}
	return record(cx, st->next, text);
}

static enum tx_verdict step_run(struct tx *tx, int attempt)
{
	(void)attempt;
	struct step *st = (struct step *)(void *)tx;
	const char *why = "";
	st->cx = (struct cx){ .mem = arena_new(0), .db = tx->db };
	st->e = apply(st, &why);
	snprintf(st->why, sizeof st->why, "%s", *why || !st->e ? why : detail(&st->cx));
	arena_free(st->cx.mem);
	return st->e ? TX_ROLLBACK : TX_COMMIT;
}

/* Applies the first that is missing; *more is false when there was none. */
static err_t step(struct store *s, const struct migration *list, bool *more, const char **why)
{
	/* READ COMMITTED: a snapshot taken before the lock was had would not show what its last holder did. */
	struct step st = { .tx = { .run = step_run, .single = true }, .list = list };
	err_t e = store_transact(s, &st.tx);
	*more = st.next;
	if (!e && !st.e) {
		if (st.next)
			log_info("migration applied", LI("number", st.next->number), LT("name", st.next->name));
		return ERR_OK;
	}
	*why = db_why("%s", *st.why ? st.why : "The database could not be changed just now.");
	return st.e ? st.e : e;
}

static int64_t first_pending(const struct migration *list, int64_t applied)
{
	while (list->name && list->number <= applied)
		list++;
	return list->number;
}

err_t store_migrate(struct store *s, const struct migration *list, const char **why)
{
	struct migration_state now;
	TRY(store_migration_state(s, list, &now, why));
	if (now.pending && now.applied)
		TRY(s->driver->copy(s, first_pending(list, now.applied), why));
	bool more = now.pending;
	while (more)
		TRY(step(s, list, &more, why));
	return ERR_OK;
}
