#include "api/answer.h"
#include "api/graph_live_part.h"
#include "api/graph_resolve.h"
#include "base/json.h"
#include "base/str.h"

#include <jansson.h>
#include <stdlib.h>

enum { MEMORY = 4 << 20 };

/* A document on its way through the gate; in its call's arena. */
struct run {
	struct live *live; /* held */
	struct call *call;
	uint64_t serial; /* of its sub, which may have ended */
	const char *id, *query, *variables, *operation;
	const char *news; /* NULL: it is asked for the first time */
	struct graph_context at;
	struct buf out;
	bool subscribes;
};

/* --- subs --------------------------------------------------------------------------------------------------------- */

static const char *kept(struct arena *mem, const char *s)
{
	return s ? arena_strdup(mem, s) : NULL;
}

struct sub *sub_new(const char *id, const char *query, const char *variables, const char *operation)
{
	struct arena *mem = arena_new(0);
	struct sub *s = arena_new_of(mem, struct sub);
	*s = (struct sub){ .mem = mem,
		.id = kept(mem, id),
		.query = kept(mem, query),
		.variables = kept(mem, variables),
		.operation = kept(mem, operation) };
	return s;
}

void sub_free(struct sub *s)
{
	json_decref(s->arguments);
	arena_free(s->mem);
}

static struct sub **find(struct live *l, const char *id)
{
	struct sub **at = &l->subs;
	while (*at && strcmp((*at)->id, id) != 0)
		at = &(*at)->next;
	return at;
}

static struct sub **find_same(struct live *l, uint64_t serial)
{
	struct sub **at = &l->subs;
	while (*at && (*at)->serial != serial)
		at = &(*at)->next;
	return at;
}

/* NULL: it has none. The caller lets it go. */
static struct sio_socket *socket_of(struct live *l)
{
	pthread_mutex_lock(&l->lock);
	struct sio_socket *k = l->socket;
	if (k)
		sio_hold(k);
	pthread_mutex_unlock(&l->lock);
	return k;
}

/* The room is left when no other listens in it. */
static void leave_room(struct live *l, const char *room)
{
	bool others = false;
	pthread_mutex_lock(&l->lock);
	for (const struct sub *o = l->subs; o && room; o = o->next)
		others |= o->room && strcmp(o->room, room) == 0;
	pthread_mutex_unlock(&l->lock);
	struct sio_socket *k = room && !others ? socket_of(l) : NULL;
	if (!k)
		return;
	sio_leave(k, room);
	sio_let_go(k);
}

/* Under the lock: out of the list. NULL: there is none. */
static struct sub *take_out(struct live *l, struct sub **at)
{
	struct sub *s = *at;
	if (s) {
		*at = s->next;
		l->n_subs--;
	}
	return s;
}

static bool forget(struct live *l, struct sub *s)
{
	if (!s)
		return false;
	leave_room(l, s->room);
	sub_free(s);
	return true;
}

void live_end(struct live *l, const char *id)
{
	pthread_mutex_lock(&l->lock);
	struct sub *s = take_out(l, find(l, id));
	pthread_mutex_unlock(&l->lock);
	(void)forget(l, s);
}

/* False: the client wants it no more. */
static bool end_same(struct live *l, uint64_t serial)
{
	pthread_mutex_lock(&l->lock);
	struct sub *s = take_out(l, find_same(l, serial));
	pthread_mutex_unlock(&l->lock);
	return forget(l, s);
}

void live_end_all(struct live *l)
{
	pthread_mutex_lock(&l->lock);
	struct sub *s = l->subs;
	struct turn *t = l->turns;
	l->subs = NULL;
	l->turns = NULL;
	l->last_turn = &l->turns;
	l->n_subs = l->n_turns = 0;
	pthread_mutex_unlock(&l->lock);
	for (struct sub *next; s; s = next) {
		next = s->next;
		sub_free(s);
	}
	for (struct turn *next; t; t = next) {
		next = t->next;
		free(t->news);
		free(t);
	}
}

/* --- running ------------------------------------------------------------------------------------------------------ */

static err_t bind(struct call *c)
{
	const struct run *run = c->door;
	struct graphql_request *in = c->in;
	*in = (struct graphql_request){
		.query = run->query, .operation_name = run->operation, .variables = { run->variables }
	};
	return ERR_OK;
}

/* Never where it is asked for: that is the thread of whoever tells something to many. */
err_t graph_live_plan(struct cx *cx, const void *request, void *work, unsigned *flags)
{
	return cx->on_loop ? ERR_NOT_HERE : graphql_plan(cx, request, work, flags);
}

