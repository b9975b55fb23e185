#include "bus/rabbit.h"

#include <amqp.h>
#include <amqp_framing.h>
#include <amqp_ssl_socket.h>
#include <amqp_tcp_socket.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

enum { CHANNEL = 1, HEARTBEAT_S = 10, FRAME_MAX = 131072, PRECONDITION_FAILED = 406, PERSISTENT = 2 };
static const char system_ca[] = "/etc/ssl/certs/ca-certificates.crt";

struct rabbit {
	amqp_connection_state_t state;
	struct timeval timeout;
	uint64_t tag; /* of the message that was sent last: they count from 1 */
	/* What the broker has confirmed: everything up to `certain`, and of those behind it what `each` says (the first is
	 * certain + 1). It may confirm one by one, out of order, or all up to one. */
	uint64_t certain;
	bool *each, refused;
	size_t room;
};

static _Thread_local char reason[256];

static bool fails(const char **why, const char *fmt, const char *what) __attribute__((format(printf, 2, 0)));
static bool fails(const char **why, const char *fmt, const char *what)
{
	snprintf(reason, sizeof reason, fmt, what);
	*why = reason;
	return false;
}

/* --- what the broker says ----------------------------------------------------------------------------------------- */

static void text_of(amqp_bytes_t b, char *out, size_t cap)
{
	size_t n = b.len < cap - 1 ? b.len : cap - 1;
	for (size_t i = 0; i < n; i++) {
		unsigned char c = ((const unsigned char *)b.bytes)[i];
		out[i] = c < 0x20 || c > 0x7e ? '?' : (char)c;
	}
	out[n] = 0;
}

/* The method by which the broker closed the channel or the connection. */
static int said(const amqp_method_t *m, const char **why)
{
	char text[160] = "";
	int code = 0;
	if (m->id == AMQP_CHANNEL_CLOSE_METHOD) {
		const amqp_channel_close_t *c = m->decoded;
		code = c->reply_code;
		text_of(c->reply_text, text, sizeof text);
	} else if (m->id == AMQP_CONNECTION_CLOSE_METHOD) {
		const amqp_connection_close_t *c = m->decoded;
		code = c->reply_code;
		text_of(c->reply_text, text, sizeof text);
	}
	(void)fails(why, "The broker says: %s", *text ? text : "something that was not asked");
	return code;
}

/* The answer to what was asked last; false: none, or a refusal with its *code. */
static bool answered(struct rabbit *r, int *code, const char **why)
{
	amqp_rpc_reply_t a = amqp_get_rpc_reply(r->state);
	*code = 0;
	if (a.reply_type == AMQP_RESPONSE_NORMAL)
		return true;
	if (a.reply_type == AMQP_RESPONSE_SERVER_EXCEPTION)
		*code = said(&a.reply, why);
	else
		(void)fails(why, "%s", amqp_error_string2(a.library_error));
	return false;
}

/* --- opening ------------------------------------------------------------------------------------------------------ */

static amqp_socket_t *new_socket(struct rabbit *r, const struct rabbit_conf *conf, bool tls, const char **why)
{
	amqp_socket_t *s = tls ? amqp_ssl_socket_new(r->state) : amqp_tcp_socket_new(r->state);
	if (!s) {
		(void)fails(why, "%s", "There is no memory for a socket.");
		return NULL;
	}
	if (!tls)
		return s;
	const char *ca = *conf->ca_file ? conf->ca_file : system_ca;
	amqp_ssl_socket_set_verify_peer(s, 1);
	amqp_ssl_socket_set_verify_hostname(s, 1);
	if (amqp_ssl_socket_set_cacert(s, ca) == AMQP_STATUS_OK &&
		amqp_ssl_socket_set_ssl_versions(s, AMQP_TLSv1_2, AMQP_TLSvLATEST) == AMQP_STATUS_OK)
		return s;
	(void)fails(why, "The certificates in %s cannot be read.", ca);
	return NULL;
}

/* librabbitmq waits for ever when the other side takes nothing: then the kernel ends the connection. */
static void bound_sending(struct rabbit *r, int64_t ms)
{
	unsigned limit = (unsigned)ms;
	(void)setsockopt(amqp_get_sockfd(r->state), IPPROTO_TCP, TCP_USER_TIMEOUT, &limit, sizeof limit);
}

static bool open_channel(struct rabbit *r, const char **why)
{
	int code;
	amqp_channel_open(r->state, CHANNEL);
	if (!answered(r, &code, why))
		return false;
	amqp_confirm_select(r->state, CHANNEL);
	return answered(r, &code, why);
}

