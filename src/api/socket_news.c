/* Rows from an event of the program to an event of the contract. His own devices are told all; his followers what they see of
 * him; anybody else what everybody may know, an id and a name. */
#include "api/socket_news.h"
#include "api/shape.h"
#include "api/socket_part.h"
#include "base/json.h"
#include "base/record.h"
#include "base/str.h"
#include "base/time.h"

#include <jansson.h>
#include <stdlib.h>

enum { MEMORY = 16 << 20, AMONG = 500 };

/* An event on its way, in an arena of its own. */
struct news {
	struct arena *mem;
	const struct news_row *row;
	const char *data; /* the payload, as JSON */
	const char *who, *to; /* who did it, and whom it is told */
	const char *username, *status; /* of row_status */
	int64_t at;
	const char **here; /* those of this node, to be asked about AMONG at a time; NULL: not yet */
	size_t n_here, asked;
	struct list among; /* of them */
};

struct news_row {
	const char *type; /* of the event */
	const char *tells; /* the event of the contract */
	const char *who, *to; /* fields of its payload */
	void (*begin)(struct news *n);
	const char *const *fields; /* of a person, told as they are now */
};

static void done(struct news *n)
{
	arena_free(n->mem);
}

static void tell_room_of(const char *user_id, const char *event, const struct type *t, const void *object)
{
	char room[SIO_ROOM_MAX];
	socket_user_room(room, user_id);
	socket_tell_here(room, event, t, object);
}

/* --- asking ------------------------------------------------------------------------------------------------------- */

static void *value(const struct type *t, const char *name, const void *object)
{
	return (void *)(uintptr_t)field_value(type_field(t, name, strlen(name)), object);
}

static err_t bind(struct call *c)
{
	const struct news *n = c->door;
	const struct field *id = type_field(c->op->call->in, "id", strlen("id"));
	const struct field *among = type_field(c->op->call->in, "among", strlen("among"));
	*(const char **)field_at(id, c->in) = n->who;
	if (among)
		*(struct list *)field_at(among, c->in) = n->among;
	return ERR_OK;
}

static void ask(struct news *n, const char *op, void (*then)(struct call *c))
{
	struct call *c = call_new(n->mem, op_find(op, NULL));
	c->creds.local = true;
	c->bind = bind;
	c->answer = then;
	c->door = n;
	if (call_start(c))
		then(c);
}

/* --- follows ------------------------------------------------------------------------------------------------------- */

static void tell_follow(struct call *c)
{
	struct news *n = c->door;
	if (!c->result) { /* else he is gone already */
		const char *const *username = value(c->op->call->out, "username", c->out);
		const struct told_follow t = { n->who, *username, n->to, n->at };
		tell_room_of(n->to, n->row->tells, &told_follow_type, &t);
	}
	done(n);
}

static void begin_follow(struct news *n)
{
	if (presence_knows(n->to))
		ask(n, "user_get", tell_follow);
	else
		done(n);
}

/* --- what followers hear ------------------------------------------------------------------------------------------- */

/* {"displayName":...} of those fields that he shows. */
static const char *fields_of(struct arena *mem, const char *const *names, const struct type *t, const void *person)
{
	struct buf b = { .mem = mem };
	for (; *names; names++) {
		const struct field *f = type_field(t, *names, strlen(*names));
		if (record_hides(t, f, person))
			continue;
		const struct field as = view_field(mem, &shape_graphql, t, f);
		buf_char(&b, b.n ? ',' : '{');
		json_write_text(&b, as.name);
		buf_char(&b, ':');
		json_write_value(&b, &as, person, JSON_ANSWER, true);
	}
	buf_str(&b, b.n ? "}" : "{}");
	return buf_cstr(&b);
}

/* As one audience has it; the first one asked for brings what is told. */
static void tell_hearers(struct news *n, const struct call *c)
{
	const struct type *t = c->op->call->out;
	const struct list *ids = value(t, "ids", c->out);
	const struct field *seen = type_field(t, "seen", strlen("seen"));
	const struct told_status status = { n->who, n->username, n->status, n->at };
	const struct told_profile profile = { n->who,
		{ n->row->fields ? fields_of(n->mem, n->row->fields, seen->type, field_object(seen, c->out)) : "{}" },
		n->at };
	for (size_t i = 0; i < ids->n; i++) {
		const char *id = ((const char *const *)ids->items)[i];
		if (!presence_knows(id))
			continue;
		if (n->row->fields)
			tell_room_of(id, n->row->tells, &told_profile_type, &profile);
		else
			tell_room_of(id, n->row->tells, &told_status_type, &status);
	}
}

static void tell_own(struct news *n, const struct call *c)
{
	const struct field *user = type_field(c->op->call->out, "user", strlen("user"));
	const char *all = fields_of(n->mem, n->row->fields, user->type, field_object(user, c->out));
	const struct told_profile told = { n->who, { all }, n->at };
	tell_room_of(n->who, n->row->tells, &told_profile_type, &told);
}

