#include "main/numbers.h"
#include "api/call.h"
#include "api/outbox.h"
#include "api/replica.h"
#include "bus/shared_cache.h"
#include "bus/shared_rate.h"
#include "http/http.h"

#include <pthread.h>

/* Held while the server is asked: once numbers_watch(NULL) has returned, it may go. */
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct http_server *server;
static struct shared_numbers shared;

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

void numbers_watch_shared(const struct shared_numbers *s)
{
	pthread_mutex_lock(&lock);
	shared = s ? *s : (struct shared_numbers){ 0 };
	pthread_mutex_unlock(&lock);
}

static struct hub_stats redis(void)
{
	struct hub_stats s = { 0 };
	pthread_mutex_lock(&lock);
	if (shared.hub)
		hub_stats(shared.hub, &s);
	pthread_mutex_unlock(&lock);
	return s;
}

static struct shared_cache_stats second(void)
{
	struct shared_cache_stats s = { 0 };
	pthread_mutex_lock(&lock);
	if (shared.cache)
		shared_cache_stats(shared.cache, &s);
	pthread_mutex_unlock(&lock);
	return s;
}

static struct shared_rate_stats rates(void)
{
	struct shared_rate_stats s = { 0 };
	pthread_mutex_lock(&lock);
	if (shared.rate)
		shared_rate_stats(shared.rate, &s);
	pthread_mutex_unlock(&lock);
	return s;
}

static struct replica_stats replica(void)
{
	struct replica_stats s = { 0 };
	replica_stats(&s);
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
READ(replica_reads, replica().reads)
READ(replica_late, replica().late)
READ(replica_failed, replica().failed)
READ(redis_up, redis().up)
READ(redis_connects, redis().connects)
READ(redis_commands, redis().posted)
READ(redis_dropped, redis().dropped)
READ(redis_failed, redis().failed)
READ(redis_asked, redis().asked)
READ(redis_unanswered, redis().unanswered)
READ(second_hits, second().hits)
READ(second_misses, second().misses)
READ(second_passed, second().passed)
READ(second_joined, second().joined)
READ(second_sets, second().sets)
READ(second_stale, second().stale)
READ(second_forged, second().forged)
READ(second_drops, second().drops)
READ(second_epochs, second().epochs)
READ(rates_told, rates().told)
READ(rates_untold, rates().untold)

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
	{ "roster_db_replica_reads_total", "Reads answered by the replica", true, replica_reads },
	{ "roster_db_replica_late_total", "Reads that the primary answered because the replica had not caught up", true,
		replica_late },
	{ "roster_db_replica_failed_total", "Reads that the primary answered because the replica did not answer", true,
		replica_failed },
	{ "roster_worker_queue", "Calls that wait for a worker", false, worker_queue },
	{ "roster_worker_running", "Workers at work", false, worker_running },
	{ "roster_worker_refused_total", "Calls refused because the queue was full", true, worker_refused },
	{ "roster_hash_queue", "Calls that wait for a password hash", false, hash_queue },
	{ "roster_hash_running", "Hashes being computed", false, hash_running },
	{ "roster_hash_refused_total", "Calls refused because the hash queue was full", true, hash_refused },
	{ "roster_redis_up", "1 while Redis answers; 0 when it is away, or none is set", false, redis_up },
	{ "roster_redis_connects_total", "Times that it was connected to", true, redis_connects },
	{ "roster_redis_commands_total", "Commands sent that nobody waited for", true, redis_commands },
	{ "roster_redis_commands_dropped_total", "Such commands not sent, because it was away or too many waited", true,
		redis_dropped },
	{ "roster_redis_commands_failed_total", "Such commands that it refused or did not answer", true, redis_failed },
	{ "roster_redis_asked_total", "Questions that a request waited for", true, redis_asked },
	{ "roster_redis_unanswered_total", "Such questions not answered in time", true, redis_unanswered },
	{ "roster_shared_cache_hits_total", "Values that the shared cache knew", true, second_hits },
	{ "roster_shared_cache_misses_total", "Values that it did not know", true, second_misses },
	{ "roster_shared_cache_passed_total",
		"Values that it was not asked for: Redis away, or a change on its way there", true, second_passed },
	{ "roster_shared_cache_joined_total", "Values taken from another request that was reading the same", true,
		second_joined },
	{ "roster_shared_cache_sets_total", "Values put there", true, second_sets },
	{ "roster_shared_cache_stale_total", "Values refused because they were read before a change", true,
		second_stale },
	{ "roster_shared_cache_forged_total", "Values found there that no node of this installation put there", true,
		second_forged },
	{ "roster_shared_cache_drops_total", "Changes told to it", true, second_drops },
	{ "roster_shared_cache_epochs_total", "Times that all of it was dropped", true, second_epochs },
	{ "roster_shared_limits_told_total", "Requests that other nodes were told of, for limits", true, rates_told },
	{ "roster_shared_limits_untold_total", "Requests that they could not be told of", true, rates_untold },
	{ "roster_feed_lag_ms", "Since this node last knew what the others did; 0 when it is alone", false, feed_lag },
	{ 0 },
};