err_t graph_live_run(struct cx *cx, struct http_req *door)
{
	struct call *c = (struct call *)(void *)cx; /* its first member */
	struct run *run = (struct run *)(void *)door;
	const struct graphql_work *w = c->work;
	run->out.n = 0;
	run->at = (struct graph_context){ .news = run->news };
	if (!w->document) {
		buf_str(&run->out, w->refusal);
		return ERR_OK;
	}
	run->subscribes = w->operation->kind == GQL_SUBSCRIPTION;
	return graphql_run(c, &run->at, &run->out);
}

static struct run *run_new(struct live *l, const struct sub *s, const char *news)
{
	struct arena *mem = arena_new(MEMORY);
	struct call *c = call_new(mem, op_find("graphql_live", NULL));
	struct run *run = arena_new_of(mem, struct run);
	live_hold(l);
	*run = (struct run){ .live = l,
		.call = c,
		.serial = s->serial,
		.id = kept(mem, s->id),
		.query = kept(mem, s->query),
		.variables = kept(mem, s->variables),
		.operation = kept(mem, s->operation),
		.news = kept(mem, news),
		.out = { .mem = mem } };
	c->creds.bearer = kept(mem, l->token);
	socket_set_origin(&c->cx, &l->arrival);
	c->bind = bind;
	c->door = run;
	return run;
}

static void run_start(const struct run *run, void (*answer)(struct call *c))
{
	struct call *c = run->call;
	c->answer = answer;
	if (call_start(c))
		answer(c);
}

static void run_free(struct call *c)
{
	struct run *run = c->door;
	live_let_go(run->live);
	arena_free(c->cx.mem);
}

static void write_failure(struct buf *b, const struct call *c)
{
	b->n = 0;
	answer_graphql(b, c->cx.fail.message ? c->cx.fail.message : err_info(c->result)->text,
		answer_extensions(c->cx.mem, c));
}

/* The list of a document that was not run: what `error` carries, and the protocol ends it. */
static const char *errors_alone(struct arena *mem, const char *answer)
{
	if (!str_starts(answer, "{\"errors\":"))
		return NULL;
	json_t *v = json_loads(answer, 0, NULL), *errors = json_object_get(v, "errors");
	char *text = errors ? json_dumps(errors, JSON_COMPACT) : NULL;
	const char *out = kept(mem, text);
	free(text);
	json_decref(v);
	return out;
}

static void tell_result(struct run *run, struct arena *mem)
{
	const char *answer = buf_cstr(&run->out), *errors = errors_alone(mem, answer);
	if (errors && !run->live->stream) {
		live_tell(run->live, "error", run->id, errors);
		return;
	}
	live_tell(run->live, "next", run->id, answer);
	live_tell(run->live, "complete", run->id, NULL);
}

/* --- subscribing -------------------------------------------------------------------------------------------------- */

/* Why he may not listen there; NULL: he may, and does. A person's own room is listened in by all that is his. */
static const char *listen_in(struct sio_socket *k, const char *room)
{
	const char *why = room_refuses(sio_user(k), room ? room : "");
	if (why)
		return why;
	return sio_join(k, room) ? NULL : "You are in too many rooms.";
}

/* From now on it hears. False: the client wants it no more. */
static bool subscribe(struct live *l, const struct run *run, const char *room)
{
	pthread_mutex_lock(&l->lock);
	struct sub *s = *find_same(l, run->serial);
	if (s) {
		s->arguments = json_deep_copy(run->at.arguments); /* those of the run go with it, on its thread */
		s->room = kept(s->mem, room);
		s->news = run->at.wants;
	}
	pthread_mutex_unlock(&l->lock);
	return s;
}

static const char *try_to_subscribe(struct live *l, const struct run *run)
{
	const char *why = NULL, *room = NULL;
	struct sio_socket *k = socket_of(l);
	if (!k)
		return "Log in first: a valid access token is needed.";
	if (run->at.wants->room) {
		room = json_string_value(json_object_get(run->at.arguments, run->at.wants->room));
		why = listen_in(k, room);
	}
	if (!why && !subscribe(l, run, room))
		leave_room(l, room);
	sio_let_go(k);
	return why;
}

static void refuse(struct buf *b, const char *why)
{
	b->n = 0;
	answer_graphql(b, why, "\"code\":\"denied\",\"status\":403");
}

