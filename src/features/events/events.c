#include "features/events/events.h"
#include "base/conf.h"
#include "features/events/events_store.h"

#include <string.h>

/* Numbers that one call looks through for its filters; rows that one round of cleaning takes out. */
enum { STRETCH = 20000, CLEAN_BATCH = 5000 };

static const char source[] = "user-service", version[] = "1.0";

static struct event_out as_event(struct cx *cx, const struct event_row *r)
{
	struct event_subject *subject = arena_new_of(cx->mem, struct event_subject);
	struct event_actor *actor = arena_new_of(cx->mem, struct event_actor);
	*subject = (struct event_subject){ r->subject_type, r->subject_id };
	*actor = (struct event_actor){ r->actor_kind, r->actor_id, r->ip };
	return (struct event_out){ .event_id = r->event_id,
		.event_type = r->type,
		.sequence = r->seq,
		.timestamp = r->at,
		.source = source,
		.version = version,
		.subject = subject,
		.actor = actor,
		.correlation_id = r->correlation_id,
		.data = { r->data } };
}

struct list events_of(struct cx *cx, const struct list *rows, bool turn)
{
	const struct event_row *row = rows->items;
	struct event_out *e = arena_array_of(cx->mem, struct event_out, rows->n + 1);
	for (size_t i = 0; i < rows->n; i++)
		e[i] = as_event(cx, &row[turn ? rows->n - 1 - i : i]);
	return (struct list){ e, rows->n };
}

/* Where to look: forwards from a number, or backwards from the newest. */
static struct events_stretch stretch_of(const struct events_query *in, int64_t newest)
{
	struct events_stretch s = { .type = in->type ? in->type : "",
		.subject_id = in->subject_id ? in->subject_id : "",
		.most = in->limit,
		.upto = newest,
		.newest_first = in->after.has != IS_SET };
	if (s.newest_first)
		s.after = newest - STRETCH;
	else if (in->after.v < newest)
		s.after = in->after.v;
	else
		s.after = newest; /* nothing yet; a number of the future is taken back to what there is */
	if (!s.newest_first && newest - s.after > STRETCH)
		s.upto = s.after + STRETCH;
	return s;
}

err_t events_tail(struct cx *cx, const struct events_query *in, struct events_list *out)
{
	struct events_status now = { 0 };
	struct list rows;
	TRY(events_store_status(cx, &now));
	struct events_stretch s = stretch_of(in, now.newest);
	if (!s.newest_first && s.after < now.oldest - 1) {
		s.after = now.oldest - 1; /* those before were kept long enough */
		s.upto = now.newest - s.after > STRETCH ? s.after + STRETCH : now.newest;
	}
	TRY(events_store_read(cx, &s, &rows));
	out->items = events_of(cx, &rows, s.newest_first);
	const struct event_out *e = out->items.items;
	/* A full page goes on behind its last; one that is not has seen all of its stretch. */
	int64_t seen = (int64_t)rows.n == s.most && !s.newest_first ? e[rows.n - 1].sequence : s.upto;
	out->page = arena_new_of(cx->mem, struct page);
	*out->page = (struct page){ .limit = in->limit,
		.has_next = seen<now.newest, .has_previous = (rows.n ? e[0].sequence : seen + 1)> now.oldest,
		.next_cursor = arena_printf(cx->mem, "%lld", (long long)seen) };
	return ERR_OK;
}

err_t events_status(struct cx *cx, const struct none *in, struct events_status *out)
{
	(void)in;
	TRY(events_store_status(cx, out));
	TRY(events_store_sinks(cx, &out->sinks));
	struct sink_info *sink = out->sinks.items;
	for (size_t i = 0; i < out->sinks.n; i++)
		sink[i].behind = out->newest - sink[i].position;
	return ERR_OK;
}

err_t events_replay(struct cx *cx, const struct events_replay *in, struct sink_info *out)
{
	struct events_status now = { 0 };
	TRY(events_store_status(cx, &now));
	if (in->from > now.newest + 1)
		return cx_field(
			cx, "from", "must be at most %lld, the number of the next event", (long long)now.newest + 1);
	if (in->from < now.oldest)
		return cx_field(cx, "from", "must be at least %lld: events before it are not kept any more",
			(long long)now.oldest);
	err_t e = events_store_sink_set(cx, in->sink, in->from - 1, out);
	if (e == ERR_NOT_FOUND)
		return FAIL(cx, ERR_NOT_FOUND, "no receiver is called %s", in->sink);
	TRY(e);
	out->behind = now.newest - out->position;
	cx->audit.subject_type = "sink";
	cx->audit.subject_id = out->name;
	cx->audit.type = &sink_info_type;
	cx->audit.after = out;
	return ERR_OK;
}

err_t events_clean(struct cx *cx)
{
	const struct events_conf *conf = CONF_OF(cx, events);
	int64_t longest = conf->keep_behind > conf->keep ? conf->keep_behind : conf->keep;
	int64_t by_age, at_most, slowest;
	if (!conf->keep)
		return ERR_OK;
	TRY(events_store_first_kept(cx, cx->now - conf->keep, CLEAN_BATCH, &by_age));
	TRY(events_store_first_kept(cx, cx->now - longest, CLEAN_BATCH, &at_most));
	TRY(events_store_slowest(cx, &slowest));
	int64_t needed = slowest + 1 > at_most ? slowest + 1 : at_most;
	int64_t before = by_age < needed ? by_age : needed;
	return before > 1 ? events_store_remove(cx, before) : ERR_OK;
}
