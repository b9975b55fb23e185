/* Sending to rooms. */
#include "http/socket.h"
#include "realtime/sio_part.h"

#include <stdlib.h>

/* One event for many: its packet, and that with its id behind the arguments. Each is written when it is first needed. */
struct telling {
	const struct sio_nsp *nsp;
	const struct sio_event *event;
	const char *id;
	struct buf plain, named;
};

static void write_packet(const struct telling *t, struct buf *b, bool named)
{
	const struct sio_event *e = t->event;
	struct buf args = { 0 };
	buf_str(&args, e->args);
	if (named)
		buf_printf(&args, "%s\"%s\"", *e->args ? "," : "", t->id);
	sio_packet_write(
		b, &(struct sio_out){ SIO_EVENT, t->nsp->name, SIO_NO_ACK, e->n_blobs, e->name, buf_cstr(&args) });
	buf_free(&args);
}

static const struct buf *packet_for(struct telling *t, const struct sio_socket *k)
{
	const bool named = *k->pid && *t->id;
	struct buf *b = named ? &t->named : &t->plain;
	if (!b->n)
		write_packet(t, b, named);
	return b;
}

static void tell(struct telling *t, struct sio_socket *k, bool now_or_never)
{
	const struct sio_event *e = t->event;
	if (!client_emit(k->client, e, t->id))
		client_send(k->client, packet_for(t, k), e->blobs, e->n_blobs, now_or_never);
}

static void told(struct telling *t)
{
	buf_free(&t->plain);
	buf_free(&t->named);
}

static int by_place(const void *a, const void *b)
{
	const struct sio_socket *const *x = a, *const *y = b;
	return (*x > *y) - (*x < *y);
}

/* Who is in several of the rooms is told once. */
static struct sio_socket **collect_some(struct sio_nsp *n, const struct sio_to *to, size_t *count)
{
	size_t most = 0, all = 0, kept = 0;
	const struct room *r;
	for (size_t i = 0; i < to->n_rooms; i++)
		most += (r = room_find(n, to->rooms[i])) ? r->n : 0;
	struct sio_socket **out = calloc(most + 1, sizeof(struct sio_socket *));
	if (!out)
		abort();
	for (size_t i = 0; i < to->n_rooms; i++) {
		r = room_find(n, to->rooms[i]);
		for (const struct membership *m = r ? r->members : NULL; m; m = m->next_in_room)
			out[all++] = m->k;
	}
	qsort(out, all, sizeof *out, by_place);
	for (size_t i = 0; i < all; i++)
		if (!kept || out[kept - 1] != out[i])
			out[kept++] = out[i];
	for (size_t i = 0; i < kept; i++)
		sio_hold(out[i]);
	*count = kept;
	return out;
}

static bool left_out(const struct sio_socket *k, const struct sio_to *to)
{
	bool out = to->except && room_holds(k, to->except);
	for (size_t i = 0; i < to->n_excepts && !out; i++)
		out = room_holds(k, to->excepts[i]);
	return out;
}

/* Under the lock: whom it is for. */
static struct sio_socket **audience(struct sio_nsp *n, const struct sio_to *to, size_t *count)
{
	size_t all, kept = 0;
	struct sio_socket **out = to->n_rooms > 1 ? collect_some(n, to, &all) : room_members(n, to->room, &all);
	for (size_t i = 0; i < all; i++) {
		struct sio_socket *k = out[i];
		if (left_out(k, to))
			atomic_fetch_sub(&k->holders, 1); /* the namespace's list holds it as well */
		else
			out[kept++] = k;
	}
	*count = kept;
	return out;
}

static struct sio_to plainly(const struct sio_to *to)
{
	struct sio_to t = *to;
	if (t.n_rooms == 1)
		t.room = t.rooms[0];
	if (t.n_excepts == 1)
		t.except = t.excepts[0];
	return t;
}

/* Several rooms, or several who are left out, or bytes, or only who listens just now: one after another. */
static void tell_each(struct sio_nsp *n, const struct sio_to *to, struct telling *t)
{
	size_t count;
	pthread_mutex_lock(&n->lock);
	struct sio_socket **all = audience(n, to, &count);
	pthread_mutex_unlock(&n->lock);
	for (size_t i = 0; i < count; i++)
		tell(t, all[i], to->now_or_never);
	sio_members_free(all, count);
}

/* --- to a circle ---------------------------------------------------------------------------------------------------- */

void circle_free(struct circle *c)
{
	if (!c || atomic_fetch_sub(&c->holders, 1) != 1)
		return;
	http_socket_list_free(c->sockets);
	sio_members_free(c->others, c->n_others);
	free(c);
}

