/* Connections to PostgreSQL: made, lost and made again. */
#include "db/postgres.h"
#include "base/id.h"
#include "base/log.h"
#include "base/time.h"

#include <stdlib.h>
#include <string.h>

enum { DELAY_FIRST_MS = 100, DELAY_MAX_MS = 5000 };

/* libpq's messages name host, user and database, never the password; should one hold it after all, it goes no further. */
static void mask(char *text, const char *secret)
{
	size_t n = secret ? strlen(secret) : 0;
	for (char *at = text; n && (at = strstr(at, secret)); at += n)
		memset(at, '*', n);
}

const char *postgres_why(struct postgres_db *p, const char *message)
{
	const struct postgres_url *u = p->db.store->own;
	char *text = strdup(message);
	if (!text)
		abort();
	mask(text, u->password);
	text[strcspn(text, "\n")] = 0; /* what follows is advice */
	const char *why = db_why("%s", text);
	free(text);
	return why;
}

static void ignore_notice(void *arg, const char *message)
{
	(void)arg;
	(void)message;
}

/* What the URL says wins over the first group and not over the last. */
static PGconn *dial(const struct postgres_url *u)
{
	static const char *const names[] = { "connect_timeout", "keepalives_idle", "keepalives_interval",
		"keepalives_count", "tcp_user_timeout", "dbname", "application_name", "client_encoding", NULL };
	const char *const values[] = { "3", "15", "5", "3", "15000", u->url, "roster", "UTF8", NULL };
	return pq.PQconnectdbParams(names, values, 1);
}

/* Reads stand outside transactions and may not write: a write there would escape the gate. The server ends what takes
 * too long, and a transaction whose owner died. */
static err_t set_up(struct postgres_db *p, const char **why)
{
	char text[256];
	snprintf(text, sizeof text,
		"SET statement_timeout = %lld; SET idle_in_transaction_session_timeout = 60000;"
		"SET default_transaction_read_only = on; SET default_transaction_isolation = 'read committed';"
		"SET timezone = 'UTC'",
		(long long)p->db.store->timeout_ms);
	return postgres_simple(p, text, why);
}

/* Waits grow, and differ between connections so that they do not all come back at the same moment. */
static void postpone(struct postgres_db *p)
{
	uint8_t some;
	id_random(&some, sizeof some);
	p->delay = p->delay ? p->delay * 2 : DELAY_FIRST_MS;
	if (p->delay > DELAY_MAX_MS)
		p->delay = DELAY_MAX_MS;
	p->failed_at = time_monotonic();
	p->next_try = p->failed_at + p->delay / 2 + p->delay * some / 512;
}

/* The waits spare a server that is away. When another connection was made meanwhile, it is back. */
static bool must_wait(const struct postgres_db *p)
{
	const struct postgres_url *u = p->db.store->own;
	return time_monotonic() < p->next_try && u->reached_at <= p->failed_at;
}

/* An outage is told once, and its end: a line for each request that meets it would hide what else happens. Who began to
 * dial before another got through knows nothing new; a start that never reached it says so itself. */
static void tell_away(struct postgres_db *p, int64_t began, const char *why)
{
	struct postgres_url *u = p->db.store->own;
	if (u->reached_at && u->reached_at < began && !atomic_exchange(&u->away, true))
		log_warn("database out of reach; requests that need it are answered 503 until it is back",
			LT("why", why));
}

static void tell_back(struct postgres_db *p)
{
	struct postgres_url *u = p->db.store->own;
	u->reached_at = time_monotonic();
	if (atomic_exchange(&u->away, false))
		log_warn("database in reach again");
}

bool postgres_is_away(const struct postgres_db *p)
{
	const struct postgres_url *u = p->db.store->own;
	return u->away;
}

void postgres_drop(struct postgres_db *p)
{
	pq.PQfinish(p->c); /* takes NULL */
	p->c = NULL;
	p->listens = false;
	p->begin = NULL;
	p->owed = 0;
	stmt_remove_all(&p->db);
}