static bool log_in(struct rabbit *r, const struct amqp_connection_info *to, const char **why)
{
	amqp_rpc_reply_t a = amqp_login(
		r->state, to->vhost, 0, FRAME_MAX, HEARTBEAT_S, AMQP_SASL_METHOD_PLAIN, to->user, to->password);
	if (a.reply_type == AMQP_RESPONSE_NORMAL)
		return true;
	if (a.reply_type == AMQP_RESPONSE_SERVER_EXCEPTION)
		(void)said(&a.reply, why);
	else if (a.library_error == AMQP_STATUS_CONNECTION_CLOSED)
		(void)fails(why, "%s", "The broker does not know this user, or the password is wrong.");
	else
		(void)fails(why, "%s", amqp_error_string2(a.library_error));
	return false;
}

static bool connect_to(
	struct rabbit *r, const struct rabbit_conf *conf, struct amqp_connection_info *to, const char **why)
{
	amqp_socket_t *s = new_socket(r, conf, to->ssl, why);
	if (!s)
		return false;
	int status = amqp_socket_open_noblock(s, to->host, to->port, &r->timeout);
	if (status != AMQP_STATUS_OK)
		return fails(why, "%s", amqp_error_string2(status));
	bound_sending(r, conf->timeout);
	return log_in(r, to, why) && open_channel(r, why);
}

/* Whom to reach, and as whom; the texts are the arena's. */
static bool target_of(
	struct arena *a, const struct rabbit_conf *conf, struct amqp_connection_info *out, const char **why)
{
	enum { PLAIN_PORT = 5672, TLS_PORT = 5671 };
	amqp_default_connection_info(out);
	if (*conf->url) {
		if (amqp_parse_url(arena_strdup(a, conf->url), out) != AMQP_STATUS_OK)
			return fails(why, "%s", "The URL is not of the form amqp://user:password@host:port/vhost.");
		/* "amqp://host/" names a virtual host without a name, by the letter; who writes it means the usual one. */
		if (!*out->vhost)
			out->vhost = arena_strdup(a, "/");
		return true;
	}
	*out = (struct amqp_connection_info){ .user = arena_strdup(a, conf->user),
		.password = arena_strdup(a, conf->password),
		.host = arena_strdup(a, conf->host),
		.vhost = arena_strdup(a, conf->vhost),
		.port = conf->port  ? (int)conf->port
		        : conf->tls ? TLS_PORT
		                    : PLAIN_PORT,
		.ssl = conf->tls };
	return true;
}

struct rabbit *rabbit_open(const char **why)
{
	const struct rabbit_conf *conf = rabbit_settings();
	struct arena *a = arena_new(0);
	struct amqp_connection_info to;
	struct rabbit *r = calloc(1, sizeof *r);
	if (!r)
		abort();
	r->timeout = (struct timeval){ .tv_sec = conf->timeout / 1000, .tv_usec = conf->timeout % 1000 * 1000 };
	r->state = amqp_new_connection();
	bool good = target_of(a, conf, &to, why) &&
	            amqp_set_handshake_timeout(r->state, &r->timeout) == AMQP_STATUS_OK &&
	            amqp_set_rpc_timeout(r->state, &r->timeout) == AMQP_STATUS_OK && connect_to(r, conf, &to, why);
	arena_free(a); /* wiped: it held the password */
	if (good)
		return r;
	rabbit_close(r);
	return NULL;
}

void rabbit_close(struct rabbit *r)
{
	if (!r)
		return;
	amqp_destroy_connection(r->state); /* without good-byes: the broker may hang */
	free(r->each);
	free(r);
}

/* --- topology ---------------------------------------------------------------------------------------------------- */

/* The answer to a declaration. What is there, made by somebody with other properties, is used as it is: the refusal has
 * closed the channel, so another is opened. */
static bool declared(struct rabbit *r, const char **why)
{
	int code;
	if (answered(r, &code, why))
		return true;
	if (code != PRECONDITION_FAILED)
		return false;
	r->tag = r->certain = 0;
	amqp_channel_close_ok_t ok = { 0 };
	return amqp_send_method(r->state, CHANNEL, AMQP_CHANNEL_CLOSE_OK_METHOD, &ok) == AMQP_STATUS_OK &&
	       open_channel(r, why);
}

bool rabbit_exchange(struct rabbit *r, const char *name, const char *type, const char **why)
{
	amqp_exchange_declare(
		r->state, CHANNEL, amqp_cstring_bytes(name), amqp_cstring_bytes(type), 0, 1, 0, 0, amqp_empty_table);
	return declared(r, why);
}

