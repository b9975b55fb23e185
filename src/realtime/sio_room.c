#include "base/str.h"
#include "base/time.h"
#include "realtime/sio_part.h"

#include <stdlib.h>

enum { BUCKETS_FIRST = 64 };

static struct room **place_of(const struct sio_nsp *n, const char *name)
{
	struct room **at = &n->buckets[str_hash(name, strlen(name)) & (n->n_buckets - 1)];
	while (*at && strcmp((*at)->name, name) != 0)
		at = &(*at)->same_hash;
	return at;
}

static void grow(struct sio_nsp *n)
{
	struct room **old = n->buckets;
	size_t count = n->n_buckets;
	n->n_buckets = count ? 2 * count : BUCKETS_FIRST;
	n->buckets = calloc(n->n_buckets, sizeof(struct room *));
	if (!n->buckets)
		abort();
	for (size_t i = 0; i < count; i++)
		for (struct room *r = old[i], *next; r; r = next) {
			struct room **at = place_of(n, r->name);
			next = r->same_hash;
			r->same_hash = *at;
			*at = r;
		}
	free(old);
}

static struct room *room_of(struct sio_nsp *n, const char *name)
{
	if (n->n_rooms >= n->n_buckets)
		grow(n);
	struct room **at = place_of(n, name), *r = *at;
	size_t length = strlen(name);
	if (r)
		return r;
	r = *at = calloc(1, sizeof *r + length + 1);
	if (!r)
		abort();
	memcpy(r->name, name, length + 1);
	r->created_at = time_now();
	n->n_rooms++;
	return r;
}

static struct membership *in_room(const struct sio_socket *k, const char *name)
{
	struct membership *m = k->rooms;
	while (m && strcmp(m->room->name, name) != 0)
		m = m->next_of_socket;
	return m;
}

bool room_join(struct sio_socket *k, const char *name)
{
	struct sio_nsp *n = k->nsp;
	if (in_room(k, name))
		return true;
	if (k->n_rooms >= SIO_ROOMS_OF_ONE)
		return false;
	struct membership *m = calloc(1, sizeof *m);
	if (!m)
		abort();
	*m = (struct membership){ .k = k, .room = room_of(n, name), .next_of_socket = k->rooms };
	m->next_in_room = m->room->members;
	if (m->next_in_room)
		m->next_in_room->before_in_room = m;
	m->room->members = m;
	m->room->n++;
	k->rooms = m;
	k->n_rooms++;
	return true;
}

bool sio_join(struct sio_socket *k, const char *room)
{
	pthread_mutex_lock(&k->lock);
	bool joined = k->state == SIO_JOINED;
	pthread_mutex_lock(&k->nsp->lock);
	bool in = joined && room_join(k, room);
	pthread_mutex_unlock(&k->nsp->lock);
	pthread_mutex_unlock(&k->lock);
	return in;
}

/* The last one out takes the room along. The membership is in its socket's list no more. */
static void leave(struct sio_nsp *n, struct membership *m)
{
	struct room *r = m->room;
	m->k->n_rooms--;
	if (m->before_in_room)
		m->before_in_room->next_in_room = m->next_in_room;
	else
		r->members = m->next_in_room;
	if (m->next_in_room)
		m->next_in_room->before_in_room = m->before_in_room;
	free(m);
	if (--r->n)
		return;
	struct room **place = place_of(n, r->name);
	*place = r->same_hash;
	n->n_rooms--;
	free(r);
}

void sio_leave(struct sio_socket *k, const char *room)
{
	struct sio_nsp *n = k->nsp;
	pthread_mutex_lock(&n->lock);
	struct membership **at = &k->rooms, *m;
	while (*at && strcmp((*at)->room->name, room) != 0)
		at = &(*at)->next_of_socket;
	m = *at;
	if (m) {
		*at = m->next_of_socket;
		leave(n, m);
	}
	pthread_mutex_unlock(&n->lock);
}

void room_leave_all(struct sio_socket *k, bool lost)
{
	pthread_mutex_lock(&k->nsp->lock);
	k->nsp->n_joined--;
	if (lost)
		recall_lose(&k->nsp->recall, k);
	struct membership *m = k->rooms, *next;
	k->rooms = NULL;
	for (; m; m = next) {
		next = m->next_of_socket;
		leave(k->nsp, m);
	}
	pthread_mutex_unlock(&k->nsp->lock);
}

bool sio_is_in(struct sio_socket *k, const char *room)
{
	pthread_mutex_lock(&k->nsp->lock);
	bool there = in_room(k, room);
	pthread_mutex_unlock(&k->nsp->lock);
	return there;
}

/* Everybody is in the room of his own sid: all of them are the members of those rooms. */
static bool is_own(const struct membership *m)
{
	return strcmp(m->room->name, m->k->sid) == 0;
}

static size_t room_size(const struct sio_nsp *n, const char *room)
{
	if (!room)
		return n->n_joined;
	const struct room *r = n->n_buckets ? *place_of(n, room) : NULL;
	return r ? r->n : 0;
}

