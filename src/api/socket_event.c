/* Events of the contract, as rows; and every operation under its own name. */
#include "api/answer.h"
#include "api/shape.h"
#include "api/socket_part.h"
#include "base/json.h"
#include "base/str.h"
#include "base/time.h"

#include <stdlib.h>

/* --- operations ---------------------------------------------------------------------------------------------------- */

/* "userGet" is user_get, which is taken as well. */
static const struct op *operation(struct arena *a, const char *name)
{
	const struct op *op = op_find(str_snake(a, name), NULL);
	return op && op_speaks_json(op) ? op : NULL;
}

/* Compiled when it is first asked for; they are as many as there are operations. */
static const struct view *view_of(const struct op *op)
{
	static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
	static struct arena *mem;
	static struct known {
		struct known *next;
		const struct view *view;
	} * first;
	pthread_mutex_lock(&lock);
	mem = mem ? mem : arena_new(0);
	struct known *k = first;
	while (k && k->view->op != op)
		k = k->next;
	if (!k) {
		struct shape_row *row = arena_new_of(mem, struct shape_row);
		*row = (struct shape_row){ .shape = &shape_graphql, .route = op->call->name };
		k = arena_new_of(mem, struct known);
		*k = (struct known){ first, view_new(mem, row, op) };
		first = k;
	}
	pthread_mutex_unlock(&lock);
	return k->view;
}

static err_t bind(struct call *c)
{
	struct asked *a = c->door;
	return json_read(&c->cx, a->view->in, c->in, a->json, strlen(a->json), a->lax);
}

static void write_failure(struct buf *b, const struct call *c)
{
	const char *message = c->cx.fail.message ? c->cx.fail.message : err_info(c->result)->text;
	buf_str(b, "{\"error\":{\"message\":");
	json_write_text(b, message);
	buf_char(b, ',');
	buf_str(b, answer_extensions(c->cx.mem, c));
	buf_str(b, "}}");
}

/* {"data":...} or {"error":{...}}; who wants no acknowledgement is told of a failure alone. */
static void tell_outcome(struct asked *a)
{
	struct call *c = a->call;
	struct buf b = { .mem = c->cx.mem };
	if (a->ack == SIO_NO_ACK) {
		if (c->result)
			socket_error(a->socket, a->event,
				c->cx.fail.message ? c->cx.fail.message : err_info(c->result)->text);
		return;
	}
	if (c->result) {
		write_failure(&b, c);
	} else {
		buf_str(&b, "{\"data\":");
		json_write(&b, a->view->out, c->out, JSON_ANSWER);
		buf_char(&b, '}');
	}
	sio_ack(a->socket, &(struct sio_event){ .args = buf_cstr(&b), .ack = a->ack });
}

/* An operation in the name of an event of the contract, with the input that is given as JSON. */
static struct asked *asked_for(struct sio_socket *k, const struct sio_event *e, const char *op, const char *json)
{
	struct asked *a = asked_new(k, op_find(op, NULL));
	struct arena *mem = a->call->cx.mem;
	a->event = arena_strdup(mem, e->name);
	a->json = arena_strdup(mem, json);
	a->ack = e->ack;
	a->view = view_of(a->call->op);
	a->then = tell_outcome;
	a->call->bind = bind;
	return a;
}

static void call_for(struct sio_socket *k, const struct sio_event *e, const char *op, const char *json, bool lax)
{
	struct asked *a = asked_for(k, e, op, json);
	a->lax = lax;
	asked_run(a);
}

/* The same where something else comes of it than its answer alone. */
static void ask_for(struct sio_socket *k, const struct sio_event *e, const char *op, const char *json,
	void (*then)(struct asked *a))
{
	struct asked *a = asked_for(k, e, op, json);
	a->then = then;
	asked_run(a);
}

/* --- events of the contract ---------------------------------------------------------------------------------------- */

struct told {
	struct sio_socket *socket;
	const struct visitor *who;
	const struct sio_event *event;
	struct cx cx; /* for reading what it carries */
	const char *as; /* of the row */
	const char *why; /* it is refused; NULL: it is not */
	bool later; /* an operation answers it */
};

