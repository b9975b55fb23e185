#include "features/webhook/webhook_job.h"
#include "base/log.h"
#include "base/time.h"
#include "features/events/events_form.h"
#include "features/webhook/webhook_queue.h"
#include "features/webhook/webhook_secret.h"
#include "http/client.h"
#include "net/ticker.h"

#include <assert.h>
#include <stdatomic.h>
#include <stdlib.h>

enum {
	LOOK_MS = 100, /* between two looks into empty queues */
	NOBODY_MS = 1000, /* the same while there is no endpoint */
	TURN_MS = 50, /* longest wait for the network */
	GATHER_MS = 2, /* the same for others that end at about the same time */
	COUNT_MS = 5000,
	AGAIN_MS = 1000, /* after something failed here */
	IDLE_MS = 60000, /* what libcurl holds is given back after */
	GRACE_MS = 2000, /* for what is on its way when we stop */
	GONE = 410,
};

/* A delivery in hand. */
struct slot {
	struct http_post post; /* first: done() finds the slot from it */
	struct webhook_job *job;
	struct arena *mem; /* NULL: free */
	struct webhook_delivery delivery;
	struct webhook_parcel *parcel;
	struct webhook_result result;
	bool ended; /* what became of it is to be noted */
};

struct webhook_job {
	struct ticker *ticker;
	struct work_doors doors;
	struct arena *mem; /* of the settings */
	struct http_client_conf conf;
	struct http_client *client; /* NULL while there is nothing to send */
	struct slot *slots;
	struct webhook_result **results; /* a place for each slot */
	size_t slots_n, used;
	bool anybody; /* there are endpoints, as far as is known */
	int64_t used_at, look_at, again_at, count_at;
	_Atomic int64_t stop_at; /* monotonic: 0 while it runs; then when to wait no more */
};

static int64_t stop_at(struct webhook_job *j)
{
	return atomic_load_explicit(&j->stop_at, memory_order_relaxed);
}

/* --- what became of it -------------------------------------------------------------------------------------------- */

static void free_slot(struct webhook_job *j, struct slot *s)
{
	arena_free(s->mem);
	*s = (struct slot){ 0 };
	j->used--;
}

static void tell(const struct webhook_result *r)
{
	if (r->end != WEBHOOK_END_BACK)
		webhook_watch_result(r->end == WEBHOOK_END_TAKEN, r->dead);
	if (r->dead)
		log_warn("an event was not delivered to a webhook; it was given up",
			LT("webhook", r->delivery->webhook_id), LT("event", r->delivery->event_id),
			LT("why", r->reason));
}

static size_t ended(struct webhook_job *j)
{
	size_t n = 0;
	for (size_t i = 0; i < j->slots_n; i++)
		if (j->slots[i].mem && j->slots[i].ended)
			j->results[n++] = &j->slots[i].result;
	return n;
}

static void free_ended(struct webhook_job *j)
{
	for (size_t i = 0; i < j->slots_n; i++)
		if (j->slots[i].mem && j->slots[i].ended) {
			tell(&j->slots[i].result);
			free_slot(j, &j->slots[i]);
		}
}

static void end_slot(struct slot *s, enum webhook_end end, const char *reason)
{
	s->result.end = end;
	s->result.reason = reason && *reason ? arena_strdup(s->mem, reason) : NULL;
	s->ended = true;
}

static enum webhook_end end_of(const struct http_outcome *o)
{
	if (o->stopped)
		return WEBHOOK_END_BACK;
	if (o->status >= 200 && o->status < 300)
		return WEBHOOK_END_TAKEN;
	return o->status == GONE ? WEBHOOK_END_GONE : WEBHOOK_END_LATER;
}

/* Who says when to come back is believed where the answer means just that (RFC 9110 section 10.2.3, RFC 6585 section 4). */
static bool asks_to_wait(int status)
{
	return status == 429 || (status >= 502 && status <= 504);
}

static void post_done(struct http_post *post, const struct http_outcome *o)
{
	struct slot *s = (struct slot *)(void *)post;
	s->result.http_status = o->status;
	s->result.retry_after = asks_to_wait(o->status) ? o->retry_after : 0;
	end_slot(s, end_of(o), o->reason);
}

/* --- sending ------------------------------------------------------------------------------------------------------ */

static err_t open_inside(struct cx *cx, void *arg)
{
	struct slot *s = arg;
	return webhook_queue_open(cx, &s->delivery, s->parcel);
}