static void begun(struct call *c)
{
	struct run *run = c->door;
	struct live *l = run->live;
	const char *why = NULL;
	bool stays = !c->result && run->subscribes && run->at.wants;
	if (c->result)
		write_failure(&run->out, c);
	if (stays)
		why = try_to_subscribe(l, run);
	if (why)
		refuse(&run->out, why);
	if ((!stays || why) && end_same(l, run->serial))
		tell_result(run, c->cx.mem);
	run_free(c);
}

void live_begin(struct live *l, struct sub *s)
{
	s->serial = atomic_fetch_add(&l->last_serial, 1);
	struct run *run = run_new(l, s, NULL);
	pthread_mutex_lock(&l->lock);
	const bool twice = *find(l, s->id), many = l->n_subs >= LIVE_SUBS_MAX;
	if (!twice && !many) {
		s->next = l->subs;
		l->subs = s;
		l->n_subs++;
	}
	pthread_mutex_unlock(&l->lock);
	if (!twice && !many) {
		run_start(run, begun);
		return;
	}
	if (twice)
		live_close(l, 4409, arena_printf(s->mem, "Subscriber for %.60s already exists", s->id));
	else
		live_close(l, 4429, "Too many subscriptions");
	sub_free(s);
	run_free(run->call);
}

/* --- what happens ------------------------------------------------------------------------------------------------- */

/* One word of "a, b=c": up to a comma or its end. */
static const char *next_word(const char *p, char *word, size_t size)
{
	p += strspn(p, ", ");
	size_t n = strcspn(p, ", ");
	snprintf(word, size, "%.*s", (int)n, p);
	return p + n;
}

static bool is_among(const char *events, const char *name)
{
	char word[64];
	for (const char *p = events; *p;) {
		p = next_word(p, word, sizeof word);
		if (strcmp(word, name) == 0)
			return true;
	}
	return false;
}

static bool fits(const struct sub *s, const json_t *data)
{
	char word[128];
	const char *p = s->news->matches;
	while (p && *p) {
		p = next_word(p, word, sizeof word);
		char *member = strchr(word, '=');
		if (!member)
			return false;
		*member++ = 0;
		const char *is = json_string_value(json_object_get(data, member));
		const char *wanted = json_string_value(json_object_get(s->arguments, word));
		if (is && wanted && strcmp(is, wanted) == 0)
			return true;
	}
	return !s->news->matches;
}

static void next_turn(struct live *l);

static void told(struct call *c)
{
	struct run *run = c->door;
	struct live *l = run->live;
	if (c->result)
		write_failure(&run->out, c);
	pthread_mutex_lock(&l->lock);
	bool wanted = *find_same(l, run->serial);
	l->running = false;
	pthread_mutex_unlock(&l->lock);
	if (wanted)
		live_tell(l, "next", run->id, buf_cstr(&run->out));
	next_turn(l);
	run_free(c);
}

/* Takes the next that somebody still waits for. */
static void next_turn(struct live *l)
{
	struct run *run = NULL;
	pthread_mutex_lock(&l->lock);
	while (!l->running && l->turns && !run) {
		struct turn *t = l->turns;
		l->turns = t->next;
		if (!l->turns)
			l->last_turn = &l->turns;
		l->n_turns--;
		const struct sub *s = *find_same(l, t->serial);
		run = s ? run_new(l, s, t->news) : NULL;
		l->running = run;
		free(t->news);
		free(t);
	}
	pthread_mutex_unlock(&l->lock);
	if (run)
		run_start(run, told);
}

static bool add_turn(struct live *l, const struct sub *s, const json_t *data)
{
	if (l->n_turns >= LIVE_TURNS_MAX)
		return false;
	struct turn *t = calloc(1, sizeof *t);
	char *news = json_dumps(data, JSON_COMPACT);
	if (!t || !news)
		abort();
	t->news = news;
	t->serial = s->serial;
	*l->last_turn = t;
	l->last_turn = &t->next;
	l->n_turns++;
	return true;
}

void live_hear(struct live *l, const struct sio_event *e)
{
	bool keeps_up = true;
	json_t *data = json_loads(e->args, 0, NULL);
	if (!json_is_object(data)) {
		json_decref(data);
		return;
	}
	json_object_set_new(data, "event", json_string(e->name));
	pthread_mutex_lock(&l->lock);
	for (const struct sub *s = l->subs; s; s = s->next)
		if (s->news && is_among(s->news->events, e->name) && fits(s, data))
			keeps_up &= add_turn(l, s, data);
	pthread_mutex_unlock(&l->lock);
	json_decref(data);
	if (!keeps_up)
		live_close(l, 4429, "It does not keep up");
	next_turn(l);
}
