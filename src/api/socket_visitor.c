/* Who a socket is: asked when it connects to a namespace, by the token that it shows. */
#include "api/socket_part.h"
#include "base/str.h"

#include <jansson.h>
#include <stdlib.h>

/* One more is one row more. `people`: who is there is online, and hears what happens; else its clients are told by `tell`. */
const struct space spaces[SPACES] = {
	{ "/", PERM_NONE, true, socket_on_event },
	{ "/admin", PERM_METRICS, false, socket_on_operation },
};

/* --- who it is ---------------------------------------------------------------------------------------------------- */

/* When the token ends, by its own word: it was found to be good before this is asked. */
static int64_t expiry_of(const char *token)
{
	const char *from = strchr(token, '.'), *to = from ? strchr(from + 1, '.') : NULL;
	struct arena *a = arena_new(0);
	size_t n = 0;
	const unsigned char *text = to ? base64_decode(a, from + 1, (size_t)(to - from - 1), true, &n) : NULL;
	json_t *claims = text ? json_loadb((const char *)text, n, 0, NULL) : NULL;
	int64_t exp = json_integer_value(json_object_get(claims, "exp"));
	json_decref(claims);
	arena_free(a);
	return exp * 1000;
}

void visitor_forget(void *user)
{
	struct visitor *v = user;
	if (!v)
		return;
	free(v->typing);
	free(v);
}

static struct visitor *visitor_new(const struct actor *who, const char *username)
{
	const size_t n = strlen(who->id) + strlen(who->session_id) + strlen(who->role) + strlen(username) + 4;
	struct visitor *v = calloc(1, sizeof *v + n);
	if (!v)
		abort();
	char *to = v->texts;
	v->user_id = str_place(&to, who->id);
	v->session_id = str_place(&to, who->session_id);
	v->role = str_place(&to, who->role);
	v->username = str_place(&to, username);
	return v;
}

/* As the older service said it, with the code of the API beside it. */
static void refuse(struct sio_socket *k, err_t e)
{
	static const struct {
		err_t e;
		const char *why;
	} known[] = { { ERR_TOKEN_INVALID, "Invalid token" }, { ERR_TOKEN_EXPIRED, "Token expired" },
		{ ERR_NOT_ACTIVE, "Account not active" }, { ERR_SESSION_ENDED, "Session ended" },
		{ ERR_UNAUTHENTICATED, "No token provided" }, { ERR_RATE_LIMITED, "Too many connections" },
		{ ERR_DENIED, "Not allowed" } };
	const char *why = "Unknown error";
	struct buf b = { 0 }, data = { 0 };
	for (size_t i = 0; i < sizeof known / sizeof *known; i++)
		if (known[i].e == e)
			why = known[i].why;
	buf_printf(&b, "Authentication failed: %s", why);
	buf_printf(&data, "{\"code\":\"%s\",\"status\":%d}", err_info(e)->code, err_info(e)->http);
	atomic_fetch_add(&sockets.refused, 1);
	sio_refuse(k, buf_cstr(&b), buf_cstr(&data));
	buf_free(&b);
	buf_free(&data);
}

static void note_peak(void)
{
	const long long now = (long long)sio_count(sockets.main, NULL);
	long long peak = atomic_load(&sockets.peak);
	while (now > peak && !atomic_compare_exchange_weak(&sockets.peak, &peak, now))
		;
}

/* The doors of all protocols together. */
static bool is_full(void)
{
	const int64_t most = sockets_conf()->connections;
	return most && (int64_t)sio_count(sockets.main, NULL) >= most;
}

/* Who comes back as somebody else, or in another role, is not who was lost. */
static void write_owner(struct buf *b, const struct visitor *v)
{
	buf_printf(b, "%s %s", v->user_id, v->role);
}

