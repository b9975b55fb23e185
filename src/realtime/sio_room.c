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

struct room *room_find(const struct sio_nsp *n, const char *name)
{
	return n->n_buckets ? *place_of(n, name) : NULL;
}

bool room_holds(const struct sio_socket *k, const char *name)
{
	return in_room(k, name);
}

/* Whom its packets go to is found out anew. */
static void changed(struct circle **c)
{
	circle_free(*c);
	*c = NULL;
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
	changed(&m->room->circle);
	changed(&n->all);
	k->rooms = m;
	k->n_rooms++;
	return true;
}

void room_enter(struct sio_socket *k)
{
	struct sio_nsp *n = k->nsp;
	k->next_joined = n->joined;
	if (k->next_joined)
		k->next_joined->before_joined = k;
	n->joined = k;
	n->n_joined++;
	(void)room_join(k, k->sid);
}

static void take_out(struct sio_socket *k)
{
	if (k->before_joined)
		k->before_joined->next_joined = k->next_joined;
	else
		k->nsp->joined = k->next_joined;
	if (k->next_joined)
		k->next_joined->before_joined = k->before_joined;
	k->nsp->n_joined--;
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
	changed(&r->circle);
	changed(&n->all);
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
	if (strcmp(room, k->sid) == 0)
		return; /* by it alone he is reached as himself */
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
	take_out(k);
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

/* Everybody is in the room of his own sid. */
static bool is_own(const struct membership *m)
{
	return strcmp(m->room->name, m->k->sid) == 0;
}

struct sio_socket *room_owner(const struct room *r)
{
	const struct membership *m = r ? r->members : NULL;
	while (m && !is_own(m))
		m = m->next_in_room;
	return m ? m->k : NULL;
}

bool sio_is_sid(struct sio_nsp *n, const char *room)
{
	pthread_mutex_lock(&n->lock);
	bool is = strlen(room) == ID_TOKEN - 1 && room_owner(room_find(n, room));
	pthread_mutex_unlock(&n->lock);
	return is;
}

static size_t room_size(const struct sio_nsp *n, const char *room)
{
	if (!room)
		return n->n_joined;
	const struct room *r = room_find(n, room);
	return r ? r->n : 0;
}

/* Under the lock. */
struct sio_socket **room_members(struct sio_nsp *n, const char *room, size_t *count)
{
	const size_t most = room_size(n, room);
	struct sio_socket **out = calloc(most + 1, sizeof(struct sio_socket *));
	if (!out)
		abort();
	*count = 0;
	const struct room *r = room ? room_find(n, room) : NULL;
	for (const struct membership *m = r ? r->members : NULL; m; m = m->next_in_room)
		out[(*count)++] = m->k;
	for (struct sio_socket *k = room ? NULL : n->joined; k; k = k->next_joined)
		out[(*count)++] = k;
	for (size_t i = 0; i < *count; i++)
		sio_hold(out[i]);
	return out;
}

struct sio_socket **sio_members(struct sio_nsp *n, const char *room, size_t *count)
{
	pthread_mutex_lock(&n->lock);
	struct sio_socket **all = room_members(n, room, count);
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

void sio_rooms(
	struct sio_nsp *n, void (*fn)(void *arg, const char *room, size_t members, int64_t created_at), void *arg)
{
	pthread_mutex_lock(&n->lock);
	for (size_t i = 0; i < n->n_buckets; i++)
		for (const struct room *r = n->buckets[i]; r; r = r->same_hash)
			if (strlen(r->name) != ID_TOKEN - 1 || !room_owner(r))
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