bool postgres_ready(struct postgres_db *p, const char **why)
{
	if (p->c && pq.PQstatus(p->c) == CONNECTION_OK)
		return true;
	postgres_drop(p);
	if (must_wait(p)) {
		*why = db_why("PostgreSQL is out of reach");
		return false;
	}
	int64_t began = time_monotonic();
	p->c = dial(p->db.store->own);
	if (pq.PQstatus(p->c) == CONNECTION_OK) {
		pq.PQsetNoticeProcessor(p->c, ignore_notice, NULL);
		if (set_up(p, why) == ERR_OK) {
			tell_back(p);
			p->db.store->reconnects += p->known;
			p->known = true;
			p->delay = 0;
			return true;
		}
	} else
		*why = postgres_why(p, pq.PQerrorMessage(p->c));
	postpone(p);
	postgres_drop(p);
	tell_away(p, began, *why);
	return false;
}

static struct postgres_db *postgres_new(struct store *s)
{
	struct postgres_db *p = calloc(1, sizeof *p);
	if (!p)
		abort();
	db_init(&p->db, s);
	return p;
}

/* The connection struct stays when the server is away: it tries again by itself at its next use. */
static struct db *connect_thread(struct store *s, const char **why)
{
	(void)why;
	return &postgres_new(s)->db;
}

static void disconnect(struct db *db)
{
	struct postgres_db *p = postgres_of(db);
	pq.PQfinish(p->c);
	p->c = NULL;
	db_fini(db);
	free(p);
}

static bool url_read(struct postgres_url *u)
{
	PQconninfoOption *all = pq.PQconninfoParse(u->url, NULL);
	for (const PQconninfoOption *o = all; o && o->keyword; o++)
		if (strcmp(o->keyword, "password") == 0 && o->val && *o->val)
			u->password = strdup(o->val);
	pq.PQconninfoFree(all);
	return all != NULL;
}

static err_t open_(struct store *s, const char *url, const char **why)
{
	struct postgres_url *u = calloc(1, sizeof *u);
	if (!u)
		abort();
	s->own = u;
	u->url = strdup(url);
	if (!pq_load(why))
		return ERR_UNAVAILABLE;
	if (!url_read(u)) { /* libpq's own sentence would repeat the URL with its password */
		*why = "The PostgreSQL URL could not be read. It looks like postgres://user:password@host:5432/name";
		return ERR_INVALID;
	}
	if (s->absent)
		return ERR_OK;
	struct db *db = store_connection(s, why);
	return db && postgres_ready(postgres_of(db), why) ? ERR_OK : ERR_UNAVAILABLE;
}

static void close_(struct store *s)
{
	struct postgres_url *u = s->own;
	store_disconnect_all(s);
	if (u->password)
		explicit_bzero(u->password, strlen(u->password));
	explicit_bzero(u->url, strlen(u->url));
	free(u->password);
	free(u->url);
	free(u);
}

static void forget(struct db *db, struct stmt *st)
{
	struct postgres_db *p = postgres_of(db);
	const char *why = "";
	char text[48];
	snprintf(text, sizeof text, "DEALLOCATE s%u", st->number);
	if (p->c && st->number && postgres_simple(p, text, &why))
		log_warn("prepared statement not dropped", LT("why", why));
}

static err_t copy(struct store *s, int64_t number, const char **why)
{
	(void)s;
	(void)number;
	(void)why;
	return ERR_OK; /* its administrator keeps the backups */
}

const struct db_driver db_postgres = {
	.scheme = "postgres",
	.open = open_,
	.close = close_,
	.connect = connect_thread,
	.disconnect = disconnect,
	.run = postgres_run,
	.later = postgres_later,
	.attempt = postgres_try,
	.script = postgres_script,
	.forget = forget,
	.submit = postgres_submit,
	.listen = postgres_listen,
	.copy = copy,
};
