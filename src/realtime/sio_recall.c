#include "base/str.h"
#include "base/time.h"
#include "realtime/sio_part.h"

#include <stdlib.h>

enum { RING_FIRST = 256, BUCKET_MAX = 32, SWEEP_MS = 1000 };

static void *grown(void *p)
{
	if (!p)
		abort();
	return p;
}

static char *copy(const char *s)
{
	return str_copy(s ? s : "");
}

void recall_open(struct recall *r, int64_t keep_ms, size_t most_bytes)
{
	id_token(r->epoch);
	r->keep_ms = keep_ms;
	r->most_lost_bytes = most_bytes / 4;
	r->most_bytes = most_bytes - r->most_lost_bytes;
}

/* --- what was sent ------------------------------------------------------------------------------------------------ */

static struct sent *place(const struct recall *r, uint64_t number)
{
	return &r->ring[number & (r->size - 1)];
}

const struct sent *recall_at(const struct recall *r, uint64_t number)
{
	return number >= r->first && number < r->next ? place(r, number) : NULL;
}

static void drop_oldest(struct recall *r)
{
	struct sent *s = place(r, r->first++);
	r->bytes -= s->bytes;
	free(s->room);
	free(s->except);
	free(s->name);
	free(s->args);
	for (unsigned i = 0; i < s->n_blobs; i++)
		free((void *)(uintptr_t)s->blobs[i].p);
	free(s->blobs);
	*s = (struct sent){ 0 };
}

static void make_room(struct recall *r, int64_t now, size_t bytes)
{
	while (r->first < r->next && (place(r, r->first)->at < now - r->keep_ms || r->bytes + bytes > r->most_bytes))
		drop_oldest(r);
	if (r->next - r->first < r->size)
		return;
	const size_t old = r->size;
	struct sent *ring = r->ring;
	r->size = old ? 2 * old : RING_FIRST;
	r->ring = grown(calloc(r->size, sizeof *r->ring));
	for (uint64_t i = r->first; i < r->next; i++)
		*place(r, i) = ring[i & (old - 1)];
	free(ring);
}

static size_t size_of(const struct sio_to *to, const struct sio_event *e)
{
	size_t n = sizeof(struct sent) + strlen(e->name) + strlen(e->args) + (to->room ? strlen(to->room) : 0);
	for (unsigned i = 0; i < e->n_blobs; i++)
		n += e->blobs[i].n + sizeof *e->blobs;
	return n;
}

void recall_name(const struct recall *r, uint64_t number, char id[static RECALL_ID])
{
	snprintf(id, RECALL_ID, "%s-%llu", r->epoch, (unsigned long long)number);
}

void recall_add(struct recall *r, const struct sio_to *to, const struct sio_event *e, char id[static RECALL_ID])
{
	const int64_t now = time_monotonic();
	const size_t bytes = size_of(to, e);
	*id = 0;
	if (!r->keep_ms || bytes > r->most_bytes || to->now_or_never)
		return;
	make_room(r, now, bytes);
	struct sent *s = place(r, r->next);
	*s = (struct sent){ .at = now, .bytes = bytes, .room = copy(to->room), .except = copy(to->except) };
	s->name = copy(e->name);
	s->args = copy(e->args);
	s->n_blobs = e->n_blobs;
	s->blobs = e->n_blobs ? grown(calloc(e->n_blobs, sizeof *s->blobs)) : NULL;
	for (unsigned i = 0; i < e->n_blobs; i++) {
		char *bytes_of = grown(malloc(e->blobs[i].n + 1));
		memcpy(bytes_of, e->blobs[i].p, e->blobs[i].n);
		s->blobs[i] = (struct sio_blob){ bytes_of, e->blobs[i].n };
	}
	r->bytes += bytes;
	recall_name(r, r->next++, id);
}

bool recall_find(const struct recall *r, const char *id, uint64_t *out)
{
	const size_t n = strlen(r->epoch);
	char *end;
	if (strncmp(id, r->epoch, n) != 0 || id[n] != '-' || id[n + 1] < '0' || id[n + 1] > '9')
		return false;
	unsigned long long number = strtoull(id + n + 1, &end, 10);
	if (*end || number >= r->next || number + 1 < r->first)
		return false;
	*out = number + 1;
	return true;
}

/* --- who was lost ------------------------------------------------------------------------------------------------- */

void lost_free(struct lost *l)
{
	if (!l)
		return;
	free(l->owner);
	free(l->rooms);
	free(l);
}

static char *rooms_of(const struct sio_socket *k, size_t *bytes)
{
	size_t n = 1;
	for (const struct membership *m = k->rooms; m; m = m->next_of_socket)
		n += strlen(m->room->name) + 1;
	char *rooms = grown(calloc(n, 1)), *to = rooms;
	for (const struct membership *m = k->rooms; m; m = m->next_of_socket) {
		size_t length = strlen(m->room->name) + 1;
		memcpy(to, m->room->name, length);
		to += length;
	}
	*bytes = n;
	return rooms;
}

static struct lost **bucket(struct recall *r, const char *pid)
{
	return &r->lost[str_hash(pid, strlen(pid)) % LOST_BUCKETS];
}

/* Those behind one that is too old are older still. */
static void drop_old(struct recall *r, struct lost **at, int64_t before)
{
	for (size_t n = 0; *at && (*at)->at >= before && n < BUCKET_MAX; n++)
		at = &(*at)->next;
	for (struct lost *l = *at, *next; l; l = next) {
		next = l->next;
		r->lost_bytes -= l->bytes;
		lost_free(l);
	}
	*at = NULL;
}

/* Whether that much more may be remembered. A crowd that is cut off at once does not look through all again and again. */
static bool has_place(struct recall *r, int64_t now, size_t bytes)
{
	if (r->lost_bytes + bytes > r->most_lost_bytes && now >= r->swept_at + SWEEP_MS) {
		r->swept_at = now;
		for (size_t i = 0; i < LOST_BUCKETS; i++)
			drop_old(r, &r->lost[i], now - r->keep_ms);
	}
	return r->lost_bytes + bytes <= r->most_lost_bytes;
}

void recall_lose(struct recall *r, const struct sio_socket *k)
{
	if (!r->keep_ms || !*k->pid)
		return;
	const int64_t now = time_monotonic();
	struct lost **first = bucket(r, k->pid), *l = grown(calloc(1, sizeof *l));
	l->at = now;
	l->owner = copy(k->owner);
	l->rooms = rooms_of(k, &l->bytes);
	l->bytes += sizeof *l + strlen(l->owner) + 1;
	drop_old(r, first, now - r->keep_ms);
	if (!has_place(r, now, l->bytes)) {
		lost_free(l);
		return;
	}
	memcpy(l->pid, k->pid, sizeof l->pid);
	memcpy(l->sid, k->sid, sizeof l->sid);
	r->lost_bytes += l->bytes;
	l->next = *first;
	*first = l;
}

struct lost *recall_lost(struct recall *r, const char *pid, const char *owner)
{
	struct lost **at = bucket(r, pid);
	drop_old(r, at, time_monotonic() - r->keep_ms);
	while (*at && strcmp((*at)->pid, pid) != 0)
		at = &(*at)->next;
	struct lost *l = *at;
	if (!l || strcmp(l->owner, owner) != 0)
		return NULL;
	*at = l->next;
	r->lost_bytes -= l->bytes;
	return l;
}

void recall_close(struct recall *r)
{
	while (r->first < r->next)
		drop_oldest(r);
	free(r->ring);
	for (size_t i = 0; i < LOST_BUCKETS; i++)
		drop_old(r, &r->lost[i], INT64_MAX);
}
