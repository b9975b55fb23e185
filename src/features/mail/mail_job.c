#include "features/mail/mail_job.h"
#include "base/breaker.h"
#include "base/id.h"
#include "base/log.h"
#include "base/time.h"
#include "features/mail/mail_queue.h"
#include "features/mail/mail_seal.h"
#include "http/smtp.h"
#include "net/ticker.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>

enum {
	LOOK_MS = 500, /* between two looks into an empty queue */
	TURN_MS = 250, /* longest wait for the network */
	COUNT_MS = 5000,
	AGAIN_MS = 1000, /* between two tries to note what became of a letter */
	IDLE_MS = 30000, /* what libcurl holds is given back after */
	PROBE_MS = 300000, /* the server is spoken to at least so often */
	GRACE_MS = 2000, /* for letters that are on their way when we stop */
	DOWN_FIRST_MS = 2000, /* between probes, until the breaker opens */
	DOWN_LONGEST_MS = 60000,
};

/* A letter in hand. */
struct slot {
	struct smtp_letter letter; /* first: done() finds the slot from it */
	struct mail_job *job;
	struct arena *mem; /* NULL: free */
	struct mail *mail;
	struct mail_result result;
	int64_t note_at; /* 0: still on its way; else what became of it is to be noted, not before then */
};

struct mail_job {
	struct ticker *ticker;
	struct work_doors doors;
	_Atomic bool stop, stop_now, ended; /* take no more; wait no more; nothing is on its way */
	pthread_mutex_t lock; /* of smtp, for who cuts it */
	struct smtp *smtp; /* NULL while there is nothing to send */
	struct slot *slots, probe;
	size_t slots_n, used;
	int64_t used_at, look_at, count_at;
	/* The server: as long as it is not well, no letter is taken; a probe asks when it may be again. */
	bool down, probing;
	int64_t probe_at;
	struct breaker *breaker;
};

static const struct mail_conf *settings(void)
{
	return conf_get(conf_current(), &mail_conf_group);
}

static bool stopping(const struct mail_job *j)
{
	return atomic_load_explicit(&j->stop, memory_order_relaxed);
}

/* --- the server --------------------------------------------------------------------------------------------------- */

static int64_t failures(struct mail_job *j)
{
	struct breaker_stats s;
	breaker_stats(j->breaker, time_monotonic(), &s);
	return s.failures;
}

static void server_is_well(struct mail_job *j)
{
	if (failures(j))
		log_info("the SMTP server takes letters again");
	breaker_well(j->breaker);
	j->down = false;
	j->probe_at = time_monotonic() + PROBE_MS;
	mail_watch_server(true);
}

/* A letter was not even heard: the probe will tell whether the server is at fault, before any other letter pays for it. */
static void server_is_suspect(struct mail_job *j)
{
	if (!j->down)
		j->probe_at = 0;
	j->down = true;
}

/* The first failures are followed by a probe some seconds later, longer each time; then the breaker says when. */
static void server_is_down(struct mail_job *j, const char *reason)
{
	uint32_t random;
	id_random(&random, sizeof random);
	if (!failures(j))
		log_warn("the SMTP server does not take letters; they wait", LT("why", reason));
	breaker_failed(j->breaker, time_monotonic(), reason);
	j->down = true;
	j->probe_at = time_monotonic() + backoff_ms(DOWN_FIRST_MS, DOWN_LONGEST_MS, failures(j), random);
	mail_watch_server(false);
}

static bool open_server(struct mail_job *j)
{
	struct arena *a = arena_new(0);
	struct mail_server server = { 0 };
	const char *why = "";
	if (!j->smtp && mail_server_of(a, settings(), &server)) {
		struct smtp *smtp = smtp_new(&(struct smtp_conf){ .url = server.url,
						     .user = server.user,
						     .password = server.password,
						     .ca_file = server.ca_file,
						     .starttls = server.starttls,
						     .connect_ms = settings()->connect_timeout,
						     .total_ms = settings()->timeout,
						     .at_once = (int)settings()->at_once },
			&why);
		pthread_mutex_lock(&j->lock);
		j->smtp = smtp;
		pthread_mutex_unlock(&j->lock);
	}
	if (!j->smtp)
		server_is_down(j, why);
	arena_free(a);
	return j->smtp;
}

static void close_server(struct mail_job *j)
{
	pthread_mutex_lock(&j->lock);
	struct smtp *s = j->smtp;
	j->smtp = NULL;
	pthread_mutex_unlock(&j->lock);
	smtp_free(s);
}

