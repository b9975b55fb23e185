#include "api/metrics.h"
#include "api/amqp.h"
#include "base/breaker.h"
#include "base/time.h"

#include <stdatomic.h>
#include <string.h>

/* Upper bounds of the buckets in microseconds; the last bucket has none. */
static const uint64_t bounds_us[] = { 100, 250, 500, 1000, 2500, 5000, 10000, 25000, 50000, 100000, 250000, 500000,
	1000000, 2500000, 10000000 };
enum { BOUNDS = sizeof bounds_us / sizeof *bounds_us, CLASSES = 6, OPS_MAX = 512 };

struct histogram {
	_Atomic uint64_t bucket[BOUNDS + 1], sum_ns;
};
struct row {
	const struct op *op;
	_Atomic uint64_t by_class[CLASSES]; /* status / 100 */
	struct histogram latency;
};

/* Row 0 is for addresses that no operation has. Rows are found by the operation's address: open addressing, filled once
 * before the first request and only read afterwards. */
static struct row rows[OPS_MAX];
static struct histogram hashing;
static const struct metric *engine_metrics;

static size_t place(const struct op *op)
{
	size_t at = 1 + ((uintptr_t)op / sizeof *op * UINT64_C(0x9e3779b97f4a7c15) >> 40) % (OPS_MAX - 1);
	while (rows[at].op && rows[at].op != op)
		at = at % (OPS_MAX - 1) + 1;
	return at;
}

void metrics_init(const struct metric *own)
{
	engine_metrics = own;
	for (const struct feature *const *f = features_all; *f; f++)
		for (const struct op *op = (*f)->ops; op && op->call; op++)
			rows[place(op)].op = op;
}

static void add(struct histogram *h, uint64_t ns)
{
	size_t i = 0;
	while (i < BOUNDS && ns > bounds_us[i] * 1000)
		i++;
	atomic_fetch_add_explicit(&h->bucket[i], 1, memory_order_relaxed);
	atomic_fetch_add_explicit(&h->sum_ns, ns, memory_order_relaxed);
}

void metrics_observe(const struct op *op, int status, uint64_t ns)
{
	struct row *row = &rows[op ? place(op) : 0];
	size_t class = status >= 100 && status < 600 ? (size_t)status / 100 : 5;
	atomic_fetch_add_explicit(&row->by_class[class], 1, memory_order_relaxed);
	add(&row->latency, ns);
}

void metrics_hash(uint64_t ns)
{
	add(&hashing, ns);
}

static void write_histogram(struct buf *b, const char *name, const char *label, const struct histogram *h)
{
	uint64_t n = 0;
	const char *comma = *label ? "," : "";
	for (size_t i = 0; i <= BOUNDS; i++) {
		n += atomic_load_explicit(&h->bucket[i], memory_order_relaxed);
		if (i < BOUNDS)
			buf_printf(b, "%s_bucket{%s%sle=\"%g\"} %llu\n", name, label, comma, (double)bounds_us[i] / 1e6,
				(unsigned long long)n);
		else
			buf_printf(b, "%s_bucket{%s%sle=\"+Inf\"} %llu\n", name, label, comma, (unsigned long long)n);
	}
	double sum = (double)atomic_load_explicit(&h->sum_ns, memory_order_relaxed) / 1e9;
	buf_printf(b, "%s_sum{%s} %g\n%s_count{%s} %llu\n", name, label, sum, name, label, (unsigned long long)n);
}

static const char *row_name(const struct row *row)
{
	return row->op ? row->op->call->name : "none";
}

static bool row_used(const struct row *row)
{
	uint64_t n = 0;
	for (size_t i = 0; i < CLASSES; i++)
		n += atomic_load_explicit(&row->by_class[i], memory_order_relaxed);
	return n;
}

