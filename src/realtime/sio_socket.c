#include "base/id.h"
#include "base/json.h"
#include "base/str.h"
#include "realtime/sio_part.h"

#include <jansson.h>

#include <stdlib.h>

/* --- life --------------------------------------------------------------------------------------------------------- */

static struct sio_socket *socket_new(struct client *c, struct sio_nsp *n)
{
	struct sio_socket *k = calloc(1, sizeof *k);
	if (!k)
		abort();
	id_token(k->sid);
	k->nsp = n;
	k->client = c;
	client_hold(c);
	atomic_init(&k->holders, 1);
	pthread_mutex_init(&k->lock, NULL);
	return k;
}

void sio_hold(struct sio_socket *k)
{
	atomic_fetch_add(&k->holders, 1);
}

void sio_let_go(struct sio_socket *k)
{
	if (atomic_fetch_sub(&k->holders, 1) != 1)
		return;
	struct client *c = k->client;
	if (k->nsp->handler.forget)
		k->nsp->handler.forget(k->user);
	pthread_mutex_destroy(&k->lock);
	free(k->owner);
	free(k->wants_pid);
	free(k->wants_after);
	free(k);
	client_let_go(c);
}

/* --- joining a namespace ------------------------------------------------------------------------------------------ */

/* What a client shows that lost its connection. */
static void read_wishes(struct sio_socket *k, const char *auth)
{
	json_t *v = json_loads(auth, 0, NULL);
	k->wants_pid = str_copy(json_string_value(json_object_get(v, "pid")));
	k->wants_after = str_copy(json_string_value(json_object_get(v, "offset")));
	json_decref(v);
}

struct sio_socket *socket_connect(struct client *c, struct sio_nsp *n, const char *auth)
{
	struct sio_socket *k = socket_new(c, n);
	sio_hold(k);
	pthread_mutex_lock(&c->lock);
	k->next = c->sockets;
	c->sockets = k;
	pthread_mutex_unlock(&c->lock);
	if (n->recall.keep_ms)
		read_wishes(k, auth);
	n->handler.on_connect(n->handler.arg, k, auth);
	return k;
}

static void begin(struct buf *b, const struct sio_socket *k, enum sio_type type)
{
	buf_char(b, (char)type);
	if (k->nsp->name[1])
		buf_printf(b, "%s,", k->nsp->name);
}

static bool turn(struct sio_socket *k, enum sio_state from, enum sio_state to)
{
	pthread_mutex_lock(&k->lock);
	bool was = k->state == from;
	if (was)
		k->state = to;
	pthread_mutex_unlock(&k->lock);
	return was;
}

static void send_welcome(struct sio_socket *k, bool all)
{
	struct buf b = { 0 };
	const struct client *c = k->client;
	if (c->wire && c->wire->welcome)
		c->wire->welcome(c->wire_arg, all);
	if (c->wire)
		return;
	begin(&b, k, SIO_CONNECT);
	buf_printf(&b, "{\"sid\":\"%s\"", k->sid);
	if (*k->pid)
		buf_printf(&b, ",\"pid\":\"%s\"", k->pid);
	buf_char(&b, '}');
	client_send(k->client, &b, NULL, 0, false);
	buf_free(&b);
}

/* It is who it was, in the rooms where it was: when what it missed is all there. */
static struct lost *recovers(struct sio_socket *k)
{
	uint64_t number;
	struct recall *r = &k->nsp->recall;
	if (!k->wants_pid || !k->wants_after || !k->owner || !recall_find(r, k->wants_after, &number))
		return NULL;
	return recall_lost(r, k->wants_pid, k->owner);
}

static void come_back(struct sio_socket *k, const struct lost *l)
{
	memcpy(k->sid, l->sid, sizeof k->sid);
	memcpy(k->pid, l->pid, sizeof k->pid);
	for (const char *room = l->rooms; *room; room += strlen(room) + 1)
		(void)room_join(k, room);
}

/* Under the namespace's lock it joins its rooms and hears what it missed: nothing comes between. */
static void enter(struct sio_socket *k, const struct sio_welcome *w)
{
	struct sio_nsp *n = k->nsp;
	uint64_t number;
	struct lost *l = w->recovers ? recovers(k) : NULL;
	const char *after = l ? k->wants_after : w->after;
	bool all = !after || recall_find(&n->recall, after, &number);
	if (l)
		come_back(k, l);
	else if (w->recovers && n->recall.keep_ms)
		id_token(k->pid);
	lost_free(l);
	room_enter(k);
	if (w->room)
		(void)room_join(k, w->room);
	send_welcome(k, all);
	if (after && all)
		room_tell_again(k, number);
}

bool sio_welcome(struct sio_socket *k, const struct sio_welcome *w)
{
	k->owner = str_copy(w->owner);
	pthread_mutex_lock(&k->lock);
	bool asks = k->state == SIO_ASKS;
	if (asks) {
		k->state = SIO_JOINED;
		atomic_fetch_add(&k->client->joined, 1);
		pthread_mutex_lock(&k->nsp->lock);
		enter(k, w);
		pthread_mutex_unlock(&k->nsp->lock);
	}
	pthread_mutex_unlock(&k->lock);
	if (asks && k->client->session)
		eio_settled(k->client->session);
	if (asks && k->client->wire && k->client->wire->joined)
		k->client->wire->joined(k->client->wire_arg, k);
	return asks;
}

