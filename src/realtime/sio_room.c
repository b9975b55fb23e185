#include "base/str.h"
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

bool sio_join(struct sio_socket *k, const char *room)
{
	struct sio_nsp *n = k->nsp;
	pthread_mutex_lock(&k->lock);
	bool joined = k->state == SIO_JOINED;
	pthread_mutex_lock(&n->lock);
	bool there = in_room(k, room), may = joined && k->n_rooms < SIO_ROOMS_OF_ONE;
	if (!there && may) {
		struct membership *m = calloc(1, sizeof *m);
		if (!m)
			abort();
		*m = (struct membership){ .k = k, .room = room_of(n, room), .next_of_socket = k->rooms };
		m->next_in_room = m->room->members;
		if (m->next_in_room)
			m->next_in_room->before_in_room = m;
		m->room->members = m;
		m->room->n++;
		k->rooms = m;
		k->n_rooms++;
	}
	pthread_mutex_unlock(&n->lock);
	pthread_mutex_unlock(&k->lock);
	return there || may;
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

void room_leave_all(struct sio_socket *k)
{
	pthread_mutex_lock(&k->nsp->lock);
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

static size_t collect(struct sio_nsp *n, const char *room, struct sio_socket **out, size_t most)
{
	size_t count = 0;
	const struct room *r = room && n->n_buckets ? *place_of(n, room) : NULL;
	for (const struct membership *m = r ? r->members : NULL; m && count < most; m = m->next_in_room)
		out[count++] = m->k;
	for (size_t i = 0; !room && i < n->n_buckets; i++)
		for (r = n->buckets[i]; r; r = r->same_hash)
			if (r->members && is_own(r->members) && count < most)
				out[count++] = r->members->k;
	for (size_t i = 0; i < count; i++)
		sio_hold(out[i]);
	return count;
}

size_t sio_members(struct sio_nsp *n, const char *room, struct sio_socket **out, size_t most)
{
	pthread_mutex_lock(&n->lock);
	size_t count = collect(n, room, out, most);
	pthread_mutex_unlock(&n->lock);
	return count;
}

static size_t room_size(struct sio_nsp *n, const char *room)
{
	if (!room)
		return n->n_rooms;
	const struct room *r = n->n_buckets ? *place_of(n, room) : NULL;
	return r ? r->n : 0;
}

/* The sockets are collected under the lock, and sent to without it. */
size_t sio_broadcast(struct sio_nsp *n, const struct sio_to *to, const struct sio_event *e)
{
	struct buf b = { 0 };
	pthread_mutex_lock(&n->lock);
	size_t most = room_size(n, to->room), sent = 0;
	struct sio_socket **all = calloc(most + 1, sizeof(struct sio_socket *));
	if (!all)
		abort();
	most = collect(n, to->room, all, most);
	pthread_mutex_unlock(&n->lock);
	sio_packet_write(&b, &(struct sio_out){ SIO_EVENT, n->name, SIO_NO_ACK, e->n_blobs, e->name, e->args });
	for (size_t i = 0; i < most; i++) {
		if (!to->except || strcmp(all[i]->sid, to->except) != 0) {
			client_send(all[i]->client, &b, e->blobs, e->n_blobs, to->now_or_never);
			sent++;
		}
		sio_let_go(all[i]);
	}
	buf_free(&b);
	free(all);
	return sent;
}

void sio_rooms(struct sio_nsp *n, void (*fn)(void *arg, const char *room, size_t members), void *arg)
{
	pthread_mutex_lock(&n->lock);
	for (size_t i = 0; i < n->n_buckets; i++)
		for (const struct room *r = n->buckets[i]; r; r = r->same_hash)
			fn(arg, r->name, r->n);
	pthread_mutex_unlock(&n->lock);
}