/* Under the lock. */
static struct sio_socket **collect(struct sio_nsp *n, const char *room, size_t *count)
{
	const size_t most = room_size(n, room);
	struct sio_socket **out = calloc(most + 1, sizeof(struct sio_socket *));
	if (!out)
		abort();
	*count = 0;
	const struct room *r = room && most ? *place_of(n, room) : NULL;
	for (const struct membership *m = r ? r->members : NULL; m; m = m->next_in_room)
		out[(*count)++] = m->k;
	for (size_t i = 0; !room && i < n->n_buckets; i++)
		for (r = n->buckets[i]; r; r = r->same_hash)
			if (r->members && is_own(r->members))
				out[(*count)++] = r->members->k;
	for (size_t i = 0; i < *count; i++)
		sio_hold(out[i]);
	return out;
}

struct sio_socket **sio_members(struct sio_nsp *n, const char *room, size_t *count)
{
	pthread_mutex_lock(&n->lock);
	struct sio_socket **all = collect(n, room, count);
	pthread_mutex_unlock(&n->lock);
	return all;
}

void sio_members_free(struct sio_socket **all, size_t count)
{
	for (size_t i = 0; i < count; i++)
		sio_let_go(all[i]);
	free(all);
}

size_t sio_count(struct sio_nsp *n, const char *room)
{
	size_t count = 0;
	pthread_mutex_lock(&n->lock);
	count = room_size(n, room);
	pthread_mutex_unlock(&n->lock);
	return count;
}

/* --- sending to rooms --------------------------------------------------------------------------------------------- */

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

/* The most, mostly: one packet for all of them. */
static bool is_plain(const struct telling *t, const struct sio_socket *k)
{
	return k->client->session && !*k->pid && !t->event->n_blobs;
}

static void tell_all(struct telling *t, struct eio_session *const *all, size_t n)
{
	if (!n)
		return;
	if (!t->plain.n)
		write_packet(t, &t->plain, false);
	eio_send_all(all, n, t->plain.p, t->plain.n);
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
	for (size_t i = 0; i < to->n_rooms; i++)
		most += room_size(n, to->rooms[i]);
	struct sio_socket **out = calloc(most + 1, sizeof(struct sio_socket *));
	if (!out)
		abort();
	for (size_t i = 0; i < to->n_rooms; i++) {
		const struct room *r = n->n_buckets ? *place_of(n, to->rooms[i]) : NULL;
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
	bool out = to->except && strcmp(k->sid, to->except) == 0;
	for (size_t i = 0; i < to->n_excepts && !out; i++)
		out = in_room(k, to->excepts[i]);
	return out;
}

/* Under the lock: whom it is for. */
static struct sio_socket **audience(struct sio_nsp *n, const struct sio_to *to, size_t *count)
{
	size_t all, kept = 0;
	struct sio_socket **out = to->n_rooms > 1 ? collect_some(n, to, &all) : collect(n, to->room, &all);
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

/* The sockets are collected under the lock, and sent to without it. */
size_t sio_broadcast(struct sio_nsp *n, const struct sio_to *whom, const struct sio_event *e)
{
	char id[RECALL_ID] = "";
	size_t count, n_alike = 0;
	const struct sio_to to = plainly(whom);
	pthread_mutex_lock(&n->lock);
	if (to.n_rooms <= 1 && to.n_excepts <= 1)
		recall_add(&n->recall, &to, e, id);
	struct sio_socket **all = audience(n, &to, &count);
	pthread_mutex_unlock(&n->lock);
	struct telling t = { .nsp = n, .event = e, .id = id };
	struct eio_session **alike = calloc(count + 1, sizeof(struct eio_session *));
	if (!alike)
		abort();
	for (size_t i = 0; i < count; i++)
		if (is_plain(&t, all[i]) && !to.now_or_never)
			alike[n_alike++] = all[i]->client->session;
		else
			tell(&t, all[i], to.now_or_never);
	tell_all(&t, alike, n_alike);
	told(&t);
	free(alike);
	sio_members_free(all, count);
	return count;
}

static bool concerns(const struct sio_socket *k, const struct sent *s)
{
	return strcmp(s->except, k->sid) != 0 && (!*s->room || in_room(k, s->room));
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

void sio_rooms(
	struct sio_nsp *n, void (*fn)(void *arg, const char *room, size_t members, int64_t created_at), void *arg)
{
	pthread_mutex_lock(&n->lock);
	for (size_t i = 0; i < n->n_buckets; i++)
		for (const struct room *r = n->buckets[i]; r; r = r->same_hash)
			if (!is_own(r->members))
				fn(arg, r->name, r->n, r->created_at);
	pthread_mutex_unlock(&n->lock);
}

void sio_rooms_of(const struct sio_socket *k, void (*fn)(void *arg, const char *room), void *arg)
{
	pthread_mutex_lock(&k->nsp->lock);
	for (const struct membership *m = k->rooms; m; m = m->next_of_socket)
		if (!is_own(m))
			fn(arg, m->room->name);
	pthread_mutex_unlock(&k->nsp->lock);
}
