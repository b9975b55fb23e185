#include "features/realtime/realtime.h"
#include "api/socket_list.h"
#include "base/resident.h"
#include "base/time.h"

#include <malloc.h>

enum { MB = 1 << 20 };

/* On the command line of a host where no server runs there is nobody to ask. */
static err_t running(struct cx *cx)
{
	struct sockets_stats s;
	sockets_stats(&s);
	if (s.opened_at)
		return ERR_OK;
	cx->fail.message = "No server runs on this data folder, so nobody is connected.";
	return FAIL(cx, ERR_UNAVAILABLE, "no sockets");
}

static int64_t uptime_ms(void)
{
	struct sockets_stats s;
	sockets_stats(&s);
	return s.opened_at ? time_monotonic() - s.opened_at : 0;
}

static int64_t uptime(void)
{
	return uptime_ms() / 1000;
}

err_t realtime_info(struct cx *cx, const struct none *in, struct realtime_info *out)
{
	struct sockets_stats s;
	(void)in;
	TRY(running(cx));
	sockets_stats(&s);
	struct realtime_server *server = arena_new_of(cx->mem, struct realtime_server);
	struct realtime_counts *counts = arena_new_of(cx->mem, struct realtime_counts);
	*server = (struct realtime_server){ s.port, "socket.io", SOCKETS_PATH_SHORT };
	counts->connected = s.joined;
	(void)sockets_rooms(cx->mem, 0, &counts->rooms);
	*out = (struct realtime_info){ "running", server, counts, uptime(), cx->now };
	return ERR_OK;
}

err_t realtime_clients(struct cx *cx, const struct realtime_query *in, struct realtime_clients *out)
{
	TRY(running(cx));
	out->clients = sockets_clients(cx->mem, in->user_id, (size_t)in->limit, &out->total);
	out->timestamp = cx->now;
	return ERR_OK;
}

err_t realtime_rooms(struct cx *cx, const struct realtime_some *in, struct realtime_rooms *out)
{
	TRY(running(cx));
	out->rooms = sockets_rooms(cx->mem, (size_t)in->limit, &out->total);
	out->timestamp = cx->now;
	return ERR_OK;
}

err_t realtime_stats(struct cx *cx, const struct none *in, struct realtime_stats *out)
{
	struct sockets_stats s;
	const struct mallinfo2 heap = mallinfo2();
	(void)in;
	TRY(running(cx));
	sockets_stats(&s);
	struct realtime_memory *memory = arena_new_of(cx->mem, struct realtime_memory);
	*memory = (struct realtime_memory){ .rss = resident_bytes() / MB,
		.heap_total = (int64_t)(heap.arena + heap.hblkhd) / MB,
		.heap_used = (int64_t)(heap.uordblks + heap.hblkhd) / MB,
		.external = (int64_t)heap.hblkhd / MB };
	out->server = arena_new_of(cx->mem, struct realtime_process);
	*out->server = (struct realtime_process){ "running", uptime(), memory };
	out->connections = arena_new_of(cx->mem, struct realtime_connections);
	const int64_t ms = uptime_ms();
	*out->connections = (struct realtime_connections){ s.opened, s.joined, s.peak,
		ms ? (double)s.opened * 1000 / (double)ms : 0 };
	out->events = arena_new_of(cx->mem, struct realtime_events);
	*out->events = (struct realtime_events){ s.opened, s.closed, s.messages, s.errors };
	out->timestamp = cx->now;
	return ERR_OK;
}

err_t realtime_kick(struct cx *cx, const struct realtime_who *in, struct realtime_kicked *out)
{
	cx->audit.subject_type = "socket";
	cx->audit.subject_id = in->id;
	TRY(running(cx));
	const int64_t n = sockets_kick(in->id);
	out->disconnected = n > 0 ? n : 0;
	if (!n)
		cx->fail.message = "Nobody is connected by that identifier.";
	return n ? ERR_OK : FAIL(cx, ERR_NOT_FOUND, "nobody is connected as %s", in->id);
}