/* Clients of this protocol may send more than we know. */
static bool read(struct told *t, const struct type *type, void *out)
{
	const char *json = *t->event->args ? t->event->args : "{}";
	if (!json_read(&t->cx, type, out, json, strlen(json), true))
		return true;
	const struct field_error *f = t->cx.fail.fields;
	t->why = f ? arena_printf(t->cx.mem, "%s %s.", f->path, f->why) : "An object was expected.";
	return false;
}

static void on_presence(struct told *t)
{
	char room[SIO_ROOM_MAX];
	const struct told_status told = { t->who->user_id, t->who->username, t->as, t->cx.now };
	socket_user_room(room, t->who->user_id);
	socket_tell_room(room, t->socket, "user:status", &told_status_type, &told);
	presence_says(t->who, strcmp(t->as, "online") == 0);
}

/* The other exists for him, and takes what he writes. */
static void may_type(struct asked *a)
{
	struct call *c = a->call;
	char room[SIO_ROOM_MAX];
	if (!c->result) {
		const struct type *t = c->op->call->out;
		const bool *takes = field_value(type_field(t, "can_message", strlen("can_message")), c->out);
		if (!*takes)
			c->result = FAIL(&c->cx, ERR_DENIED, "takes no messages");
	}
	tell_outcome(a);
	if (c->result)
		return;
	const struct field *who = type_field(c->op->call->out, "user_id", strlen("user_id"));
	socket_user_room(room, *(const char *const *)field_value(who, c->out));
	typing_told(a->socket, room, strcmp(a->event, "user:typing:start") == 0);
}

/* To a person, or to those in a room in which he is himself. */
static void on_typing(struct told *t)
{
	struct want_typing want = { 0 };
	struct buf b = { .mem = t->cx.mem };
	if (!read(t, &want_typing_type, &want))
		return;
	if (want.user_id) {
		json_write(&b, &user_named_type, &(struct user_named){ want.user_id }, JSON_ANSWER);
		t->later = true;
		ask_for(t->socket, t->event, "follow_status", buf_cstr(&b), may_type);
	} else if (!want.chat_id || room_is_ours(want.chat_id) || !sio_is_in(t->socket, want.chat_id)) {
		t->why = "Join the room first: chatId names one that you are in. Or name a person: userId.";
	} else {
		typing_told(t->socket, want.chat_id, strcmp(t->as, "start") == 0);
	}
}

static void on_activity(struct told *t)
{
	(void)t; /* that he is there is all it says */
}

static void on_join(struct told *t)
{
	struct want_room want = { 0 };
	if (!read(t, &want_room_type, &want))
		return;
	t->why = room_refuses(t->who, want.room_id);
	if (!t->why && !sio_join(t->socket, want.room_id))
		t->why = "You are in too many rooms.";
	if (t->why)
		return;
	const struct told_room told = { t->who->user_id, t->who->username, want.room_id, want.room_type, t->cx.now };
	socket_tell_room(want.room_id, t->socket, "user:joined", &told_room_type, &told);
}

static void on_leave(struct told *t)
{
	struct want_room want = { 0 };
	if (!read(t, &want_room_type, &want) || room_is_ours(want.room_id) || !sio_is_in(t->socket, want.room_id))
		return;
	sio_leave(t->socket, want.room_id);
	const struct told_room told = { t->who->user_id, t->who->username, want.room_id, NULL, t->cx.now };
	socket_tell_room(want.room_id, t->socket, "user:left", &told_room_type, &told);
}

/* The operation of that name, about the one who is named. */
static void on_follow(struct told *t)
{
	struct want_follow want = { 0 };
	struct buf b = { .mem = t->cx.mem };
	if (!read(t, &want_follow_type, &want))
		return;
	json_write(&b, &user_named_type, &(struct user_named){ want.following_id }, JSON_ANSWER);
	t->later = true;
	call_for(t->socket, t->event, t->as, buf_cstr(&b), false);
}

/* `status` and whatever else older clients send beside the profile's own fields is passed over. */
static void on_profile(struct told *t)
{
	t->later = true;
	call_for(t->socket, t->event, t->as, *t->event->args ? t->event->args : "{}", true);
}

static void was_read(struct asked *a)
{
	const struct call *c = a->call;
	tell_outcome(a);
	if (c->result)
		return;
	const struct field *id = type_field(c->op->call->in, "id", strlen("id"));
	const struct told_read told = { *(const char *const *)field_value(id, c->in), c->cx.now };
	socket_tell(a->socket, "notification:read:success", &told_read_type, &told);
}

