#include "api/socket_list.h"
#include "api/socket_bus.h"
#include "api/socket_part.h"
#include "base/id.h"

#include <string.h>

enum { NAMED_MAX = 100 };

struct texts {
	struct arena *mem;
	const char **items;
	size_t n, most;
};

static struct texts texts_of(struct arena *a, size_t most)
{
	return (struct texts){ a, arena_array_of(a, const char *, most), 0, most };
}

static void add(void *arg, const char *text)
{
	struct texts *t = arg;
	if (t->n < t->most)
		t->items[t->n++] = arena_strdup(t->mem, text);
}

static struct list list_of(const struct texts *t)
{
	return (struct list){ .items = t->items, .n = t->n };
}

static struct socket_client describe(struct arena *a, const struct sio_socket *k)
{
	const struct visitor *v = sio_user(k);
	const struct arrival *from = sio_remembered(k);
	struct texts rooms = texts_of(a, SIO_ROOMS_OF_ONE);
	sio_rooms_of(k, add, &rooms);
	return (struct socket_client){ .id = arena_strdup(a, sio_sid(k)),
		.user_id = arena_strdup(a, v->user_id),
		.username = arena_strdup(a, v->username),
		.transport = sio_transport(k),
		.user_agent = arena_strdup(a, from->user_agent),
		.ip = arena_strdup(a, from->ip),
		.connected_at = from->at,
		.rooms = list_of(&rooms) };
}

struct list sockets_clients(struct arena *a, const char *user_id, size_t most, int64_t *total)
{
	char room[SIO_ROOM_MAX];
	size_t n;
	*total = 0;
	if (!sockets_are_open())
		return (struct list){ 0 };
	socket_user_room(room, user_id ? user_id : "");
	struct sio_socket **all = sio_members(sockets.main, user_id ? room : NULL, &n);
	struct socket_client *out = arena_array_of(a, struct socket_client, n < most ? n : most);
	size_t count = 0;
	for (size_t i = 0; i < n && count < most; i++)
		out[count++] = describe(a, all[i]);
	sio_members_free(all, n);
	*total = (int64_t)n;
	return (struct list){ .items = out, .n = count };
}

/* --- rooms -------------------------------------------------------------------------------------------------------- */

struct rooms {
	struct arena *mem;
	struct socket_room *items;
	size_t n, most;
	int64_t total;
};

static void add_room(void *arg, const char *name, size_t members, int64_t created_at)
{
	struct rooms *r = arg;
	r->total++;
	if (r->n < r->most)
		r->items[r->n++] = (struct socket_room){
			.name = arena_strdup(r->mem, name), .client_count = (int64_t)members, .created_at = created_at
		};
}

static void name_clients(struct arena *a, struct socket_room *room)
{
	size_t n;
	struct texts ids = texts_of(a, NAMED_MAX);
	struct sio_socket **all = sio_members(sockets.main, room->name, &n);
	for (size_t i = 0; i < n && i < NAMED_MAX; i++)
		add(&ids, sio_sid(all[i]));
	sio_members_free(all, n);
	room->clients = list_of(&ids);
}

struct list sockets_rooms(struct arena *a, size_t most, int64_t *total)
{
	struct rooms r = { .mem = a, .items = arena_array_of(a, struct socket_room, most), .most = most };
	if (sockets_are_open())
		sio_rooms(sockets.main, add_room, &r);
	for (size_t i = 0; i < r.n; i++)
		name_clients(a, &r.items[i]);
	*total = r.total;
	return (struct list){ .items = r.items, .n = r.n };
}

/* --- the end ------------------------------------------------------------------------------------------------------ */

static int64_t cut_room(const char *room)
{
	size_t n;
	struct sio_socket **all = sio_members(sockets.main, room, &n);
	for (size_t i = 0; i < n; i++)
		sio_disconnect(all[i], true);
	sio_members_free(all, n);
	return (int64_t)n;
}

/* The id is that of a socket, whose own room has its name, or of a person: other rooms are nobody. */
int64_t sockets_kick(const char *id)
{
	char room[SIO_ROOM_MAX];
	if (!sockets_are_open())
		return 0;
	const bool one = strlen(id) == ID_TOKEN - 1, here = !one || sio_is_sid(sockets.main, id);
	if (one)
		snprintf(room, sizeof room, "%s", id);
	else
		socket_user_room(room, id);
	const bool others = socket_bus_disconnect(room);
	const int64_t n = here ? cut_room(room) : 0;
	return n || !others ? n : -1;
}