static const char *signatures(struct arena *a, const struct webhook_parcel *p, const struct webhook_message *m)
{
	const char *now = webhook_sign(a, p->secret, m),
		   *old = p->old_secret ? webhook_sign(a, p->old_secret, m) : NULL;
	return old ? arena_printf(a, "%s %s", now, old) : now;
}

/* Standard Webhooks 1.0: the identifier is the event's, the same at every try and at every replay. */
static void write_post(struct slot *s)
{
	const struct webhook_parcel *p = s->parcel;
	enum events_form form = (enum events_form)p->endpoint.form;
	struct buf body = { .mem = s->mem };
	const char **headers = arena_array_of(s->mem, const char *, 5);
	events_form_write(&body, form, &p->event);
	struct webhook_message m = { p->event.event_id, time_now() / 1000, buf_cstr(&body), body.n };
	headers[0] = arena_printf(s->mem, "Content-Type: %s", events_form_content_type(form));
	headers[1] = arena_printf(s->mem, "webhook-id: %s", m.id);
	headers[2] = arena_printf(s->mem, "webhook-timestamp: %lld", (long long)m.second);
	headers[3] = arena_printf(s->mem, "webhook-signature: %s", signatures(s->mem, p, &m));
	s->post = (struct http_post){
		.url = p->endpoint.url, .headers = headers, .body = m.body, .n = m.n, .done = post_done
	};
}

/* The settings may have changed since the address was taken. */
static const char *refused(struct slot *s)
{
	struct target t;
	const char *why = target_parse(s->mem, s->parcel->endpoint.url, &t);
	why = why ? why : target_refused(s->mem, &t, &s->job->conf.rules);
	return why ? arena_printf(s->mem, "its address %s", why) : NULL;
}

static void begin(struct slot *s)
{
	s->parcel = arena_new_of(s->mem, struct webhook_parcel);
	s->result = (struct webhook_result){ .delivery = &s->delivery };
	err_t e = s->job->doors.read(s->mem, open_inside, s);
	const char *why = e ? NULL : refused(s);
	if (e == ERR_NOT_FOUND)
		end_slot(s, WEBHOOK_END_LOST, "the event is not kept any more (events.keep)");
	else if (e == ERR_INTERNAL)
		end_slot(s, WEBHOOK_END_LOST, "its secret cannot be opened with this master key");
	else if (e)
		end_slot(s, WEBHOOK_END_BACK, NULL); /* the database is away */
	else if (why)
		end_slot(s, WEBHOOK_END_LATER, why);
	else {
		write_post(s);
		http_client_post(s->job->client, &s->post);
	}
}

static struct slot *free_slot_of(struct webhook_job *j)
{
	size_t i = 0;
	while (i < j->slots_n && j->slots[i].mem)
		i++;
	return i < j->slots_n ? &j->slots[i] : NULL;
}

static void fill_slot(struct webhook_job *j, const struct webhook_delivery *d)
{
	struct slot *s = free_slot_of(j);
	assert(s && "more was taken than there is room for");
	*s = (struct slot){ .job = j, .mem = arena_new(0), .delivery = *d };
	const char **texts[] = { &s->delivery.webhook_id, &s->delivery.event_id, &s->delivery.event_type,
		&s->delivery.subject, &s->delivery.claim, &s->delivery.reason };
	for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
		*texts[i] = arena_strdup(s->mem, *texts[i]);
	j->used++;
	j->used_at = time_monotonic();
	begin(s);
}

/* --- taking ------------------------------------------------------------------------------------------------------- */

static err_t waits_inside(struct cx *cx, void *arg)
{
	return webhook_queue_waits(cx, arg);
}

static bool open_client(struct webhook_job *j)
{
	const char *why = "";
	if (!j->client)
		j->client = http_client_new(&j->conf, &why);
	if (!j->client)
		log_warn("webhooks cannot be sent", LT("why", why));
	return j->client;
}

static bool looks(struct webhook_job *j)
{
	bool waits = false;
	if (time_monotonic() < j->look_at)
		return false;
	j->look_at = time_monotonic() + LOOK_MS;
	if (j->doors.read(NULL, waits_inside, &waits) || !waits)
		return false;
	j->anybody = true;
	return true;
}

/* What ended is noted, and what is due of one endpoint is taken: one transaction, for each costs a disk its time. */
struct turn {
	struct webhook_result *const *results;
	size_t n;
	int64_t most; /* to be taken */
	struct list deliveries;
};

