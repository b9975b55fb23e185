#include "features/events/events_job.h"
#include "base/breaker.h"
#include "base/log.h"
#include "base/time.h"
#include "net/ticker.h"

#include <stdlib.h>

enum {
	BATCH = 500,
	LOOK_MS = 50, /* between two looks for new events */
	HELD_BY_ANOTHER_MS = 2000,
	AGAIN_MS = 1000, /* after something failed */
	KEEP_HOLD_MS = SINK_HOLD_MS / 3,
	IDLE_MS = 5000,
};

/* One receiver and its thread. */
struct giver {
	const struct events_way *way;
	struct work_doors doors;
	struct sink_self self;
	struct ticker *ticker;
	struct breaker *breaker;
	bool held, troubled;
	int64_t position, sent; /* it has the events up to there for certain; what is between was sent */
	int64_t hold_at, idle_at; /* monotonic: when to say again that it is held; when to be idle */
};

struct events_job {
	size_t n;
	struct giver givers[];
};

/* --- the receiver's row ------------------------------------------------------------------------------------------- */

static err_t hold_inside(struct cx *cx, void *arg)
{
	struct giver *g = arg;
	return sink_hold(cx, &g->self, &g->held, &g->position);
}

/* What was sent and not confirmed is sent again, or is no longer this node's business. */
static void forget_sent(struct giver *g)
{
	if (g->sent > g->position)
		g->way->close();
	g->sent = g->position;
}

static bool hold(struct giver *g)
{
	if (g->held && time_monotonic() < g->hold_at)
		return true;
	int64_t before = g->position;
	bool held = g->held;
	g->hold_at = time_monotonic() + KEEP_HOLD_MS;
	if (g->doors.write(NULL, hold_inside, g))
		g->held = false;
	if (!g->held || !held || g->position != before)
		forget_sent(g);
	if (g->held && (!held || g->position != before))
		log_info("events are given to a receiver", LT("sink", g->self.name), LI("after", g->position));
	return g->held;
}

struct batch {
	const struct giver *g;
	struct list events;
};

static err_t read_inside(struct cx *cx, void *arg)
{
	struct batch *b = arg;
	return sink_read(cx, b->g->sent, BATCH, &b->events);
}

struct step {
	const struct giver *g;
	int64_t to;
	const char *why;
	const struct list *keep; /* events that are kept in the same transaction; NULL: they were given */
	bool moved;
};

static err_t move_inside(struct cx *cx, void *arg)
{
	struct step *s = arg;
	TRY(sink_move(cx, &s->g->self, s->g->position, s->to, &s->moved));
	return s->moved && s->keep ? s->g->way->keep(cx, s->keep) : ERR_OK;
}

static err_t trouble_inside(struct cx *cx, void *arg)
{
	const struct step *s = arg;
	return sink_note_trouble(cx, &s->g->self, s->why);
}

static err_t let_go_inside(struct cx *cx, void *arg)
{
	const struct giver *g = arg;
	return sink_let_go(cx, &g->self);
}

/* Where it stands is noted even if it took nothing new: that it takes events again. */
static bool move_to(struct giver *g, int64_t to, const struct list *keep)
{
	struct step s = { .g = g, .to = to, .keep = keep };
	if (g->doors.write(NULL, move_inside, &s) == ERR_OK && s.moved)
		g->position = to;
	else
		g->held = false; /* somebody sent it back, or the database is away: asked again */
	return g->held;
}

/* --- giving ------------------------------------------------------------------------------------------------------- */

static void failed(struct giver *g, const char *why)
{
	struct step s = { .g = g, .why = why };
	breaker_failed(g->breaker, time_monotonic(), why);
	err_t e = g->doors.write(NULL, trouble_inside, &s);
	(void)e; /* logged; the row is for people */
	g->troubled = true;
	g->way->close();
	g->sent = g->position;
}

static bool settle(struct giver *g, bool all)
{
	int64_t upto = 0;
	const char *why = "";
	bool good = g->way->settle(all, &upto, &why);
	if (good)
		breaker_well(g->breaker);
	if (upto > g->position)
		move_to(g, upto, NULL);
	if (!good)
		failed(g, why);
	return good;
}

/* While the receiver works at one batch, the next is read and sent. */
static bool give(struct giver *g, struct arena *mem, const struct list *events)
{
	const char *why = "";
	const struct event_out *e = events->items;
	int64_t last = e[events->n - 1].sequence;
	if (g->way->keep) {
		bool moved = move_to(g, last, events);
		g->sent = g->position;
		return moved;
	}
	if (!g->way->send(mem, events, &why)) {
		failed(g, why);
		return false;
	}
	g->sent = last;
	return settle(g, events->n < BATCH);
}

static void be_idle(struct giver *g)
{
	const char *why = "";
	if (!g->way->idle || time_monotonic() < g->idle_at)
		return;
	g->idle_at = time_monotonic() + IDLE_MS;
	if (!g->way->idle(&why))
		g->way->close(); /* opened again for the next event */
}

/* Some events, or none there are; how long to wait. */
static int64_t give_some(struct giver *g, struct arena *mem)
{
	struct batch b = { .g = g };
	if (g->doors.read(mem, read_inside, &b))
		return AGAIN_MS;
	if (!b.events.n && g->sent > g->position)
		return settle(g, true) ? LOOK_MS : AGAIN_MS;
	if (!b.events.n) {
		be_idle(g);
		return LOOK_MS;
	}
	if (!breaker_ask(g->breaker, time_monotonic()))
		return AGAIN_MS;
	if (!give(g, mem, &b.events))
		return AGAIN_MS;
	return b.events.n == BATCH ? 0 : LOOK_MS;
}

static int64_t tick(void *arg)
{
	struct giver *g = arg;
	if (!hold(g))
		return HELD_BY_ANOTHER_MS;
	struct arena *mem = arena_new(0);
	int64_t wait = give_some(g, mem);
	arena_free(mem);
	return wait;
}

/* --- threads ------------------------------------------------------------------------------------------------------ */

static void start(struct giver *g)
{
	g->breaker = breaker_listed(g->way->name);
	g->ticker = ticker_start(g->way->name, tick, g);
}

struct events_job *events_job_start(
	const struct work_doors *doors, const struct events_way *const *ways, const char *node, bool alone)
{
	size_t n = 0;
	while (ways[n])
		n++;
	struct events_job *j = calloc(1, sizeof *j + n * sizeof j->givers[0]);
	if (!j)
		abort();
	for (size_t i = 0; i < n; i++)
		if (ways[i]->is_set())
			j->givers[j->n++] = (struct giver){
				.way = ways[i], .doors = *doors, .self = { ways[i]->name, node, alone }
			};
	for (size_t i = 0; i < j->n; i++)
		start(&j->givers[i]);
	if (j->n)
		return j;
	free(j);
	return NULL;
}

void events_job_stop(struct events_job *j)
{
	for (size_t i = 0; j && i < j->n; i++) {
		struct giver *g = &j->givers[i];
		ticker_stop(g->ticker);
		g->way->close();
		err_t e = g->held ? g->doors.write(NULL, let_go_inside, g) : ERR_OK;
		(void)e; /* another node waits a little longer then */
		breaker_free(g->breaker);
	}
	free(j);
}