static void write_requests(struct buf *b)
{
	buf_str(b, "# HELP roster_requests_total Requests answered, by operation and class of status.\n"
		   "# TYPE roster_requests_total counter\n");
	for (size_t i = 0; i < OPS_MAX; i++)
		for (size_t k = 0; k < CLASSES && row_used(&rows[i]); k++) {
			uint64_t n = atomic_load_explicit(&rows[i].by_class[k], memory_order_relaxed);
			if (n)
				buf_printf(b, "roster_requests_total{operation=\"%s\",status=\"%zuxx\"} %llu\n",
					row_name(&rows[i]), k, (unsigned long long)n);
		}
	buf_str(b, "# HELP roster_request_seconds Time from the first byte of a request to the last of its answer.\n"
		   "# TYPE roster_request_seconds histogram\n");
	for (size_t i = 0; i < OPS_MAX; i++) {
		if (!row_used(&rows[i]))
			continue;
		struct buf label = { 0 };
		buf_printf(&label, "operation=\"%s\"", row_name(&rows[i]));
		write_histogram(b, "roster_request_seconds", buf_cstr(&label), &rows[i].latency);
		buf_free(&label);
	}
}

static void write_table(struct buf *b, const struct metric *m)
{
	const struct metric *last = NULL;
	for (; m && m->name; last = m++) {
		int n = (int)strcspn(m->name, "{"); /* rows of one name that differ in their labels are one family */
		if (!last || strncmp(last->name, m->name, (size_t)n) != 0 || !strchr("{", last->name[n]))
			buf_printf(b, "# HELP %.*s %s\n# TYPE %.*s %s\n", n, m->name, m->help, n, m->name,
				m->counter ? "counter" : "gauge");
		buf_printf(b, "%s %lld\n", m->name, (long long)m->read());
	}
}

/* Other servers that this one leans on, each behind a breaker. */
static void write_breakers(struct buf *b)
{
	enum { OPEN, OPENED, REFUSED, FAMILIES };
	static const char *const family[FAMILIES][3] = {
		[OPEN] = { "roster_breaker_open", "gauge", "1 while another server is left alone because it failed" },
		[OPENED] = { "roster_breaker_opened_total", "counter", "How often it was" },
		[REFUSED] = { "roster_breaker_refused_total", "counter", "Calls that were not even tried" },
	};
	const char *name;
	struct breaker_stats s;
	for (int f = 0; f < FAMILIES; f++)
		for (size_t i = 0; breaker_list(i, time_monotonic(), &name, &s); i++) {
			if (i == 0)
				buf_printf(b, "# HELP %s %s\n# TYPE %s %s\n", family[f][0], family[f][2], family[f][0],
					family[f][1]);
			int64_t value = f == OPEN ? s.state != BREAKER_CLOSED : f == OPENED ? s.opened : s.refused;
			buf_printf(b, "%s{service=\"%s\"} %lld\n", family[f][0], name, (long long)value);
		}
}

/* Messages taken from queues of the broker, by what became of them. */
static void write_queues(struct buf *b)
{
	const char *name;
	struct amqp_stats s;
	for (size_t i = 0; amqp_list(i, &name, &s); i++) {
		const struct {
			const char *end;
			int64_t n;
		} ends[] = { { "done", s.done }, { "retried", s.retried }, { "dead", s.dead } };
		if (i == 0)
			buf_str(b,
				"# HELP roster_queue_messages_total Messages taken from a queue, by what became of them\n"
				"# TYPE roster_queue_messages_total counter\n");
		for (size_t k = 0; k < sizeof ends / sizeof *ends; k++)
			buf_printf(b, "roster_queue_messages_total{queue=\"%s\",end=\"%s\"} %lld\n", name, ends[k].end,
				(long long)ends[k].n);
	}
}

void metrics_write(struct buf *b)
{
	write_requests(b);
	buf_str(b,
		"# HELP roster_hash_seconds Time to compute one password hash.\n# TYPE roster_hash_seconds histogram\n");
	write_histogram(b, "roster_hash_seconds", "", &hashing);
	write_table(b, engine_metrics);
	write_breakers(b);
	write_queues(b);
	for (const struct feature *const *f = features_all; *f; f++)
		write_table(b, (*f)->metrics);
}