static struct circle *circle_new(struct sio_nsp *n, const char *room)
{
	size_t count, n_ids = 0;
	struct circle *c = calloc(1, sizeof *c);
	struct sio_socket **all = room_members(n, room, &count);
	uint64_t *ids = calloc(count + 1, sizeof *ids);
	if (!c || !ids)
		abort();
	atomic_init(&c->holders, 1);
	for (size_t i = 0; i < count; i++) {
		struct sio_socket *k = all[i];
		if (k->client->session && !*k->pid && eio_socket_id(k->client->session, &ids[n_ids])) {
			n_ids++;
			sio_let_go(k); /* who holds the namespace's lock loses nobody by it: his room has him */
		} else {
			all[c->n_others++] = k;
		}
	}
	c->others = all;
	c->sockets = n_ids ? eio_list_new(n->sio->eio, ids, n_ids) : NULL;
	free(ids);
	return c;
}

/* NULL: nobody can be in it. */
static struct circle **circle_at(struct sio_nsp *n, const char *room)
{
	if (!room)
		return &n->all;
	struct room *r = room_find(n, room);
	return r ? &r->circle : NULL;
}

/* Held for the caller. */
static struct circle *circle_of(struct sio_nsp *n, const char *room)
{
	struct circle **at = circle_at(n, room);
	if (!at)
		return NULL;
	if (!*at)
		*at = circle_new(n, room);
	atomic_fetch_add(&(*at)->holders, 1);
	return *at;
}

/* The WebSocket of who is left out; 0: he has none. */
static uint64_t id_of(const struct sio_nsp *n, const char *sid)
{
	uint64_t id;
	const struct sio_socket *k = sid ? room_owner(room_find(n, sid)) : NULL;
	return k && k->client->session && eio_socket_id(k->client->session, &id) ? id : 0;
}

/* Who polled when the circle was made may have a WebSocket by now: then it is made anew. */
static void renew(struct sio_nsp *n, const char *room, const struct circle *c)
{
	pthread_mutex_lock(&n->lock);
	struct circle **at = circle_at(n, room);
	if (at && *at == c) {
		circle_free(*at);
		*at = NULL;
	}
	pthread_mutex_unlock(&n->lock);
}

static void tell_others(struct sio_nsp *n, const struct sio_to *to, struct telling *t, struct circle *c)
{
	bool changed = false;
	uint64_t id;
	for (size_t i = 0; i < c->n_others; i++) {
		struct sio_socket *k = c->others[i];
		if (to->except && strcmp(k->sid, to->except) == 0)
			continue;
		tell(t, k, false);
		changed |= k->client->session && !*k->pid && eio_socket_id(k->client->session, &id);
	}
	if (changed)
		renew(n, to->room, c);
}

/* To WebSockets it is posted under the lock: they hear what is sent in the order in which it is remembered. */
static void tell_circle(struct sio_nsp *n, const struct sio_to *to, struct telling *t, char id[static RECALL_ID])
{
	write_packet(t, &t->plain, false);
	pthread_mutex_lock(&n->lock);
	recall_add(&n->recall, to, t->event, id);
	struct circle *c = circle_of(n, to->room);
	if (c && c->sockets)
		eio_list_send(c->sockets, id_of(n, to->except), t->plain.p, t->plain.n);
	pthread_mutex_unlock(&n->lock);
	if (c)
		tell_others(n, to, t, c);
	circle_free(c);
}

/* Also nobody at all: a sid of another node. The emitter may leave out a room of several. */
static bool leaves_out_one(struct sio_nsp *n, const char *except)
{
	if (!except)
		return true;
	pthread_mutex_lock(&n->lock);
	const struct room *r = room_find(n, except);
	const bool one = !r || (r->n == 1 && room_owner(r));
	pthread_mutex_unlock(&n->lock);
	return one;
}

void sio_broadcast(struct sio_nsp *n, const struct sio_to *whom, const struct sio_event *e)
{
	char id[RECALL_ID] = "";
	const struct sio_to to = plainly(whom);
	struct telling t = { .nsp = n, .event = e, .id = id };
	const bool alone = to.n_rooms <= 1 && to.n_excepts <= 1;
	if (alone && !e->n_blobs && !to.now_or_never && leaves_out_one(n, to.except)) {
		tell_circle(n, &to, &t, id);
	} else {
		pthread_mutex_lock(&n->lock);
		if (alone)
			recall_add(&n->recall, &to, e, id);
		pthread_mutex_unlock(&n->lock);
		tell_each(n, &to, &t);
	}
	told(&t);
}

static bool concerns(const struct sio_socket *k, const struct sent *s)
{
	return !room_holds(k, s->except) && (!*s->room || room_holds(k, s->room));
}

void room_tell_again(struct sio_socket *k, uint64_t number)
{
	const struct recall *r = &k->nsp->recall;
	for (const struct sent *s; (s = recall_at(r, number)); number++) {
		char id[RECALL_ID];
		const struct sio_event e = { s->name, s->args, SIO_NO_ACK, s->blobs, s->n_blobs };
		struct telling t = { .nsp = k->nsp, .event = &e, .id = id };
		recall_name(r, number, id);
		if (concerns(k, s))
			tell(&t, k, false);
		told(&t);
	}
}