static void probe_done(struct smtp_letter *letter, const struct smtp_outcome *o)
{
	struct mail_job *j = ((struct slot *)(void *)letter)->job;
	j->probing = false;
	if (o->verdict == SMTP_TAKEN)
		server_is_well(j);
	else if (!stopping(j))
		server_is_down(j, o->reason);
}

static void probe(struct mail_job *j)
{
	if (j->probing || stopping(j) || time_monotonic() < j->probe_at || !breaker_ask(j->breaker, time_monotonic()) ||
		!open_server(j))
		return;
	j->probe = (struct slot){ .letter = { .probe = true, .done = probe_done }, .job = j };
	j->probing = true;
	j->used_at = time_monotonic();
	smtp_submit(j->smtp, &j->probe.letter);
}

/* --- what became of a letter -------------------------------------------------------------------------------------- */

struct noting {
	const struct mail_result *result;
	bool dead;
};

static err_t note_inside(struct cx *cx, void *arg)
{
	struct noting *n = arg;
	return mail_note(cx, n->result, &n->dead);
}

static void free_slot(struct mail_job *j, struct slot *s)
{
	arena_free(s->mem);
	*s = (struct slot){ 0 };
	j->used--;
	j->look_at = 0;
}

/* While the database is away the slot stays in use: a letter that was sent must not be sent again for want of a note. */
static void note(struct mail_job *j, struct slot *s)
{
	const struct mail_result *r = &s->result;
	struct noting n = { .result = r };
	err_t e = j->doors.write(NULL, note_inside, &n);
	if (e) {
		log_warn("what became of a letter could not be noted; it is tried again", LT("mail", r->id),
			LT("error", err_info(e)->code));
		s->note_at = time_monotonic() + AGAIN_MS;
		return;
	}
	if (r->end != MAIL_END_BACK)
		mail_watch_result(r->end == MAIL_END_TAKEN, n.dead);
	if (n.dead)
		log_warn("a letter was given up", LT("mail", r->id), LT("domain", r->domain), LT("why", r->reason));
	free_slot(j, s);
}

static enum mail_end end_of(const struct mail_job *j, const struct smtp_outcome *o)
{
	switch (o->verdict) {
	case SMTP_TAKEN:
		return MAIL_END_TAKEN;
	case SMTP_REFUSED:
		return MAIL_END_REFUSED;
	case SMTP_LATER:
		return o->answered ? MAIL_END_LATER : MAIL_END_SILENT;
	case SMTP_DOWN:
		break;
	}
	/* Counted as a failure all the same: a letter that always ends so must not be the first each time. */
	return stopping(j) ? MAIL_END_BACK : MAIL_END_LATER;
}

static void letter_done(struct smtp_letter *letter, const struct smtp_outcome *o)
{
	struct slot *s = (struct slot *)(void *)letter;
	s->result.end = end_of(s->job, o);
	s->result.reason = *o->reason ? arena_strdup(s->mem, o->reason) : NULL;
	s->note_at = 1;
	if (o->verdict == SMTP_DOWN)
		server_is_suspect(s->job);
	else if (o->answered || o->verdict == SMTP_TAKEN)
		server_is_well(s->job);
}

static void note_all(struct mail_job *j)
{
	for (size_t i = 0; i < j->slots_n; i++)
		if (j->slots[i].mem && j->slots[i].note_at && j->slots[i].note_at <= time_monotonic())
			note(j, &j->slots[i]);
}

/* --- taking letters ----------------------------------------------------------------------------------------------- */

static err_t waits_inside(struct cx *cx, void *arg)
{
	return mail_waits(cx, arg);
}

static err_t take_inside(struct cx *cx, void *arg)
{
	return mail_take(cx, arg);
}

static err_t unseal_inside(struct cx *cx, void *arg)
{
	struct slot *s = arg;
	struct mail_server server;
	struct mail_body body = { 0 };
	struct buf b = { .mem = cx->mem };
	if (!mail_server_of(cx->mem, CONF_OF(cx, mail), &server))
		return ERR_UNAVAILABLE;
	TRY(mail_unseal(cx, s->mail, &body));
	mail_letter_write(&b, &(struct mail_sender){ server.from, server.from_name }, s->mail, &body);
	s->letter.bytes = b.p;
	s->letter.n = b.n;
	s->letter.from = server.from;
	return ERR_OK;
}

static struct slot *free_slot_of(struct mail_job *j)
{
	size_t i = 0;
	while (i < j->slots_n && j->slots[i].mem)
		i++;
	return i < j->slots_n ? &j->slots[i] : NULL;
}