static amqp_table_entry_t text_entry(const char *name, const char *text)
{
	return (amqp_table_entry_t){ .key = amqp_cstring_bytes(name),
		.value = { .kind = AMQP_FIELD_KIND_UTF8, .value.bytes = amqp_cstring_bytes(text) } };
}

static amqp_table_entry_t number_entry(const char *name, int64_t n)
{
	return (amqp_table_entry_t){ .key = amqp_cstring_bytes(name),
		.value = { .kind = AMQP_FIELD_KIND_I32, .value.i32 = (int32_t)n } };
}

bool rabbit_queue(struct rabbit *r, const struct rabbit_queue *q, const char **why)
{
	amqp_table_entry_t e[4];
	int n = 0;
	if (q->dead_key && *q->dead_key) {
		e[n++] = text_entry("x-dead-letter-exchange", q->dead_exchange ? q->dead_exchange : "");
		e[n++] = text_entry("x-dead-letter-routing-key", q->dead_key);
	}
	if (q->priorities)
		e[n++] = number_entry("x-max-priority", q->priorities);
	if (q->ttl_ms)
		e[n++] = number_entry("x-message-ttl", q->ttl_ms);
	amqp_queue_declare(r->state, CHANNEL, amqp_cstring_bytes(q->name), 0, 1, 0, 0,
		(amqp_table_t){ .num_entries = n, .entries = e });
	return declared(r, why);
}

bool rabbit_bind(struct rabbit *r, const char *queue, const char *exchange, const char *key, const char **why)
{
	int code;
	amqp_queue_bind(r->state, CHANNEL, amqp_cstring_bytes(queue), amqp_cstring_bytes(exchange),
		amqp_cstring_bytes(key), amqp_empty_table);
	return answered(r, &code, why);
}

/* --- publishing --------------------------------------------------------------------------------------------------- */

static const char attempts_header[] = "x-attempts";

static void set_text(amqp_basic_properties_t *p, amqp_flags_t flag, amqp_bytes_t *where, const char *text)
{
	if (!text || !*text)
		return;
	p->_flags |= flag;
	*where = amqp_cstring_bytes(text);
}

/* `e` has room for RABBIT_HEADERS + 1. */
static void set_headers(amqp_basic_properties_t *p, const struct rabbit_message *m, amqp_table_entry_t *e)
{
	int n = 0;
	for (size_t i = 0; i < m->headers_n && i < RABBIT_HEADERS; i++)
		e[n++] = text_entry(m->headers[i].name, m->headers[i].text);
	if (m->attempts)
		e[n++] = number_entry(attempts_header, m->attempts);
	if (!n)
		return;
	p->_flags |= AMQP_BASIC_HEADERS_FLAG;
	p->headers = (amqp_table_t){ .num_entries = n, .entries = e };
}

static bool send_one(struct rabbit *r, const struct rabbit_message *m, const char **why)
{
	amqp_table_entry_t e[RABBIT_HEADERS + 1];
	amqp_basic_properties_t p = { ._flags = AMQP_BASIC_DELIVERY_MODE_FLAG | AMQP_BASIC_TIMESTAMP_FLAG,
		.delivery_mode = PERSISTENT,
		.timestamp = (uint64_t)(m->at / 1000) };
	set_text(&p, AMQP_BASIC_CONTENT_TYPE_FLAG, &p.content_type, m->content_type);
	set_text(&p, AMQP_BASIC_MESSAGE_ID_FLAG, &p.message_id, m->id);
	set_text(&p, AMQP_BASIC_TYPE_FLAG, &p.type, m->type);
	set_text(&p, AMQP_BASIC_CORRELATION_ID_FLAG, &p.correlation_id, m->correlation_id);
	set_headers(&p, m, e);
	if (m->priority) {
		p._flags |= AMQP_BASIC_PRIORITY_FLAG;
		p.priority = (uint8_t)m->priority;
	}
	int status = amqp_basic_publish(r->state, CHANNEL, amqp_cstring_bytes(m->exchange), amqp_cstring_bytes(m->key),
		0, 0, &p, (amqp_bytes_t){ m->n, (void *)(uintptr_t)m->body });
	if (status != AMQP_STATUS_OK)
		return fails(why, "%s", amqp_error_string2(status));
	r->tag++;
	return true;
}

static void note_one(struct rabbit *r, uint64_t tag)
{
	if (tag > r->certain && tag <= r->tag)
		r->each[tag - r->certain - 1] = true;
}

static void note(struct rabbit *r, uint64_t tag, bool all_before, bool good)
{
	size_t n = 0, waits = (size_t)(r->tag - r->certain);
	r->refused = r->refused || !good;
	if (!good)
		return;
	for (uint64_t t = all_before ? r->certain + 1 : tag; t <= tag; t++)
		note_one(r, t);
	while (n < waits && r->each[n])
		n++;
	if (!n)
		return;
	memmove(r->each, r->each + n, waits - n);
	memset(r->each + waits - n, 0, n);
	r->certain += n;
}

