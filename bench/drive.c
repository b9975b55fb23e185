#include "load.h"

#include <sys/epoll.h>
#include <time.h>

enum { EVENTS = 128, TICK_MS = 50, OPEN_AT_ONCE = 256 };
#define SECOND UINT64_C(1000000000)
/* How long answers are awaited after the end of the time. */
#define GRACE (5 * SECOND)

uint64_t nanos(void)
{
	struct timespec t;
	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * SECOND + (uint64_t)t.tv_nsec;
}

static void settle(struct worker *w, struct client *c, enum verdict v, uint64_t now)
{
	w->verdict[v]++;
	w->last_answer = now;
	if (v == GOOD_READ)
		hist_add(&w->reads, now - c->began);
	else if (v == GOOD_WRITE)
		hist_add(&w->writes, now - c->began);
}

static void broken(struct worker *w, struct client *c, uint64_t now)
{
	if (c->busy)
		settle(w, c, BROKEN, now);
	client_close(c);
	c->paused_until = now + SECOND / 10;
}

/* Starts the next request on a free connection; false when none is left to make. */
static bool begin(struct worker *w, struct client *c, uint64_t now)
{
	struct load *l = w->load;
	if (now >= l->until)
		return false;
	if (c->fd < 0 && !client_open(c, w->epoll, l->port)) {
		c->paused_until = now + SECOND / 10;
		w->verdict[BROKEN]++;
		return true;
	}
	uint64_t ticket = atomic_fetch_add_explicit(&l->ticket, 1, memory_order_relaxed);
	if (l->count && ticket >= l->count)
		return false;
	l->mode->ask(w, c, ticket);
	/* Paced requests count from when they were due, so that a slow server cannot hide the wait before them. */
	c->began = l->rate > 0 ? w->due : now;
	c->busy = true;
	if (client_send(c) == CLIENT_BROKEN)
		broken(w, c, now);
	return true;
}

static bool may_begin(const struct worker *w, const struct client *c, uint64_t now)
{
	return !c->busy && c->paused_until <= now && (w->load->rate <= 0 || w->due <= now);
}

/* Gives work to the free connections; false when the work is over and nothing is under way. */
static bool fill(struct worker *w, uint64_t now)
{
	struct load *l = w->load;
	uint64_t step = l->rate > 0 ? (uint64_t)(1e9 * l->threads / l->rate) : 0;
	unsigned opened = 0;
	bool busy = false, more = now < l->until && (!l->count || atomic_load(&l->ticket) < l->count);
	for (unsigned i = 0; i < w->n; i++) {
		struct client *c = &w->clients[i];
		/* Thousands of connections come in bunches, and the answers of one are read before the next is opened. */
		if (more && may_begin(w, c, now) && (c->fd >= 0 || opened++ < OPEN_AT_ONCE)) {
			more = begin(w, c, now);
			w->due += step;
		}
		busy |= c->busy;
	}
	return busy || more;
}

static void on_answer(struct worker *w, struct client *c, const struct answer *a)
{
	uint64_t now = nanos();
	enum verdict v = w->load->mode->judge(w, c, a);
	if (v == REFUSED)
		c->paused_until = now + answer_retry_after(a, 1) * SECOND;
	if (v == WRONG_STATUS)
		w->odd_status = a->status;
	settle(w, c, v, now);
	client_done(c);
	if (w->load->rate <= 0 && may_begin(w, c, now))
		begin(w, c, now);
}

static void on_event(struct worker *w, const struct epoll_event *ev)
{
	struct client *c = ev->data.ptr;
	struct answer a;
	enum client_state s = CLIENT_WAITS;
	if (ev->events & EPOLLOUT)
		s = client_send(c);
	if (s == CLIENT_WAITS && ev->events & (EPOLLIN | EPOLLHUP | EPOLLERR))
		s = client_receive(c, &a);
	if (s == CLIENT_ANSWERED)
		on_answer(w, c, &a);
	else if (s == CLIENT_BROKEN)
		broken(w, c, nanos());
}

static int wait_ms(const struct worker *w, uint64_t now)
{
	if (w->load->rate <= 0)
		return TICK_MS;
	return w->due > now ? (int)((w->due - now) / 1000000) : 0;
}

void *drive(void *worker)
{
	struct worker *w = worker;
	w->due = w->load->began;
	w->last_answer = w->load->began;
	uint64_t now = nanos(), scanned = 0;
	for (bool more = true; more && now < w->load->until + GRACE; now = nanos()) {
		/* The closed loop goes on by itself; the scan is for the start, pauses, breaks and the end. */
		if (w->load->rate > 0 || now - scanned > TICK_MS * SECOND / 1000) {
			more = fill(w, now);
			scanned = now;
		}
		struct epoll_event ev[EVENTS];
		int n = more ? epoll_wait(w->epoll, ev, EVENTS, wait_ms(w, now)) : 0;
		for (int i = 0; i < n; i++)
			on_event(w, &ev[i]);
	}
	for (unsigned i = 0; i < w->n; i++)
		if (w->clients[i].busy)
			broken(w, &w->clients[i], now);
	return NULL;
}