void sio_refuse(struct sio_socket *k, const char *message, const char *data)
{
	struct buf b = { 0 };
	if (!turn(k, SIO_ASKS, SIO_LEFT))
		return;
	if (k->client->wire) {
		k->client->wire->refuse(k->client->wire_arg, message, data);
		client_remove(k->client, k);
		return;
	}
	begin(&b, k, SIO_CONNECT_ERROR);
	buf_str(&b, "{\"message\":");
	json_write_text(&b, message);
	if (data) {
		buf_str(&b, ",\"data\":");
		buf_str(&b, data);
	}
	buf_char(&b, '}');
	client_send(k->client, &b, NULL, 0, false);
	buf_free(&b);
	client_remove(k->client, k);
}

/* --- events ------------------------------------------------------------------------------------------------------- */

static void send_packet(
	struct sio_socket *k, enum sio_type type, const struct sio_event *e, int64_t ack, bool now_or_never)
{
	struct buf b = { 0 };
	if (client_emit(k->client, e, ""))
		return;
	sio_packet_write(&b, &(struct sio_out){ type, k->nsp->name, ack, e->n_blobs, e->name, e->args });
	client_send(k->client, &b, e->blobs, e->n_blobs, now_or_never);
	buf_free(&b);
}

void sio_emit(struct sio_socket *k, const struct sio_event *e)
{
	send_packet(k, SIO_EVENT, e, SIO_NO_ACK, false);
}

void sio_ack(struct sio_socket *k, const struct sio_event *e)
{
	if (e->ack != SIO_NO_ACK)
		send_packet(k, SIO_ACK, e, e->ack, false);
}

void sio_ask(struct sio_socket *k, const struct sio_event *e, void (*answer)(void *arg, const char *args), void *arg)
{
	struct pending_ack *p = calloc(1, sizeof *p);
	if (!p)
		abort();
	pthread_mutex_lock(&k->lock);
	*p = (struct pending_ack){ k->acks, k->next_ack++, answer, arg };
	bool joined = k->state == SIO_JOINED;
	if (joined)
		k->acks = p;
	int64_t id = p->id;
	pthread_mutex_unlock(&k->lock);
	if (joined) {
		send_packet(k, SIO_EVENT, e, id, false);
	} else {
		free(p);
		answer(arg, NULL);
	}
}

void socket_answered(struct sio_socket *k, int64_t id, const char *args)
{
	pthread_mutex_lock(&k->lock);
	struct pending_ack **at = &k->acks;
	while (*at && (*at)->id != id)
		at = &(*at)->next;
	struct pending_ack *p = *at;
	if (p)
		*at = p->next;
	pthread_mutex_unlock(&k->lock);
	if (p)
		p->answer(p->arg, args);
	free(p);
}

/* --- leaving ------------------------------------------------------------------------------------------------------ */

static void drop_acks(struct sio_socket *k)
{
	pthread_mutex_lock(&k->lock);
	struct pending_ack *p = k->acks, *next;
	k->acks = NULL;
	pthread_mutex_unlock(&k->lock);
	for (; p; p = next) {
		next = p->next;
		p->answer(p->arg, NULL);
		free(p);
	}
}

/* Neither side wanted it. */
static bool recoverable(const char *why)
{
	return strcmp(why, "client namespace disconnect") != 0 && strcmp(why, "server namespace disconnect") != 0;
}

void socket_end(struct sio_socket *k, const char *why)
{
	bool joined = turn(k, SIO_JOINED, SIO_LEFT);
	(void)turn(k, SIO_ASKS, SIO_LEFT);
	if (joined) {
		atomic_fetch_sub(&k->client->joined, 1);
		room_leave_all(k, recoverable(why));
		drop_acks(k);
		if (k->nsp->handler.on_disconnect)
			k->nsp->handler.on_disconnect(k->nsp->handler.arg, k, why);
	}
	client_remove(k->client, k);
}

void sio_disconnect(struct sio_socket *k, bool whole)
{
	struct buf b = { 0 };
	if (k->client->wire) {
		k->client->wire->close(k->client->wire_arg);
		return;
	}
	if (whole) {
		eio_close(k->client->session, "server cut the connection");
		return;
	}
	begin(&b, k, SIO_DISCONNECT);
	client_send(k->client, &b, NULL, 0, false);
	buf_free(&b);
	socket_end(k, "server namespace disconnect");
}

/* --- what is known of it ------------------------------------------------------------------------------------------ */

const char *sio_sid(const struct sio_socket *k)
{
	return k->sid;
}

const char *sio_transport(const struct sio_socket *k)
{
	return k->client->wire ? k->client->wire->name : eio_transport(k->client->session);
}

const void *sio_remembered(const struct sio_socket *k)
{
	return k->client->remembered;
}

void *sio_user(const struct sio_socket *k)
{
	return k->user;
}

void sio_set_user(struct sio_socket *k, void *user)
{
	k->user = user;
}
