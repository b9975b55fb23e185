#include "api/socket_bus.h"
#include "api/socket_news.h"
#include "api/socket_part.h"
#include "base/str.h"
#include "realtime/sio_adapter.h"

#include <jansson.h>
#include <stdlib.h>

static struct {
	pthread_rwlock_t lock; /* held for reading while something is done with what is heard */
	struct socket_bus_conf conf;
	bool open;
	char status[BUS_CHANNEL_MAX + 1], requests[BUS_CHANNEL_MAX + 1], events[BUS_CHANNEL_MAX + 1];
} us = { .lock = PTHREAD_RWLOCK_INITIALIZER };

/* --- telling the others -------------------------------------------------------------------------------------------- */

void socket_bus_tell(const char *room, const char *except, const struct sio_event *e)
{
	char channel[SIO_REMOTE_CHANNEL_MAX + 1];
	struct buf b = { 0 };
	pthread_rwlock_rdlock(&us.lock);
	const struct sio_remote r = { .event = *e, .rooms = { &room, 1 }, .except = { &except, except ? 1 : 0 } };
	if (us.open && us.conf.bus && sio_adapter_write(&b, us.conf.node, "/", &r) &&
		sio_adapter_channel(channel, us.conf.prefix, "/", room))
		(void)bus_publish(us.conf.bus, channel, b.p, b.n);
	pthread_rwlock_unlock(&us.lock);
	buf_free(&b);
}

static bool publish(const char *channel, json_t *message)
{
	char *text = json_dumps(message, JSON_COMPACT);
	pthread_rwlock_rdlock(&us.lock);
	const bool others = us.open && us.conf.bus;
	if (others && text)
		(void)bus_publish(us.conf.bus, channel, text, strlen(text));
	pthread_rwlock_unlock(&us.lock);
	free(text);
	json_decref(message);
	return others;
}

void socket_bus_status(const char *user_id, const char *username, const char *status)
{
	(void)publish(us.status, json_pack("{s:s,s:s,s:s,s:s}", "node", us.conf.node ? us.conf.node : "", "userId",
					 user_id, "username", username, "status", status));
}

bool socket_bus_disconnect(const char *room)
{
	return publish(us.requests, json_pack("{s:i,s:{s:[s],s:[]},s:b}", "type", SIO_REQUEST_DISCONNECT, "opts",
					    "rooms", room, "except", "close", 1));
}

/* --- what is heard ------------------------------------------------------------------------------------------------- */

static void on_event(struct arena *a, const char *p, size_t n)
{
	struct sio_remote r;
	if (!sio_adapter_read(a, p, n, &r) || strcmp(r.uid, us.conf.node) == 0 || strcmp(r.nsp, "/") != 0)
		return;
	const struct sio_to to = { .rooms = r.rooms.names,
		.n_rooms = r.rooms.n,
		.excepts = r.except.names,
		.n_excepts = r.except.n,
		.now_or_never = r.now_or_never };
	r.event.ack = SIO_NO_ACK;
	sio_broadcast(sockets.main, &to, &r.event);
}

static void do_request(const struct sio_request *r, struct sio_socket *k)
{
	for (size_t i = 0; i < r->names.n; i++)
		if (r->type == SIO_REQUEST_JOIN)
			(void)sio_join(k, r->names.names[i]);
		else if (r->type == SIO_REQUEST_LEAVE)
			sio_leave(k, r->names.names[i]);
	if (r->type == SIO_REQUEST_DISCONNECT)
		sio_disconnect(k, r->close);
}

static bool excepted(const struct sio_request *r, struct sio_socket *k)
{
	bool is = false;
	for (size_t i = 0; i < r->except.n && !is; i++)
		is = sio_is_in(k, r->except.names[i]);
	return is;
}

static void on_request(struct arena *a, const char *p, size_t n)
{
	struct sio_request r;
	if (!sio_adapter_request(a, p, n, &r) || r.type == SIO_REQUEST_TELL)
		return;
	for (size_t i = 0; i < r.rooms.n || i == 0; i++) {
		size_t count;
		struct sio_socket **all = sio_members(sockets.main, r.rooms.n ? r.rooms.names[i] : NULL, &count);
		for (size_t k = 0; k < count; k++)
			if (!excepted(&r, all[k]))
				do_request(&r, all[k]);
		sio_members_free(all, count);
	}
}

static void on_status(struct arena *a, const char *p, size_t n)
{
	(void)a;
	json_t *v = json_loadb(p, n, 0, NULL);
	const char *node = json_string_value(json_object_get(v, "node"));
	const char *user_id = json_string_value(json_object_get(v, "userId"));
	const char *username = json_string_value(json_object_get(v, "username"));
	const char *status = json_string_value(json_object_get(v, "status"));
	if (node && user_id && username && status && strcmp(node, us.conf.node) != 0)
		news_status(user_id, username, status);
	json_decref(v);
}

/* On the bus's thread. What was lost meanwhile was not worth keeping. */
static void heard(void *arg, const char *channel, const void *p, size_t n)
{
	void (*const *fn)(struct arena * a, const char *p, size_t n) = arg;
	(void)channel;
	if (!p)
		return;
	struct arena *a = arena_new(0);
	pthread_rwlock_rdlock(&us.lock);
	if (us.open)
		(*fn)(a, p, n);
	pthread_rwlock_unlock(&us.lock);
	arena_free(a);
}

/* --- life --------------------------------------------------------------------------------------------------------- */

void socket_bus_open(const struct socket_bus_conf *conf)
{
	static void (*const fns[])(struct arena * a, const char *p, size_t n) = { on_event, on_request, on_status };
	pthread_rwlock_wrlock(&us.lock);
	us.conf = *conf;
	us.open = true;
	snprintf(us.events, sizeof us.events, "%s#/#*", conf->prefix);
	snprintf(us.requests, sizeof us.requests, "%s-request#/#", conf->prefix);
	snprintf(us.status, sizeof us.status, "%s-status", conf->prefix);
	pthread_rwlock_unlock(&us.lock);
	if (!conf->bus)
		return;
	bus_subscribe(conf->bus, us.events, heard, (void *)(uintptr_t)&fns[0]);
	bus_subscribe(conf->bus, us.requests, heard, (void *)(uintptr_t)&fns[1]);
	bus_subscribe(conf->bus, us.status, heard, (void *)(uintptr_t)&fns[2]);
}

void socket_bus_close(void)
{
	pthread_rwlock_wrlock(&us.lock);
	us.open = false;
	pthread_rwlock_unlock(&us.lock);
}