/* Room for the confirmations of so many more. */
static void expect(struct rabbit *r, size_t more)
{
	size_t need = (size_t)(r->tag - r->certain) + more;
	if (need <= r->room)
		return;
	bool *each = realloc(r->each, need * 2);
	if (!each)
		abort();
	memset(each + r->room, 0, need * 2 - r->room);
	r->each = each;
	r->room = need * 2;
}

static bool hear(struct rabbit *r, const char **why)
{
	amqp_frame_t f;
	amqp_maybe_release_buffers(r->state);
	int status = amqp_simple_wait_frame_noblock(r->state, &f, &r->timeout);
	if (status == AMQP_STATUS_TIMEOUT)
		return fails(why, "%s", "The broker does not confirm what it was sent.");
	if (status != AMQP_STATUS_OK)
		return fails(why, "%s", amqp_error_string2(status));
	if (f.frame_type != AMQP_FRAME_METHOD)
		return true;
	if (f.payload.method.id == AMQP_BASIC_ACK_METHOD) {
		const amqp_basic_ack_t *ack = f.payload.method.decoded;
		note(r, ack->delivery_tag, ack->multiple, true);
	} else if (f.payload.method.id == AMQP_BASIC_NACK_METHOD) {
		const amqp_basic_nack_t *nack = f.payload.method.decoded;
		note(r, nack->delivery_tag, nack->multiple, false);
	} else if (f.payload.method.id == AMQP_CHANNEL_CLOSE_METHOD ||
		   f.payload.method.id == AMQP_CONNECTION_CLOSE_METHOD) {
		(void)said(&f.payload.method, why);
		return false;
	}
	return true;
}

bool rabbit_send(struct rabbit *r, const struct rabbit_message *m, size_t n, uint64_t *last, const char **why)
{
	bool good = true;
	expect(r, n);
	for (size_t i = 0; good && i < n; i++)
		good = send_one(r, &m[i], why);
	*last = r->tag;
	return good;
}

bool rabbit_settle(struct rabbit *r, uint64_t upto, uint64_t *certain, const char **why)
{
	bool good = true;
	while (good && !r->refused && r->certain < upto)
		good = hear(r, why);
	if (good && r->certain < upto)
		good = fails(why, "%s", "The broker refused a message.");
	*certain = r->certain;
	return good;
}

bool rabbit_publish(struct rabbit *r, const struct rabbit_message *m, size_t n, const char **why)
{
	uint64_t last, certain;
	return rabbit_send(r, m, n, &last, why) && rabbit_settle(r, last, &certain, why);
}

bool rabbit_idle(struct rabbit *r, const char **why)
{
	amqp_frame_t f;
	int status = amqp_simple_wait_frame_noblock(r->state, &f, &(struct timeval){ 0 });
	if (status == AMQP_STATUS_TIMEOUT)
		return true;
	if (status != AMQP_STATUS_OK)
		return fails(why, "%s", amqp_error_string2(status));
	if (f.frame_type != AMQP_FRAME_METHOD)
		return true;
	if (f.payload.method.id == AMQP_CHANNEL_CLOSE_METHOD || f.payload.method.id == AMQP_CONNECTION_CLOSE_METHOD) {
		(void)said(&f.payload.method, why);
		return false;
	}
	return true;
}

/* --- taking ------------------------------------------------------------------------------------------------------- */

bool rabbit_consume(struct rabbit *r, const char *queue, int ahead, const char **why)
{
	int code;
	amqp_basic_qos(r->state, CHANNEL, 0, (uint16_t)ahead, 0);
	if (!answered(r, &code, why))
		return false;
	amqp_basic_consume(r->state, CHANNEL, amqp_cstring_bytes(queue), amqp_empty_bytes, 0, 0, 0, amqp_empty_table);
	return answered(r, &code, why);
}

static const char *bytes_in(struct arena *mem, amqp_bytes_t b, bool given)
{
	return given && b.len ? arena_memdup0(mem, b.bytes, b.len) : "";
}

static int64_t number_of(const amqp_field_value_t *v)
{
	switch (v->kind) {
	case AMQP_FIELD_KIND_I8:
		return v->value.i8;
	case AMQP_FIELD_KIND_I16:
		return v->value.i16;
	case AMQP_FIELD_KIND_I32:
		return v->value.i32;
	case AMQP_FIELD_KIND_I64:
		return v->value.i64;
	default: /* others write it otherwise; then it counts as none */
		return 0;
	}
}

