/* Rows from an event of the program to an event of the contract. Of another person is told what everybody may know of him, his id
 * and his name; the rest goes to one's own devices. */
#include "api/socket_news.h"
#include "api/shape.h"
#include "api/socket_part.h"
#include "base/json.h"
#include "base/time.h"

#include <stdlib.h>

/* An event on its way: whose name is looked up, and who is told. */
struct news {
	const struct news_row *row;
	char who[PART_ID], to[PART_ID];
	int64_t at;
};

static const struct news_row {
	const char *type; /* of the event */
	const char *tells; /* the event of the contract */
	const char *who, *to; /* fields of its payload */
	const char *const *fields; /* of the payload, told as they are now; NULL: the name of `who` is told */
} rows[] = {
	{ "user.followed", "follow:received", "follower_id", "following_id", NULL },
	{ "user.unfollowed", "follow:lost", "follower_id", "following_id", NULL },
	{ "user.updated", "profile:updated", "id", "id",
		(const char *const[]){ "username", "display_name", "first_name", "last_name", "bio", "website",
			"location", "avatar_url", "cover_url", "visibility", "is_private", NULL } },
};

static const struct news_row *row_of(const char *type)
{
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
		if (strcmp(rows[i].type, type) == 0)
			return &rows[i];
	return NULL;
}

static bool copy_id(const struct emitted *e, const char *field, char out[static PART_ID])
{
	const struct type *t = e->event->payload;
	const struct field *f = type_field(t, field, strlen(field));
	const char *id = f ? *(const char *const *)field_value(f, e->payload) : NULL;
	size_t n = id ? strlen(id) : PART_ID;
	if (n >= PART_ID)
		return false;
	memcpy(out, id, n + 1);
	return true;
}

static void told(struct call *c)
{
	const struct news *n = c->door;
	const struct field *name = type_field(c->op->call->out, "username", strlen("username"));
	const char *username = c->result ? NULL : *(const char *const *)field_value(name, c->out);
	char room[SIO_ROOM_MAX];
	socket_user_room(room, n->to);
	const struct told_follow t = { n->who, username, n->at };
	if (!c->result) /* else he is gone already */
		socket_tell_room(room, NULL, n->row->tells, &told_follow_type, &t);
	arena_free(c->cx.mem);
}

static err_t bind(struct call *c)
{
	const struct news *n = c->door;
	const struct field *id = type_field(c->op->call->in, "id", strlen("id"));
	*(const char **)field_at(id, c->in) = n->who;
	return ERR_OK;
}

/* Nobody is there to be told: nothing is looked up. */
static bool is_there(const char *user_id)
{
	char room[SIO_ROOM_MAX];
	socket_user_room(room, user_id);
	return sio_count(sockets.main, room);
}

static void tell_fields(const struct emitted *e, const struct news *n)
{
	const struct type *t = e->event->payload;
	struct arena *mem = arena_new(0);
	struct buf b = { .mem = mem };
	for (const char *const *name = n->row->fields; *name; name++) {
		const struct field *f = type_field(t, *name, strlen(*name));
		const struct field as = view_field(mem, &shape_graphql, t, f);
		buf_char(&b, b.n ? ',' : '{');
		json_write_text(&b, as.name);
		buf_char(&b, ':');
		json_write_value(&b, &as, e->payload, JSON_ANSWER, true);
	}
	buf_char(&b, '}');
	const struct told_profile told_now = { n->who, { buf_cstr(&b) }, n->at };
	char room[SIO_ROOM_MAX];
	socket_user_room(room, n->to);
	socket_tell_room(room, NULL, n->row->tells, &told_profile_type, &told_now);
	arena_free(mem);
}

void sockets_published(const struct emitted *e)
{
	enum { MEMORY = 1 << 20 };
	struct news n = { .row = e->event ? row_of(e->type) : NULL, .at = time_now() };
	if (!n.row || !sockets_are_open() || !copy_id(e, n.row->who, n.who) || !copy_id(e, n.row->to, n.to) ||
		!is_there(n.to))
		return;
	if (n.row->fields) {
		tell_fields(e, &n);
		return;
	}
	struct arena *mem = arena_new(MEMORY);
	struct call *c = call_new(mem, op_find("user_get", NULL));
	struct news *kept = arena_new_of(mem, struct news);
	*kept = n;
	c->creds.local = true;
	c->bind = bind;
	c->answer = told;
	c->door = kept;
	if (call_start(c))
		told(c);
}