static void begin(struct mail_job *j, struct slot *s)
{
	struct mail *m = s->mail;
	s->result = (struct mail_result){
		.id = m->id, .claim = m->claim, .domain = m->domain, .attempts = m->attempts, .queued_at = m->queued_at
	};
	if (j->doors.read(s->mem, unseal_inside, s)) {
		s->result.end = MAIL_END_REFUSED;
		s->result.reason = "what it says cannot be opened with this master key";
		s->note_at = 1;
		return;
	}
	s->letter.to = m->recipient;
	s->letter.done = letter_done;
	smtp_submit(j->smtp, &s->letter);
}

/* False when nothing more is due. */
static bool take_one(struct mail_job *j, struct slot *s)
{
	struct arena *mem = arena_new(0);
	struct mail *m = arena_new_of(mem, struct mail);
	if (j->doors.write(mem, take_inside, m)) {
		arena_free(mem);
		return false;
	}
	*s = (struct slot){ .job = j, .mem = mem, .mail = m };
	j->used++;
	j->used_at = time_monotonic();
	begin(j, s);
	return true;
}

static void take_letters(struct mail_job *j)
{
	bool waits = false;
	struct slot *s = free_slot_of(j);
	if (j->down || !s || time_monotonic() < j->look_at || stopping(j))
		return;
	if (j->doors.read(NULL, waits_inside, &waits) || !waits || !open_server(j)) {
		j->look_at = time_monotonic() + LOOK_MS;
		return;
	}
	while (s && take_one(j, s))
		s = free_slot_of(j);
	j->look_at = time_monotonic() + LOOK_MS;
}

/* --- the thread --------------------------------------------------------------------------------------------------- */

static err_t count_inside(struct cx *cx, void *arg)
{
	return mail_count(cx, arg);
}

static void count(struct mail_job *j)
{
	struct mail_counts c = { 0 };
	if (time_monotonic() < j->count_at)
		return;
	j->count_at = time_monotonic() + COUNT_MS;
	if (j->doors.read(NULL, count_inside, &c) == ERR_OK)
		mail_watch_counts(c.queued, c.dead, c.kept, c.oldest_at);
}

static bool is_busy(const struct mail_job *j)
{
	return j->used || j->probing;
}

/* The time for letters to end by themselves is over. */
static bool cut(const struct mail_job *j)
{
	return atomic_load_explicit(&j->stop_now, memory_order_relaxed);
}

static int64_t tick(void *arg)
{
	struct mail_job *j = arg;
	atomic_store(&j->ended, false);
	do {
		count(j);
		note_all(j);
		probe(j);
		take_letters(j);
		if (j->smtp && is_busy(j))
			smtp_work(j->smtp, TURN_MS);
		log_tick();
	} while (is_busy(j) && !cut(j));
	atomic_store(&j->ended, true);
	if (j->smtp && !is_busy(j) && !stopping(j) && time_monotonic() > j->used_at + IDLE_MS)
		close_server(j);
	return LOOK_MS;
}

struct mail_job *mail_job_start(const struct work_doors *doors)
{
	const struct mail_conf *conf = settings();
	if (!*conf->smtp_url && !*conf->smtp_host)
		return NULL;
	struct mail_job *j = calloc(1, sizeof *j);
	if (!j)
		abort();
	j->doors = *doors;
	j->slots_n = (size_t)conf->at_once;
	j->slots = calloc(j->slots_n, sizeof *j->slots);
	if (!j->slots)
		abort();
	pthread_mutex_init(&j->lock, NULL);
	j->breaker = breaker_listed("smtp");
	j->ticker = ticker_start("mail", tick, j);
	return j;
}

/* A letter that was heard but not yet answered for would be sent twice: so they get a moment. */
static void wait_for_letters(struct mail_job *j)
{
	const struct timespec pause = { .tv_nsec = 10000000 };
	int64_t end = time_monotonic() + GRACE_MS;
	while (!atomic_load(&j->ended) && time_monotonic() < end)
		nanosleep(&pause, NULL);
}

void mail_job_stop(struct mail_job *j)
{
	if (!j)
		return;
	atomic_store(&j->stop, true);
	wait_for_letters(j);
	atomic_store(&j->stop_now, true);
	pthread_mutex_lock(&j->lock);
	if (j->smtp)
		smtp_cut(j->smtp);
	pthread_mutex_unlock(&j->lock);
	ticker_stop(j->ticker);
	smtp_free(j->smtp);
	for (size_t i = 0; i < j->slots_n; i++)
		j->slots[i].note_at = 1;
	note_all(j);
	for (size_t i = 0; i < j->slots_n; i++)
		arena_free(j->slots[i].mem);
	breaker_free(j->breaker);
	pthread_mutex_destroy(&j->lock);
	free(j->slots);
	free(j);
}