/* What whoever publishes wrote: anything at all. */
static int attempts_in(const amqp_field_value_t *v)
{
	int64_t n = number_of(v);
	return n < 0 ? 0 : n > RABBIT_ATTEMPTS_MAX ? RABBIT_ATTEMPTS_MAX : (int)n;
}

static int attempts_of(const amqp_basic_properties_t *p)
{
	if (!(p->_flags & AMQP_BASIC_HEADERS_FLAG))
		return 0;
	for (int i = 0; i < p->headers.num_entries; i++) {
		const amqp_table_entry_t *e = &p->headers.entries[i];
		if (e->key.len == sizeof attempts_header - 1 && memcmp(e->key.bytes, attempts_header, e->key.len) == 0)
			return attempts_in(&e->value);
	}
	return 0;
}

static void keep(struct arena *mem, const amqp_envelope_t *from, struct rabbit_delivery *out)
{
	const amqp_basic_properties_t *p = &from->message.properties;
	size_t n = from->message.body.len;
	*out = (struct rabbit_delivery){ .tag = from->delivery_tag,
		.redelivered = from->redelivered,
		.body = n && n <= RABBIT_BODY_MAX ? arena_memdup0(mem, from->message.body.bytes, n) : "",
		.n = n,
		.content_type = bytes_in(mem, p->content_type, p->_flags & AMQP_BASIC_CONTENT_TYPE_FLAG),
		.id = bytes_in(mem, p->message_id, p->_flags & AMQP_BASIC_MESSAGE_ID_FLAG),
		.type = bytes_in(mem, p->type, p->_flags & AMQP_BASIC_TYPE_FLAG),
		.correlation_id = bytes_in(mem, p->correlation_id, p->_flags & AMQP_BASIC_CORRELATION_ID_FLAG),
		.priority = p->_flags & AMQP_BASIC_PRIORITY_FLAG ? p->priority : 0,
		.attempts = attempts_of(p) };
}

/* Something that is no message: the broker closes, cancels, or says what needs no answer. */
static enum rabbit_got other_frame(struct rabbit *r, const char **why)
{
	amqp_frame_t f;
	if (amqp_simple_wait_frame_noblock(r->state, &f, &r->timeout) != AMQP_STATUS_OK) {
		(void)fails(why, "%s", "The connection to the broker is lost.");
		return RABBIT_GONE;
	}
	if (f.frame_type != AMQP_FRAME_METHOD)
		return RABBIT_NOTHING;
	switch (f.payload.method.id) {
	case AMQP_CHANNEL_CLOSE_METHOD:
	case AMQP_CONNECTION_CLOSE_METHOD:
		(void)said(&f.payload.method, why);
		return RABBIT_GONE;
	case AMQP_BASIC_CANCEL_METHOD:
		(void)fails(why, "%s", "The queue is gone.");
		return RABBIT_GONE;
	default: /* a confirmation of nothing, say */
		return RABBIT_NOTHING;
	}
}

enum rabbit_got rabbit_receive(
	struct rabbit *r, struct arena *mem, int64_t wait_ms, struct rabbit_delivery *out, const char **why)
{
	const struct timeval wait = { .tv_sec = wait_ms / 1000, .tv_usec = wait_ms % 1000 * 1000 };
	amqp_envelope_t e;
	amqp_maybe_release_buffers(r->state);
	amqp_rpc_reply_t a = amqp_consume_message(r->state, &e, &wait, 0);
	if (a.reply_type == AMQP_RESPONSE_NORMAL) {
		keep(mem, &e, out);
		amqp_destroy_envelope(&e);
		return RABBIT_GOT;
	}
	if (a.reply_type == AMQP_RESPONSE_LIBRARY_EXCEPTION && a.library_error == AMQP_STATUS_TIMEOUT)
		return RABBIT_NOTHING;
	if (a.reply_type == AMQP_RESPONSE_LIBRARY_EXCEPTION && a.library_error == AMQP_STATUS_UNEXPECTED_STATE)
		return other_frame(r, why);
	if (a.reply_type == AMQP_RESPONSE_SERVER_EXCEPTION)
		(void)said(&a.reply, why);
	else
		(void)fails(why, "%s", amqp_error_string2(a.library_error));
	return RABBIT_GONE;
}

bool rabbit_ack(struct rabbit *r, uint64_t tag, bool all_before, const char **why)
{
	int status = amqp_basic_ack(r->state, CHANNEL, tag, all_before);
	return status == AMQP_STATUS_OK || fails(why, "%s", amqp_error_string2(status));
}
