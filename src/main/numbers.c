#include "main/numbers.h"
#include "api/call.h"
#include "api/outbox.h"
#include "http/http.h"

#include <pthread.h>

/* Held while the server is asked: once numbers_watch(NULL) has returned, it may go. */
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct http_server *server;

void numbers_watch(struct http_server *s)
{
	pthread_mutex_lock(&lock);
	server = s;
	pthread_mutex_unlock(&lock);
}

static struct http_stats http(void)
{
	struct http_stats s = { 0 };
	pthread_mutex_lock(&lock);
	if (server)
		http_server_stats(server, &s);
	pthread_mutex_unlock(&lock);
	return s;
}

static struct store_stats store(void)
{
	struct store_stats s = { 0 };
	store_stats(engine()->store, &s);
	return s;
}

static struct pool_stats pool(struct pool *p)
{
	struct pool_stats s = { 0 };
	if (p)
		pool_stats(p, &s);
	return s;
}

#define READ(name, value) \
	static int64_t name(void) \
	{ \
		return value; \
	}
READ(connections, http().connections)
READ(connections_idle, http().idle)
READ(connections_refused, http().refused)
READ(requests_bad, http().bad_requests)
READ(timeouts, http().timeouts)
READ(bytes_in, http().bytes_in)
READ(bytes_out, http().bytes_out)
READ(writer_queue, store().queue)
READ(groups, store().groups)
READ(operations, store().operations)
READ(refused, store().busy)
READ(db_connections, store().connections)
READ(reconnects, store().reconnects)
READ(retries, store().retries)
READ(statements, store().statements)
READ(worker_queue, pool(engine()->workers).waiting)
READ(worker_running, pool(engine()->workers).running)
READ(worker_refused, pool(engine()->workers).refused)
READ(hash_queue, pool(engine()->hashers).waiting)
READ(hash_running, pool(engine()->hashers).running)
READ(hash_refused, pool(engine()->hashers).refused)
READ(feed_lag, relay_lag())

/* clang-format off: a table */
const struct metric numbers[] = {
	{ "roster_http_connections", "Open connections", false, connections },
	{ "roster_http_connections_idle", "Of these, those that wait for a request", false, connections_idle },
	{ "roster_http_connections_refused_total", "Connections refused by a cap", true, connections_refused },
	{ "roster_http_bad_requests_total", "Requests that are no HTTP", true, requests_bad },
	{ "roster_http_timeouts_total", "Connections cut by a deadline", true, timeouts },
	{ "roster_http_bytes_in_total", "Bytes received", true, bytes_in },
	{ "roster_http_bytes_out_total", "Bytes sent", true, bytes_out },
	{ "roster_db_queue", "Transactions that wait for the writer", false, writer_queue },
	{ "roster_db_groups_total", "Commits", true, groups },
	{ "roster_db_operations_total", "Transactions in these commits", true, operations },
	{ "roster_db_refused_total", "Transactions refused because the queue was full", true, refused },
	{ "roster_db_connections", "Connections to the database", false, db_connections },
	{ "roster_db_reconnects_total", "Connections made again", true, reconnects },
	{ "roster_db_retries_total", "Transactions run again after a collision", true, retries },
	{ "roster_db_statements_total", "Statements run", true, statements },
	{ "roster_worker_queue", "Calls that wait for a worker", false, worker_queue },
	{ "roster_worker_running", "Workers at work", false, worker_running },
	{ "roster_worker_refused_total", "Calls refused because the queue was full", true, worker_refused },
	{ "roster_hash_queue", "Calls that wait for a password hash", false, hash_queue },
	{ "roster_hash_running", "Hashes being computed", false, hash_running },
	{ "roster_hash_refused_total", "Calls refused because the hash queue was full", true, hash_refused },
	{ "roster_feed_lag_ms", "Since this node last knew what the others did; 0 when it is alone", false, feed_lag },
	{ 0 },
};
