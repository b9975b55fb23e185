#include "features/health/health.h"
#include "base/breaker.h"
#include "base/resident.h"
#include "base/time.h"
#include "features/events/events.h"
#include "features/health/health_store.h"
#include "features/user/user.h"
#include "features/webhook/webhook.h"

#include <string.h>
#include <sys/sysinfo.h>
#include <sys/utsname.h>
#include <unistd.h>

enum { MB = 1 << 20, DOWN = 503 };

static const char service[] = "user-service";
static const char *version = "";
static int64_t started; /* monotonic: setting the clock is no time that passed */

void health_init(const char *version_)
{
	version = version_;
	started = time_monotonic();
}

/* --- what there is to tell ---------------------------------------------------------------------------------------- */

static struct health_part *part(struct cx *cx, const char *name, bool healthy, const char *status, int64_t ms)
{
	struct health_part *p = arena_new_of(cx->mem, struct health_part);
	char now[TIME_TEXT];
	time_format(now, cx->now);
	*p = (struct health_part){ .name = name,
		.status = status,
		.healthy = healthy,
		.response_ms = ms,
		.message = healthy ? "answers" : "does not answer",
		.timestamp = arena_strdup(cx->mem, now) };
	return p;
}

static struct health_part *database(struct cx *cx)
{
	int64_t start = time_monotonic();
	bool good = health_store_ping(cx);
	return part(cx, "database", good, good ? "connected" : "disconnected", time_monotonic() - start);
}

static void note_lag(struct health_part *p, const struct events_lag *l)
{
	p->depth = (struct opt_int){ IS_SET, l->depth };
	p->lag_ms = (struct opt_int){ IS_SET, events_lag_ms(l) };
}

/* Changes are numbered some hundred ms after they were made; one that waits for long says that the relay does not run. */
static struct health_part *events(struct cx *cx)
{
	enum { LONG_MS = 5000 };
	struct events_lag l = events_relay_lag();
	bool good = events_lag_ms(&l) < LONG_MS + EVENTS_COUNT_MS;
	struct health_part *p = part(cx, "events", good, good ? "healthy" : "behind", 0);
	p->message = good ? "every change gets its number" : "changes wait for their number";
	note_lag(p, &l);
	return p;
}

/* A server that this one leans on but does not need: what its breaker knows; nobody waits for it here. Why it is not well
 * stands in the log: that may name what strangers need not know. */
static struct health_part *other(struct cx *cx, const char *name, const char *service_name)
{
	struct breaker_stats s;
	if (!breaker_find(service_name, time_monotonic(), &s))
		return NULL;
	bool good = !s.failures && s.state == BREAKER_CLOSED;
	struct health_part *p = part(cx, name, good, !s.known ? "unknown" : good ? "connected" : "disconnected", 0);
	if (!s.known)
		p->message = "was not asked yet";
	return p;
}

static struct health_part *rabbitmq(struct cx *cx)
{
	struct health_part *p = other(cx, "rabbitmq", "rabbitmq");
	struct events_lag l = events_sink_lag("rabbitmq");
	if (p)
		note_lag(p, &l);
	return p;
}

/* Which of them it is, its administrators see; strangers are told a number. */
static struct health_part *webhooks(struct cx *cx)
{
	struct webhook_health w = webhook_health();
	if (!w.endpoints)
		return NULL;
	bool good = !w.failing;
	struct health_part *p = part(cx, "webhooks", good, good ? "connected" : "disconnected", 0);
	if (!good)
		p->message = arena_printf(
			cx->mem, "%lld of %lld do not answer", (long long)w.failing, (long long)w.endpoints);
	return p;
}

/* Without it nodes look for news by the clock, limit by themselves and ask the database: right, and slower. */
static struct health_part *redis(struct cx *cx)
{
	struct health_part *p = other(cx, "redis", "redis");
	if (p && !p->healthy)
		p->status = "degraded";
	return p;
}

/* Without it the primary answers all. */
static struct health_part *replica(struct cx *cx)
{
	struct health_part *p = other(cx, "replica", "replica");
	if (p && !p->healthy)
		p->status = "degraded";
	return p;
}

/* The cache is this process's own memory: it is as well as the process. */
static struct health_parts *parts(struct cx *cx)
{
	struct health_parts *p = arena_new_of(cx->mem, struct health_parts);
	p->database = database(cx);
	p->cache = part(cx, "cache", true, "healthy", 0);
	p->events = events(cx);
	p->mail = other(cx, "mail", "smtp");
	p->rabbitmq = rabbitmq(cx);
	p->webhooks = webhooks(cx);
	p->redis = redis(cx);
	p->replica = replica(cx);
	return p;
}

static struct health_memory *memory(struct cx *cx)
{
	struct health_memory *m = arena_new_of(cx->mem, struct health_memory);
	struct sysinfo info = { 0 };
	sysinfo(&info);
	int64_t total = (int64_t)info.totalram * info.mem_unit;
	int64_t used = resident_bytes();
	*m = (struct health_memory){ used / MB, total / MB, total ? (double)used * 100 / (double)total : 0 };
	return m;
}

