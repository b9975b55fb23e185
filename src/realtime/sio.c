#include "realtime/sio_part.h"

#include <assert.h>
#include <stdlib.h>

/* --- clients ------------------------------------------------------------------------------------------------------ */

void client_hold(struct client *c)
{
	atomic_fetch_add(&c->holders, 1);
}

void client_let_go(struct client *c)
{
	if (atomic_fetch_sub(&c->holders, 1) != 1)
		return;
	if (c->session)
		eio_let_go(c->session);
	if (c->wire)
		c->wire->forget(c->wire_arg);
	if (c->own)
		explicit_bzero(c->own, c->own_n);
	free(c->own);
	arena_free(c->coming);
	pthread_mutex_destroy(&c->lock);
	free(c);
}

struct sio_socket *client_socket(struct client *c, const char *nsp)
{
	pthread_mutex_lock(&c->lock);
	struct sio_socket *k = c->sockets;
	while (k && strcmp(k->nsp->name, nsp) != 0)
		k = k->next;
	if (k)
		sio_hold(k);
	pthread_mutex_unlock(&c->lock);
	return k;
}

void client_remove(struct client *c, struct sio_socket *k)
{
	pthread_mutex_lock(&c->lock);
	struct sio_socket **at = &c->sockets;
	while (*at && *at != k)
		at = &(*at)->next;
	bool there = *at;
	if (there)
		*at = k->next;
	pthread_mutex_unlock(&c->lock);
	if (there)
		sio_let_go(k);
}

bool client_emit(struct client *c, const struct sio_event *e, const char *id)
{
	if (c->wire)
		c->wire->emit(c->wire_arg, e, id);
	return c->wire;
}

/* A packet and its attachments are not parted by another's. */
void client_send(struct client *c, const struct buf *text, const struct sio_blob *blobs, unsigned n, bool now_or_never)
{
	if (now_or_never && !n) {
		(void)eio_send_now_or_never(c->session, false, text->p, text->n);
		return;
	}
	pthread_mutex_lock(&c->lock);
	bool open = eio_send(c->session, false, text->p, text->n);
	for (unsigned i = 0; i < n && open; i++)
		open = eio_send(c->session, true, blobs[i].p, blobs[i].n);
	pthread_mutex_unlock(&c->lock);
}

/* --- what comes --------------------------------------------------------------------------------------------------- */

static struct sio_nsp *namespace_of(const struct sio *s, const char *name)
{
	for (size_t i = 0; i < s->n_namespaces; i++)
		if (strcmp(s->namespaces[i]->name, name) == 0)
			return s->namespaces[i];
	return NULL;
}

static void refuse_namespace(struct client *c, const char *nsp)
{
	struct buf b = { 0 };
	buf_char(&b, SIO_CONNECT_ERROR);
	if (nsp[1])
		buf_printf(&b, "%s,", nsp);
	buf_str(&b, "{\"message\":\"Invalid namespace\"}");
	client_send(c, &b, NULL, 0, false);
	buf_free(&b);
}

static void connect_to(struct client *c, const struct sio_packet *packet)
{
	struct sio_nsp *n = namespace_of(c->sio, packet->nsp);
	struct sio_socket *twice = client_socket(c, packet->nsp);
	if (twice) {
		sio_let_go(twice);
		eio_close(c->session, "parse error");
	} else if (n) {
		sio_let_go(socket_connect(c, n, *packet->data ? packet->data : "{}"));
	} else {
		refuse_namespace(c, packet->nsp);
	}
}

static void event(struct client *c, struct sio_socket *k, const struct sio_packet *packet)
{
	const struct sio_event e = { packet->name, packet->args, packet->ack, c->blobs, c->n_blobs };
	pthread_mutex_lock(&k->lock);
	bool joined = k->state == SIO_JOINED;
	pthread_mutex_unlock(&k->lock);
	if (joined)
		k->nsp->handler.on_event(k->nsp->handler.arg, k, &e);
}

/* All of it is there. What is for a namespace that the client is not in ends the session, as the protocol has it. */
static void dispatch(struct client *c, const struct sio_packet *packet)
{
	if (packet->type == SIO_CONNECT) {
		connect_to(c, packet);
		return;
	}
	struct sio_socket *k = client_socket(c, packet->nsp);
	if (!k) {
		eio_close(c->session, "parse error");
		return;
	}
	if (packet->type == SIO_DISCONNECT)
		socket_end(k, "client namespace disconnect");
	else if (packet->type == SIO_EVENT || packet->type == SIO_BINARY_EVENT)
		event(c, k, packet);
	else
		socket_answered(k, packet->ack, packet->args);
	sio_let_go(k);
}

static void complete(struct client *c)
{
	struct arena *mem = c->coming;
	dispatch(c, c->packet);
	c->coming = NULL;
	c->packet = NULL;
	c->blobs = NULL;
	c->n_blobs = 0;
	c->blob_bytes = 0;
	arena_free(mem);
}