/* He is in his room before he is looked at once more: what changed meanwhile was told to that room. */
static void admit(struct sio_socket *k, struct visitor *v, const struct wishes *w)
{
	char room[SIO_ROOM_MAX];
	int64_t most = sockets_conf()->per_user;
	const bool person = *v->user_id, seen = person && w->space->people;
	socket_user_room(room, v->user_id);
	if (is_full() || (person && most && sio_count(sockets.spaces[w->space - spaces], room) >= (size_t)most)) {
		visitor_forget(v);
		refuse(k, ERR_RATE_LIMITED);
		return;
	}
	v->space = w->space;
	sio_set_user(k, v);
	if (seen)
		presence_came(v);
	struct buf owner = { 0 };
	const bool recovers = person && w->recovers;
	if (recovers)
		write_owner(&owner, v);
	const struct sio_welcome welcome = { .room = person ? room : NULL,
		.owner = recovers ? buf_cstr(&owner) : NULL,
		.recovers = recovers,
		.after = w->after };
	const bool in = sio_welcome(k, &welcome);
	buf_free(&owner);
	if (in && w->space->people)
		atomic_fetch_add(&sockets.came, 1);
	note_peak();
	if (person && in)
		watch_recheck(k);
	else if (seen)
		presence_went(v);
}

static void checked_in(struct asked *a)
{
	struct call *c = a->call;
	if (c->result || c->cx.who.kind != ACTOR_USER) {
		refuse(a->socket, c->result ? c->result : ERR_TOKEN_INVALID);
		return;
	}
	if (!may(&c->cx.who, a->wishes.space->need)) {
		refuse(a->socket, ERR_DENIED);
		return;
	}
	const struct type *t = sockets.check->call->out;
	const struct field *f = type_field(t, "user", strlen("user"));
	const void *user = field_object(f, c->out);
	const struct field *name = user ? type_field(f->type, "username", strlen("username")) : NULL;
	const char *username = name ? *(const char *const *)field_value(name, user) : NULL;
	struct visitor *v = visitor_new(&c->cx.who, username ? username : "");
	const char *token = c->creds.bearer;
	v->known = (struct acquaintance){ v->user_id, v->session_id, c->cx.who.counter, token ? expiry_of(token) : 0 };
	admit(a->socket, v, &a->wishes);
}

/* auth.token, else what the request showed that opened the connection. Who shows a pid was given one. */
static void read_wishes(const struct sio_socket *k, json_t *auth, struct wishes *out)
{
	const struct arrival *from = sio_remembered(k);
	const char *said = json_string_value(json_object_get(auth, "token"));
	const char *shown = token_alone(said ? said : from->token);
	*out = (struct wishes){ .token = *shown ? shown : NULL,
		.recovers = sockets_conf()->recovery || json_is_true(json_object_get(auth, "recovery")) ||
		            json_object_get(auth, "pid"),
		.after = json_string_value(json_object_get(auth, "after")) };
}

static void ask_who(struct sio_socket *k, const struct wishes *w)
{
	struct asked *a = asked_new(k, sockets.check);
	a->call->creds.bearer = arena_strdup(a->call->cx.mem, w->token);
	a->wishes = *w;
	a->wishes.token = a->call->creds.bearer;
	a->wishes.after = w->after ? arena_strdup(a->call->cx.mem, w->after) : NULL;
	a->then = checked_in;
	asked_run(a);
}

void visitor_leaves(void *arg, struct sio_socket *k, const char *why)
{
	const struct visitor *v = sio_user(k);
	const struct space *space = arg;
	(void)why;
	if (!space->people)
		return;
	atomic_fetch_add(&sockets.went, 1);
	if (!v || !*v->user_id)
		return;
	typing_expire(k, INT64_MAX);
	presence_went(v);
}

void visitor_comes(void *arg, struct sio_socket *k, const char *auth)
{
	static const struct actor nobody = { .id = "", .session_id = "", .role = "" };
	struct wishes w;
	json_t *v = json_loads(auth, 0, NULL);
	read_wishes(k, v, &w);
	w.space = arg;
	if (w.token)
		ask_who(k, &w);
	else if (sockets_conf()->anonymous && w.space->need == PERM_NONE)
		admit(k, visitor_new(&nobody, ""), &w);
	else
		refuse(k, ERR_UNAUTHENTICATED);
	json_decref(v);
}