static struct health_system *computer(struct cx *cx)
{
	struct health_system *s = arena_new_of(cx->mem, struct health_system);
	struct utsname u = { 0 };
	double load[3] = { 0 };
	uname(&u);
	if (getloadavg(load, 3) != 3)
		memset(load, 0, sizeof load);
	*s = (struct health_system){ .platform = "linux",
		.arch = arena_strdup(cx->mem, u.machine),
		.cpu_count = sysconf(_SC_NPROCESSORS_ONLN) };
	s->load_average.text = arena_printf(cx->mem, "[%.2f,%.2f,%.2f]", load[0], load[1], load[2]);
	return s;
}

static const char *verdict(struct cx *cx, bool good)
{
	cx->status = good ? 0 : DOWN;
	return good ? "healthy" : "unhealthy";
}

/* --- operations --------------------------------------------------------------------------------------------------- */

err_t health_get(struct cx *cx, const struct none *in, struct health *out)
{
	(void)in;
	struct health_parts *p = parts(cx);
	bool good = p->database->healthy;
	*out = (struct health){ .status = verdict(cx, good),
		.healthy = good,
		.service = service,
		.version = version,
		.timestamp = cx->now,
		.uptime = (time_monotonic() - started) / 1000,
		.memory = memory(cx),
		.database = p->database,
		.system = computer(cx),
		.components = p };
	return ERR_OK;
}

err_t health_ready(struct cx *cx, const struct none *in, struct health_brief *out)
{
	(void)in;
	bool good = health_store_ping(cx);
	cx->status = good ? 0 : DOWN;
	*out = (struct health_brief){ good ? "ready" : "not ready", service, good ? NULL : "Database not ready",
		cx->now };
	return ERR_OK;
}

err_t health_live(struct cx *cx, const struct none *in, struct health_brief *out)
{
	(void)in;
	*out = (struct health_brief){ "alive", service, NULL, cx->now };
	return ERR_OK;
}

err_t health_ping(struct cx *cx, const struct none *in, struct health_pong *out)
{
	(void)in;
	*out = (struct health_pong){ "pong", cx->now };
	return ERR_OK;
}

err_t health_services(struct cx *cx, const struct none *in, struct health_services *out)
{
	(void)in;
	struct health_parts *p = parts(cx);
	*out = (struct health_services){ verdict(cx, p->database->healthy), p, cx->now };
	return ERR_OK;
}

/* Always 200, as the dashboards of document 004 expect: the status is in the body. */
err_t health_dashboard(struct cx *cx, const struct none *in, struct health_dashboard *out)
{
	(void)in;
	struct health_parts *p = parts(cx);
	bool good = p->database->healthy;
	struct health_overall *overall = arena_new_of(cx->mem, struct health_overall);
	struct health_summary *summary = arena_new_of(cx->mem, struct health_summary);
	struct health_board *board = arena_new_of(cx->mem, struct health_board);
	*overall = (struct health_overall){ good, good ? 100 : 50,
		good ? "All components are healthy" : "The database does not answer" };
	const struct health_part *all[] = { p->database, p->cache, p->events, p->mail, p->rabbitmq, p->webhooks,
		p->redis };
	*summary = (struct health_summary){ 0 };
	for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
		summary->total += all[i] != NULL;
		summary->healthy += all[i] && all[i]->healthy;
	}
	*board = (struct health_board){ overall, p, summary, computer(cx), cx->now, cx->now };
	*out = (struct health_dashboard){ good ? "healthy" : "unhealthy", service, version, board };
	return ERR_OK;
}

err_t health_check(struct cx *cx, const struct none *in, struct health_answer *out)
{
	(void)in;
	bool good = health_store_ping(cx);
	struct health_checks *checks = arena_new_of(cx->mem, struct health_checks);
	*checks = (struct health_checks){ good ? "healthy" : "unhealthy", "healthy" };
	*out = (struct health_answer){ service, verdict(cx, good), cx->now, checks };
	return ERR_OK;
}

err_t health_metrics(struct cx *cx, const struct health_period *in, struct health_metrics *out)
{
	int64_t ms;
	if (!duration_parse(in->period, &ms))
		return cx_field(cx, "period", "must be 1h, 24h, 7d or 30d");
	struct health_numbers *n = arena_new_of(cx->mem, struct health_numbers);
	n->users = arena_new_of(cx->mem, struct health_users);
	struct user_stats u = { 0 };
	TRY(stats_users(cx, &(struct user_stats_query){ 0 }, &u));
	*n->users = (struct health_users){ u.total, u.active, u.verified, u.by_role, u.by_status };
	TRY(health_store_numbers(cx, cx->now - ms, n));
	*out = (struct health_metrics){ in->period, n, cx->now };
	return ERR_OK;
}