static bool add_blob(struct client *c, const char *p, size_t n)
{
	if (!c->coming || n > c->sio->conf.engine.payload_max - c->blob_bytes)
		return false;
	c->blob_bytes += n;
	c->blobs[c->n_blobs++] = (struct sio_blob){ arena_memdup0(c->coming, p, n), n };
	if (c->n_blobs == c->packet->attachments)
		complete(c);
	return true;
}

/* Who is in no namespace has nothing to say but where he wants to go, and with what token: nothing large is read of him. */
static bool may_say(struct client *c, size_t n)
{
	enum { CONNECT_MAX = 16 << 10 };
	if (n <= CONNECT_MAX)
		return true;
	return atomic_load(&c->joined);
}

static bool begin(struct client *c, const char *p, size_t n)
{
	if (c->coming || !may_say(c, n))
		return false;
	c->coming = arena_new(0);
	const char *kept = arena_memdup0(c->coming, p, n);
	c->packet = arena_new_of(c->coming, struct sio_packet);
	bool right = sio_packet_read(c->coming, kept, n, c->packet);
	if (right && c->packet->attachments)
		c->blobs = arena_array_of(c->coming, struct sio_blob, c->packet->attachments);
	else if (right)
		complete(c);
	return right;
}

static void on_message(void *arg, struct eio_session *s, bool binary, const char *p, size_t n)
{
	struct client *c = eio_user(s);
	(void)arg;
	if (!(binary ? add_blob(c, p, n) : begin(c, p, n)))
		eio_close(s, "parse error");
}

/* --- sessions ----------------------------------------------------------------------------------------------------- */

struct client *client_new(struct sio *s, struct eio_session *session, const struct http_req *r)
{
	struct client *c = calloc(1, sizeof *c);
	if (!c)
		abort();
	c->sio = s;
	c->session = session;
	atomic_init(&c->holders, 1);
	pthread_mutex_init(&c->lock, NULL);
	if (r && s->conf.remember)
		c->remembered = c->own = s->conf.remember(s->conf.engine.arg, r, &c->own_n);
	return c;
}

static void on_open(void *arg, struct eio_session *s, const struct http_req *r)
{
	eio_hold(s);
	eio_set_user(s, client_new(arg, s, r));
}

void client_end(struct client *c, const char *why)
{
	for (;;) {
		pthread_mutex_lock(&c->lock);
		struct sio_socket *k = c->sockets;
		if (k)
			sio_hold(k);
		pthread_mutex_unlock(&c->lock);
		if (!k)
			break;
		socket_end(k, why);
		sio_let_go(k);
	}
	client_let_go(c);
}

static void on_close(void *arg, struct eio_session *s, const char *why)
{
	(void)arg;
	client_end(eio_user(s), why);
}

/* --- the server --------------------------------------------------------------------------------------------------- */

static bool may_open(void *arg, struct http_req *r)
{
	struct sio *s = arg;
	return s->conf.engine.may_open(s->conf.engine.arg, r);
}

struct sio *sio_new(const struct sio_conf *conf)
{
	struct sio *s = calloc(1, sizeof *s);
	if (!s)
		abort();
	s->conf = *conf;
	struct eio_conf engine = conf->engine;
	engine.may_open = conf->engine.may_open ? may_open : NULL;
	engine.on_open = on_open;
	engine.on_message = on_message;
	engine.on_close = on_close;
	engine.first_ms = conf->connect_ms;
	engine.arg = s;
	s->eio = eio_new(&engine);
	return s;
}

struct sio_nsp *sio_namespace(struct sio *s, const char *name, const struct sio_handler *handler)
{
	struct sio_nsp *n = calloc(1, sizeof *n);
	size_t length = strlen(name);
	assert(s->n_namespaces < NAMESPACES_MAX && length <= SIO_NAMESPACE_MAX);
	if (!n)
		abort();
	n->sio = s;
	memcpy(n->name, name, length + 1);
	n->handler = *handler;
	pthread_mutex_init(&n->lock, NULL);
	recall_open(&n->recall, s->conf.recall_ms, s->conf.recall_bytes);
	s->namespaces[s->n_namespaces++] = n;
	return n;
}

void sio_serve(struct sio *s, struct http_server *server)
{
	eio_serve(s->eio, server);
}

void sio_stop(struct sio *s)
{
	eio_stop(s->eio);
}

void sio_free(struct sio *s)
{
	if (!s)
		return;
	eio_free(s->eio);
	for (size_t i = 0; i < s->n_namespaces; i++) {
		recall_close(&s->namespaces[i]->recall);
		circle_free(s->namespaces[i]->all);
		free(s->namespaces[i]->buckets);
		pthread_mutex_destroy(&s->namespaces[i]->lock);
		free(s->namespaces[i]);
	}
	free(s);
}

enum http_when sio_request(struct sio *s, struct http_req *r)
{
	return eio_request(s->eio, r);
}

void sio_stats(struct sio *s, struct eio_stats *out)
{
	eio_stats(s->eio, out);
}