static void on_read(struct told *t)
{
	struct want_read want = { 0 };
	struct buf b = { .mem = t->cx.mem };
	if (!read(t, &want_read_type, &want))
		return;
	json_write(&b, &user_named_type, &(struct user_named){ want.notification_id }, JSON_ANSWER);
	t->later = true;
	ask_for(t->socket, t->event, "notification_read", buf_cstr(&b), was_read);
}

static const struct contract {
	const char *name, *as;
	void (*fn)(struct told *t);
} contract[] = {
	{ "user:online", "online", on_presence },
	{ "user:offline", "offline", on_presence },
	{ "user:typing:start", "start", on_typing },
	{ "user:typing:stop", "stop", on_typing },
	{ "user:activity", "", on_activity },
	{ "heartbeat:response", "", on_activity },
	{ "room:join", "", on_join },
	{ "room:leave", "", on_leave },
	{ "follow:create", "follow_create", on_follow },
	{ "follow:remove", "follow_remove", on_follow },
	{ "notification:read", "", on_read },
	{ "profile:update", "user_update_me", on_profile },
};

static const struct contract *row_of(const char *name)
{
	for (size_t i = 0; i < sizeof contract / sizeof *contract; i++)
		if (strcmp(contract[i].name, name) == 0)
			return &contract[i];
	return NULL;
}

/* Who wants an acknowledgement gets {"error":{"message":...}} by it, who does not an event. */
static void deny(struct sio_socket *k, const struct sio_event *e, const char *why, struct arena *mem)
{
	struct buf b = { .mem = mem };
	if (e->ack == SIO_NO_ACK) {
		socket_error(k, e->name, why);
		return;
	}
	buf_str(&b, "{\"error\":{\"message\":");
	json_write_text(&b, why);
	buf_str(&b, "}}");
	atomic_fetch_add(&sockets.errors, 1);
	sio_ack(k, &(struct sio_event){ .args = buf_cstr(&b), .ack = e->ack });
}

static void run_row(struct sio_socket *k, const struct sio_event *e, const struct contract *row, struct arena *mem)
{
	const struct visitor *v = sio_user(k);
	struct told t = { .socket = k, .who = v, .event = e, .as = row->as };
	t.cx = (struct cx){ .mem = mem, .now = time_now(), .conf = conf_current() };
	if (*v->user_id)
		row->fn(&t);
	else
		t.why = "Log in first: a valid access token is needed.";
	if (t.why)
		deny(k, e, t.why, mem);
	else if (!t.later)
		sio_ack(k, &(struct sio_event){ .args = "{}", .ack = e->ack });
}

/* --- all of it ---------------------------------------------------------------------------------------------------- */

/* A second's worth of events each second, ten at once: what is asked too soon is not done. */
static bool may_ask(struct visitor *v)
{
	const long long second = 1000000000, at_once = 10 * second;
	int64_t most = sockets_conf()->events;
	if (!most)
		return true;
	long long now = (long long)time_nanos(), paid = atomic_load(&v->asked_until);
	long long from = paid > now ? paid : now, next = from + second / most;
	if (next - now > at_once)
		return false;
	atomic_store(&v->asked_until, next);
	return true;
}

static void answer(struct sio_socket *k, const struct sio_event *e, const struct contract *row)
{
	struct visitor *v = sio_user(k);
	struct arena *mem = arena_new(0);
	const struct op *op = row ? NULL : operation(mem, e->name);
	atomic_fetch_add(&sockets.messages, 1);
	if (!may_ask(v)) {
		deny(k, e, "Too many events. Wait, then try again.", mem);
	} else if (row) {
		run_row(k, e, row, mem);
	} else if (op) {
		call_for(k, e, op->call->name, *e->args ? e->args : "{}", false);
	} else {
		deny(k, e, "There is no such event.", mem);
	}
	arena_free(mem);
}

void socket_on_event(void *arg, struct sio_socket *k, const struct sio_event *e)
{
	(void)arg;
	answer(k, e, row_of(e->name));
}

void socket_on_operation(void *arg, struct sio_socket *k, const struct sio_event *e)
{
	(void)arg;
	answer(k, e, NULL);
}