static err_t turn_inside(struct cx *cx, void *arg)
{
	struct turn *t = arg;
	t->deliveries = (struct list){ 0 };
	TRY(webhook_queue_note(cx, t->results, t->n));
	return t->most ? webhook_queue_take(cx, t->most, &t->deliveries) : ERR_OK;
}

static int64_t room(struct webhook_job *j, const struct turn *t, bool more)
{
	size_t free = j->slots_n - j->used + t->n;
	bool take = free && !stop_at(j) && (more || t->n || looks(j));
	if (!take)
		return 0;
	if (open_client(j))
		return (int64_t)free;
	j->look_at = time_monotonic() + COUNT_MS;
	return 0;
}

/* While the database is away the slots stay in use: what was taken must not be sent again for want of a note. `more`: the last
 * turn took some. */
static bool take_turn(struct webhook_job *j, bool more)
{
	if (time_monotonic() < j->again_at)
		return false;
	struct turn t = { .results = j->results, .n = ended(j) };
	t.most = room(j, &t, more);
	if (!t.n && !t.most)
		return false;
	struct arena *mem = arena_new(0);
	err_t e = j->doors.write(mem, turn_inside, &t);
	const struct webhook_delivery *d = t.deliveries.items;
	if (e)
		j->again_at = time_monotonic() + AGAIN_MS;
	else
		free_ended(j);
	for (size_t i = 0; !e && i < t.deliveries.n; i++)
		fill_slot(j, &d[i]);
	arena_free(mem);
	return !e && t.deliveries.n;
}

/* --- the thread --------------------------------------------------------------------------------------------------- */

static err_t count_inside(struct cx *cx, void *arg)
{
	return webhook_queue_count(cx, arg);
}

static void count(struct webhook_job *j)
{
	struct webhook_counts c = { 0 };
	if (time_monotonic() < j->count_at)
		return;
	j->count_at = time_monotonic() + COUNT_MS;
	if (j->doors.read(NULL, count_inside, &c))
		return;
	webhook_watch_counts(&c);
	j->anybody = c.endpoints;
}

static bool wait_on(struct webhook_job *j)
{
	int64_t end = stop_at(j);
	return j->used && (!end || time_monotonic() < end);
}

static void close_when_idle(struct webhook_job *j)
{
	if (j->used || time_monotonic() < j->used_at + IDLE_MS)
		return;
	http_client_free(j->client);
	j->client = NULL;
}

/* What ended already is noted before anything is waited for; what ends just after the first is noted with it. */
static void work(struct webhook_job *j)
{
	bool can_note = time_monotonic() >= j->again_at;
	if (!j->client || !j->used)
		return;
	http_client_work(j->client, can_note && ended(j) ? 0 : TURN_MS);
	size_t n = ended(j);
	for (size_t before = 0; can_note && n > before && n < j->used; before = n, n = ended(j))
		http_client_work(j->client, GATHER_MS);
}

static int64_t tick(void *arg)
{
	struct webhook_job *j = arg;
	do {
		count(j);
		bool more = take_turn(j, false);
		while (more)
			more = take_turn(j, true);
		work(j);
		log_tick();
	} while (wait_on(j));
	close_when_idle(j);
	return j->anybody ? LOOK_MS : NOBODY_MS;
}

struct webhook_job *webhook_job_start(const struct work_doors *doors)
{
	const struct webhooks_conf *conf = conf_get(conf_current(), &webhooks_conf_group);
	if (!conf->enabled)
		return NULL;
	struct webhook_job *j = calloc(1, sizeof *j);
	if (!j)
		abort();
	j->doors = *doors;
	j->mem = arena_new(0);
	webhook_job_conf(j->mem, conf, &j->conf);
	j->slots_n = (size_t)conf->at_once;
	j->slots = arena_array_of(j->mem, struct slot, j->slots_n);
	j->results = arena_array_of(j->mem, struct webhook_result *, j->slots_n);
	j->ticker = ticker_start("webhooks", tick, j);
	return j;
}

void webhook_job_stop(struct webhook_job *j)
{
	if (!j)
		return;
	atomic_store(&j->stop_at, time_monotonic() + GRACE_MS);
	ticker_stop(j->ticker);
	http_client_free(j->client); /* what is on its way ends, to be noted */
	j->again_at = 0;
	(void)take_turn(j, false); /* notes; nothing is taken any more */
	for (size_t i = 0; i < j->slots_n; i++)
		arena_free(j->slots[i].mem);
	arena_free(j->mem);
	free(j);
}