/* Who has more followers than are worth listing: those who are here are asked about, some at a time. */
static bool next_some(struct news *n)
{
	if (!n->here)
		n->here = presence_all(n->mem, &n->n_here);
	n->among.items = (void *)(uintptr_t)(n->here + n->asked);
	n->among.n = n->n_here - n->asked < AMONG ? n->n_here - n->asked : AMONG;
	n->asked += n->among.n;
	return n->among.n;
}

static void told_some(struct call *c)
{
	struct news *n = c->door;
	bool first = !n->here, more = false;
	if (c->result) {
		done(n);
		return;
	}
	const bool *shows = value(c->op->call->out, "shows_presence", c->out);
	const bool *many = value(c->op->call->out, "many", c->out);
	if (first && n->row->fields)
		tell_own(n, c);
	if (n->row->fields || *shows) {
		tell_hearers(n, c);
		more = (!first || *many) && next_some(n);
	}
	if (more)
		ask(n, "follow_audience", told_some);
	else
		done(n);
}

static void begin_followers(struct news *n)
{
	ask(n, "follow_audience", told_some);
}

/* Of those without followers it is worth no question unless they are here themselves. */
static void begin_profile(struct news *n)
{
	json_t *data = json_loads(n->data, 0, NULL);
	bool followed = json_integer_value(json_object_get(data, "followers_count")) > 0;
	json_decref(data);
	if (presence_knows(n->who) || (followed && presence_any()))
		begin_followers(n);
	else
		done(n);
}

/* --- one's own ------------------------------------------------------------------------------------------------------ */

/* All of it, to him alone. */
static void begin_own(struct news *n)
{
	const struct type *t = event_find(n->row->type)->payload;
	struct cx cx = { .mem = n->mem };
	void *payload = arena_alloc(n->mem, t->size);
	if (!json_read(&cx, t, payload, n->data, strlen(n->data), true))
		tell_room_of(n->to, n->row->tells, t, payload);
	done(n);
}

static void begin_read(struct news *n)
{
	json_t *data = json_loads(n->data, 0, NULL);
	const char *id = json_string_value(json_object_get(data, "id"));
	const struct told_read t = { id ? arena_strdup(n->mem, id) : NULL, n->at };
	json_decref(data);
	tell_room_of(n->to, n->row->tells, &told_read_type, &t);
	done(n);
}

/* --- all of them --------------------------------------------------------------------------------------------------- */

static const char *const told_of_profiles[] = { "username", "display_name", "first_name", "last_name", "bio", "website",
	"location", "avatar_url", "cover_url", "visibility", "is_private", NULL };

static const struct news_row rows[] = {
	{ "user.followed", "follow:received", "follower_id", "following_id", begin_follow, NULL },
	{ "user.unfollowed", "follow:lost", "follower_id", "following_id", begin_follow, NULL },
	{ "notification.created", "notification", "user_id", "user_id", begin_own, NULL },
	{ "notification.read", "notification:read", "user_id", "user_id", begin_read, NULL },
	{ "user.updated", "profile:updated", "id", "id", begin_profile, told_of_profiles },
};
static const struct news_row row_status = { "", "user:status", "", "", begin_followers, NULL };

static const struct news_row *row_of(const char *type)
{
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
		if (strcmp(rows[i].type, type) == 0)
			return &rows[i];
	return NULL;
}

static struct news *news_new(const struct news_row *row)
{
	struct arena *mem = arena_new(MEMORY);
	struct news *n = arena_new_of(mem, struct news);
	*n = (struct news){ .mem = mem, .row = row, .at = time_now() };
	return n;
}

static bool read_ids(struct news *n)
{
	json_t *data = json_loads(n->data, 0, NULL);
	const char *who = json_string_value(json_object_get(data, n->row->who));
	const char *to = json_string_value(json_object_get(data, n->row->to));
	n->who = who ? arena_strdup(n->mem, who) : NULL;
	n->to = to ? arena_strdup(n->mem, to) : NULL;
	json_decref(data);
	return who && to;
}

void sockets_published(const struct emitted *e)
{
	const struct news_row *row = row_of(e->type);
	if (!row || !sockets_are_open() || !presence_any() || (!e->event && !e->data))
		return;
	struct news *n = news_new(row);
	if (e->event) {
		struct buf b = { .mem = n->mem };
		json_write(&b, e->event->payload, e->payload, JSON_RECORD);
		n->data = buf_cstr(&b);
	} else {
		n->data = arena_strdup(n->mem, e->data);
	}
	if (read_ids(n))
		row->begin(n);
	else
		done(n);
}

void news_status(const char *user_id, const char *username, const char *status)
{
	if (!presence_any())
		return;
	struct news *n = news_new(&row_status);
	n->who = arena_strdup(n->mem, user_id);
	n->username = arena_strdup(n->mem, username);
	n->status = arena_strdup(n->mem, status);
	row_status.begin(n);
}
