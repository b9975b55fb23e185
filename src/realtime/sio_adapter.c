#include "realtime/sio_adapter.h"
#include "base/str.h"
#include "base/time.h"

#include <jansson.h>
#include <math.h>
#include <msgpack.h>
#include <stdio.h>
#include <stdlib.h>

enum {
	DEPTH = 32, /* which msgpack keeps to when it reads */
	DATA_DEPTH = 3, /* at which the args of an event lie */
	PACKET_EVENT = 2,
	PACKET_BINARY_EVENT = 5, /* older senders say so themselves */
};
static const int64_t exact_max = INT64_C(9007199254740991); /* what JavaScript counts exactly */

/* --- before msgpack reads --------------------------------------------------------------------------------------------- */

/* What follows the first byte of a value: so many bytes of its length, so many bytes beside, and so many values, or one byte, for
 * each of that length. */
struct head {
	unsigned char length, bytes, values;
	bool wrong;
};
static const struct head heads[32] = {
	/* 0xc0 nil, never, false, true; bin; ext */
	{ 0, 0, 0, false },
	{ 0, 0, 0, true },
	{ 0, 0, 0, false },
	{ 0, 0, 0, false },
	{ 1, 0, 0, false },
	{ 2, 0, 0, false },
	{ 4, 0, 0, false },
	{ 1, 1, 0, false },
	{ 2, 1, 0, false },
	{ 4, 1, 0, false },
	/* 0xca floats, unsigned, signed */
	{ 0, 4, 0, false },
	{ 0, 8, 0, false },
	{ 0, 1, 0, false },
	{ 0, 2, 0, false },
	{ 0, 4, 0, false },
	{ 0, 8, 0, false },
	{ 0, 1, 0, false },
	{ 0, 2, 0, false },
	{ 0, 4, 0, false },
	{ 0, 8, 0, false },
	/* 0xd4 ext of 1 to 16 bytes; str; array; map */
	{ 0, 2, 0, false },
	{ 0, 3, 0, false },
	{ 0, 5, 0, false },
	{ 0, 9, 0, false },
	{ 0, 17, 0, false },
	{ 1, 0, 0, false },
	{ 2, 0, 0, false },
	{ 4, 0, 0, false },
	{ 2, 0, 1, false },
	{ 4, 0, 1, false },
	{ 2, 0, 2, false },
	{ 4, 0, 2, false },
};

/* How many bytes and values follow the first byte of a value, which is p[-1]; false when they cannot. */
static bool weigh(const unsigned char *p, size_t n, size_t *bytes, size_t *values)
{
	unsigned char first = p[-1];
	*bytes = *values = 0;
	if (first < 0x80 || first >= 0xe0)
		return true;
	if (first < 0xc0) {
		*bytes = first >= 0xa0 ? first & 31 : 0;
		*values = first >= 0xa0 ? 0 : (size_t)(first & 15) * (first >= 0x90 ? 1 : 2);
		return true;
	}
	const struct head *h = &heads[first - 0xc0];
	size_t length = 0;
	if (h->wrong || n < h->length)
		return false;
	for (unsigned i = 0; i < h->length; i++)
		length = length << 8 | p[i];
	*bytes = h->length + h->bytes + (h->values ? 0 : length);
	*values = h->values * length;
	return true;
}

/* Whether no value claims more than there are bytes for: msgpack makes room for what a list claims before it reads it. */
static bool claims_fit(const char *text, size_t n)
{
	const unsigned char *p = (const unsigned char *)text;
	size_t bytes, values;
	for (size_t wanted = 1; wanted; wanted += values - 1) {
		if (wanted > n || !weigh(p + 1, n - 1, &bytes, &values) || bytes > n - 1)
			return false;
		p += 1 + bytes;
		n -= 1 + bytes;
	}
	return n == 0;
}

/* --- values ----------------------------------------------------------------------------------------------------------- */

struct reader {
	struct arena *mem;
	struct sio_blob *blobs;
	unsigned n_blobs;
};

static json_t *value(struct reader *r, const msgpack_object *o);

static json_t *list(struct reader *r, const msgpack_object *o)
{
	json_t *out = json_array();
	for (uint32_t i = 0; i < o->via.array.size; i++)
		if (json_array_append_new(out, value(r, &o->via.array.ptr[i]))) {
			json_decref(out);
			return NULL;
		}
	return out;
}

static bool take_pair(struct reader *r, json_t *to, const msgpack_object_kv *kv)
{
	const msgpack_object_str *key = &kv->key.via.str;
	if (kv->key.type != MSGPACK_OBJECT_STR || (key->size && memchr(key->ptr, 0, key->size)))
		return false;
	return !json_object_setn_new(to, key->size ? key->ptr : "", key->size, value(r, &kv->val));
}

static json_t *object(struct reader *r, const msgpack_object *o)
{
	json_t *out = json_object();
	bool good = true;
	for (uint32_t i = 0; good && i < o->via.map.size; i++)
		good = take_pair(r, out, &o->via.map.ptr[i]);
	/* Clients would look for its attachment. */
	if (good && !json_is_true(json_object_get(out, "_placeholder")))
		return out;
	json_decref(out);
	return NULL;
}

static json_t *attachment(struct reader *r, const msgpack_object_bin *bin)
{
	if (r->n_blobs == SIO_ATTACHMENTS_MAX)
		return NULL;
	r->blobs[r->n_blobs] = (struct sio_blob){ arena_memdup0(r->mem, bin->ptr, bin->size), bin->size };
	return json_pack("{s:b, s:i}", "_placeholder", 1, "num", (int)r->n_blobs++);
}

/* A Date; of the other types of msgpack's extensions JavaScript writes none. */
static json_t *date(const msgpack_object *o)
{
	const int64_t first = -INT64_C(62135596800), behind = INT64_C(253402300800); /* the years 1 to 9999, in s */
	char text[TIME_TEXT];
	msgpack_timestamp t;
	if (!msgpack_object_to_timestamp(o, &t) || t.tv_nsec >= 1000000000 || t.tv_sec < first || t.tv_sec >= behind)
		return NULL;
	time_format(text, t.tv_sec * 1000 + t.tv_nsec / 1000000);
	return json_string(text);
}

/* A new reference; NULL when JSON cannot say it. */
static json_t *value(struct reader *r, const msgpack_object *o)
{
	switch (o->type) {
	case MSGPACK_OBJECT_NIL:
		return json_null();
	case MSGPACK_OBJECT_BOOLEAN:
		return json_boolean(o->via.boolean);
	case MSGPACK_OBJECT_POSITIVE_INTEGER:
		return o->via.u64 <= INT64_MAX ? json_integer((json_int_t)o->via.u64) : json_real((double)o->via.u64);
	case MSGPACK_OBJECT_NEGATIVE_INTEGER:
		return json_integer(o->via.i64);
	case MSGPACK_OBJECT_FLOAT32:
	case MSGPACK_OBJECT_FLOAT64:
		return json_real(o->via.f64); /* NULL of what is no number */
	case MSGPACK_OBJECT_STR:
		return json_stringn(o->via.str.size ? o->via.str.ptr : "", o->via.str.size);
	case MSGPACK_OBJECT_BIN:
		return attachment(r, &o->via.bin);
	case MSGPACK_OBJECT_ARRAY:
		return list(r, o);
	case MSGPACK_OBJECT_MAP:
		return object(r, o);
	case MSGPACK_OBJECT_EXT:
		return date(o);
	}
	return NULL;
}

/* --- reading ---------------------------------------------------------------------------------------------------------- */

/* NULL when there is none. */
static const msgpack_object *member(const msgpack_object *map, const char *name)
{
	const msgpack_object *found = NULL;
	for (uint32_t i = 0; i < map->via.map.size; i++) {
		const msgpack_object_kv *kv = &map->via.map.ptr[i];
		if (kv->key.type == MSGPACK_OBJECT_STR && kv->key.via.str.size == strlen(name) &&
			memcmp(kv->key.via.str.ptr, name, strlen(name)) == 0)
			found = &kv->val;
	}
	return found && found->type != MSGPACK_OBJECT_NIL ? found : NULL;
}

static bool is(const msgpack_object *o, msgpack_object_type type)
{
	return o && o->type == type;
}

/* A text of at most so many bytes, in the arena; NULL when it is none. */
static const char *text(struct arena *a, const msgpack_object *o, size_t most)
{
	if (!is(o, MSGPACK_OBJECT_STR) || o->via.str.size > most)
		return NULL;
	if (!o->via.str.size)
		return "";
	if (memchr(o->via.str.ptr, 0, o->via.str.size) || !utf8_valid(o->via.str.ptr, o->via.str.size))
		return NULL;
	return arena_memdup0(a, o->via.str.ptr, o->via.str.size);
}

static const char *room_name(struct arena *a, const msgpack_object *o)
{
	if (is(o, MSGPACK_OBJECT_POSITIVE_INTEGER) && o->via.u64 <= (uint64_t)exact_max)
		return arena_printf(a, "%llu", (unsigned long long)o->via.u64);
	return text(a, o, SIO_ROOM_MAX - 1);
}

/* A list of rooms, which may be missing. */
static bool take_names(struct arena *a, const msgpack_object *o, struct sio_names *out)
{
	if (!o)
		return true;
	if (o->type != MSGPACK_OBJECT_ARRAY || o->via.array.size > SIO_REMOTE_NAMES)
		return false;
	const char **names = arena_array_of(a, const char *, o->via.array.size);
	*out = (struct sio_names){ names, o->via.array.size };
	for (size_t i = 0; i < out->n; i++) {
		names[i] = room_name(a, &o->via.array.ptr[i]);
		if (!names[i])
			return false;
	}
	return true;
}

/* The values of a list, with commas between them, in the arena. */
static const char *between_brackets(struct arena *a, const json_t *values)
{
	char *json = json_dumps(values, JSON_COMPACT);
	if (!json)
		abort();
	const char *out = arena_memdup0(a, json + 1, strlen(json) - 2);
	free(json);
	return out;
}

static bool take_event(struct arena *a, const msgpack_object *data, struct sio_event *out)
{
	struct reader r = { .mem = a, .blobs = arena_array_of(a, struct sio_blob, SIO_ATTACHMENTS_MAX) };
	if (!is(data, MSGPACK_OBJECT_ARRAY) || !data->via.array.size)
		return false;
	out->name = text(a, &data->via.array.ptr[0], SIO_REMOTE_MAX);
	if (!out->name || sio_name_is_reserved(out->name))
		return false;
	msgpack_object rest = *data;
	rest.via.array.ptr++;
	rest.via.array.size--;
	json_t *args = list(&r, &rest);
	if (!args)
		return false;
	out->args = between_brackets(a, args);
	json_decref(args);
	out->blobs = r.blobs;
	out->n_blobs = r.n_blobs;
	return true;
}

static bool take_packet(struct arena *a, const msgpack_object *o, struct sio_remote *out)
{
	const msgpack_object *type = member(o, "type"), *nsp = member(o, "nsp"), *id = member(o, "id");
	if (!is(type, MSGPACK_OBJECT_POSITIVE_INTEGER) ||
		(type->via.u64 != PACKET_EVENT && type->via.u64 != PACKET_BINARY_EVENT))
		return false;
	if (id && (id->type != MSGPACK_OBJECT_POSITIVE_INTEGER || id->via.u64 > (uint64_t)exact_max))
		return false;
	out->event.ack = id ? (int64_t)id->via.u64 : SIO_NO_ACK;
	out->nsp = nsp ? text(a, nsp, SIO_NAMESPACE_MAX) : "/";
	return out->nsp && out->nsp[0] == '/' && take_event(a, member(o, "data"), &out->event);
}

static bool take_message(struct arena *a, const msgpack_object *o, struct sio_remote *out)
{
	const msgpack_object *part = o->via.array.ptr;
	if (!is(o, MSGPACK_OBJECT_ARRAY) || o->via.array.size != 3 || !is(&part[1], MSGPACK_OBJECT_MAP) ||
		!is(&part[2], MSGPACK_OBJECT_MAP))
		return false;
	const msgpack_object *flags = member(&part[2], "flags");
	if (flags && flags->type != MSGPACK_OBJECT_MAP)
		return false;
	const msgpack_object *now = flags ? member(flags, "volatile") : NULL;
	out->now_or_never = is(now, MSGPACK_OBJECT_BOOLEAN) && now->via.boolean;
	out->uid = text(a, &part[0], SIO_REMOTE_UID_MAX);
	return out->uid && take_names(a, member(&part[2], "rooms"), &out->rooms) &&
	       take_names(a, member(&part[2], "except"), &out->except) && take_packet(a, &part[1], out);
}

bool sio_adapter_read(struct arena *a, const char *p, size_t n, struct sio_remote *out)
{
	size_t read = 0;
	msgpack_unpacked whole;
	*out = (struct sio_remote){ .event.ack = SIO_NO_ACK };
	if (n > SIO_REMOTE_MAX || !claims_fit(p, n))
		return false;
	msgpack_unpacked_init(&whole);
	bool good = msgpack_unpack_next(&whole, p, n, &read) == MSGPACK_UNPACK_SUCCESS && read == n &&
	            take_message(a, &whole.data, out);
	msgpack_unpacked_destroy(&whole);
	return good;
}

/* --- writing ---------------------------------------------------------------------------------------------------------- */

struct writer {
	msgpack_packer to;
	const struct sio_event *event;
};

static int add(void *b, const char *p, size_t n)
{
	buf_add(b, p, n);
	return 0;
}

static void put_text(struct writer *w, const char *s)
{
	msgpack_pack_str_with_body(&w->to, s, strlen(s));
}

static bool put(struct writer *w, const json_t *v, unsigned depth);

static bool put_list(struct writer *w, const json_t *v, unsigned depth)
{
	size_t i;
	json_t *inner;
	msgpack_pack_array(&w->to, json_array_size(v));
	json_array_foreach(v, i, inner) if (!put(w, inner, depth)) return false;
	return true;
}

static bool put_attachment(struct writer *w, const json_t *num)
{
	json_int_t n = json_is_integer(num) ? json_integer_value(num) : -1;
	if (n < 0 || n >= (json_int_t)w->event->n_blobs)
		return false;
	msgpack_pack_bin_with_body(&w->to, w->event->blobs[n].p, w->event->blobs[n].n);
	return true;
}

static bool put_object(struct writer *w, json_t *v, unsigned depth)
{
	const char *name;
	json_t *inner;
	if (json_is_true(json_object_get(v, "_placeholder")))
		return put_attachment(w, json_object_get(v, "num"));
	msgpack_pack_map(&w->to, json_object_size(v));
	json_object_foreach(v, name, inner)
	{
		put_text(w, name);
		if (!put(w, inner, depth))
			return false;
	}
	return true;
}

static bool put(struct writer *w, const json_t *v, unsigned depth)
{
	switch (json_typeof(v)) {
	case JSON_NULL:
		return !msgpack_pack_nil(&w->to);
	case JSON_FALSE:
		return !msgpack_pack_false(&w->to);
	case JSON_TRUE:
		return !msgpack_pack_true(&w->to);
	case JSON_INTEGER:
		return !msgpack_pack_int64(&w->to, json_integer_value(v));
	case JSON_REAL:
		return !msgpack_pack_double(&w->to, json_real_value(v));
	case JSON_STRING:
		return !msgpack_pack_str_with_body(&w->to, json_string_value(v), json_string_length(v));
	case JSON_ARRAY:
		return depth < DEPTH && put_list(w, v, depth + 1);
	case JSON_OBJECT:
		return depth < DEPTH && put_object(w, (json_t *)(uintptr_t)v, depth + 1);
	}
	return false;
}

static void put_names(struct writer *w, const char *as, const struct sio_names *names)
{
	put_text(w, as);
	msgpack_pack_array(&w->to, names->n);
	for (size_t i = 0; i < names->n; i++)
		put_text(w, names->names[i]);
}

static bool put_packet(struct writer *w, const char *nsp, const json_t *args)
{
	size_t i;
	json_t *arg;
	bool acks = w->event->ack != SIO_NO_ACK;
	msgpack_pack_map(&w->to, acks ? 4 : 3);
	put_text(w, "type");
	msgpack_pack_int(&w->to, PACKET_EVENT);
	put_text(w, "data");
	msgpack_pack_array(&w->to, 1 + json_array_size(args));
	put_text(w, w->event->name);
	json_array_foreach(args, i, arg) if (!put(w, arg, DATA_DEPTH)) return false;
	put_text(w, "nsp");
	put_text(w, nsp);
	if (acks) {
		put_text(w, "id");
		msgpack_pack_int64(&w->to, w->event->ack);
	}
	return true;
}

static void put_options(struct writer *w, const struct sio_remote *r)
{
	msgpack_pack_map(&w->to, 3);
	put_names(w, "rooms", &r->rooms);
	put_text(w, "flags");
	msgpack_pack_map(&w->to, r->now_or_never ? 1 : 0);
	if (r->now_or_never) {
		put_text(w, "volatile");
		msgpack_pack_true(&w->to);
	}
	put_names(w, "except", &r->except);
}

/* A new reference to the list that the args are; NULL when they are no JSON. */
static json_t *args_list(const char *args)
{
	struct buf b = { 0 };
	buf_char(&b, '[');
	buf_str(&b, args);
	buf_char(&b, ']');
	json_t *out = json_loadb(b.p, b.n, JSON_ALLOW_NUL, NULL);
	buf_free(&b);
	return out;
}

bool sio_adapter_write(struct buf *b, const char *uid, const char *nsp, const struct sio_remote *r)
{
	size_t from = b->n;
	struct writer w = { .event = &r->event };
	json_t *args = args_list(r->event.args);
	msgpack_packer_init(&w.to, b, add);
	msgpack_pack_array(&w.to, 3);
	put_text(&w, uid);
	bool good = args && put_packet(&w, nsp, args);
	json_decref(args);
	put_options(&w, r);
	good = good && b->n - from <= SIO_REMOTE_MAX;
	if (!good)
		b->n = from;
	return good;
}

/* --- requests --------------------------------------------------------------------------------------------------------- */

static bool is_shallow(json_t *v, unsigned left)
{
	size_t i;
	const char *name;
	json_t *inner;
	bool container = json_is_array(v) || json_is_object(v), shallow = !container || left;
	json_array_foreach(v, i, inner) shallow = shallow && is_shallow(inner, left - 1);
	json_object_foreach(v, name, inner) shallow = shallow && is_shallow(inner, left - 1);
	return shallow;
}

static const char *json_room(struct arena *a, const json_t *v)
{
	json_int_t n = json_integer_value(v);
	if (json_is_integer(v) && n >= 0 && n <= exact_max)
		return arena_printf(a, "%lld", (long long)n);
	const char *s = json_string_value(v);
	return s && json_string_length(v) < SIO_ROOM_MAX ? arena_strdup(a, s) : NULL;
}

static bool json_names(struct arena *a, const json_t *v, struct sio_names *out)
{
	if (!v)
		return true;
	if (!json_is_array(v) || json_array_size(v) > SIO_REMOTE_NAMES)
		return false;
	const char **names = arena_array_of(a, const char *, json_array_size(v));
	*out = (struct sio_names){ names, json_array_size(v) };
	for (size_t i = 0; i < out->n; i++) {
		names[i] = json_room(a, json_array_get(v, i));
		if (!names[i])
			return false;
	}
	return true;
}

/* Whom it concerns; a request without it is of another kind, about one socket. */
static bool json_whom(struct arena *a, const json_t *v, struct sio_request *out)
{
	const json_t *whom = json_object_get(v, "opts");
	return json_is_object(whom) && json_names(a, json_object_get(whom, "rooms"), &out->rooms) &&
	       json_names(a, json_object_get(whom, "except"), &out->except);
}

static bool json_told(struct arena *a, const json_t *v, struct sio_request *out)
{
	json_t *data = json_object_get(v, "data"), *id = json_object_get(v, "requestId"),
	       *uid = json_object_get(v, "uid");
	const char *name = json_string_value(json_array_get(data, 0));
	if (!name || (id && !json_is_string(id)) || (uid && !json_is_string(uid)))
		return false;
	out->name = arena_strdup(a, name);
	out->uid = uid ? arena_strdup(a, json_string_value(uid)) : "";
	out->id = arena_strdup(a, json_string_value(id));
	json_array_remove(data, 0);
	out->args = between_brackets(a, data);
	return true;
}

static bool json_request(struct arena *a, const json_t *v, struct sio_request *out)
{
	const json_t *type = json_object_get(v, "type"), *rooms = json_object_get(v, "rooms");
	switch (json_is_integer(type) ? json_integer_value(type) : -1) {
	case SIO_REQUEST_JOIN:
	case SIO_REQUEST_LEAVE:
		out->type = (enum sio_request_type)json_integer_value(type);
		return rooms && json_names(a, rooms, &out->names) && json_whom(a, v, out);
	case SIO_REQUEST_DISCONNECT:
		out->type = SIO_REQUEST_DISCONNECT;
		out->close = json_is_true(json_object_get(v, "close"));
		return json_whom(a, v, out);
	case SIO_REQUEST_TELL:
		out->type = SIO_REQUEST_TELL;
		return json_told(a, v, out);
	}
	return false;
}

bool sio_adapter_request(struct arena *a, const char *p, size_t n, struct sio_request *out)
{
	*out = (struct sio_request){ .uid = "", .name = "", .args = "" };
	if (n > SIO_REMOTE_MAX)
		return false;
	json_t *v = json_loadb(p, n, 0, NULL);
	bool good = v && is_shallow(v, DEPTH) && json_request(a, v, out);
	json_decref(v);
	return good;
}

/* --- channels --------------------------------------------------------------------------------------------------------- */

bool sio_adapter_channel(
	char out[static SIO_REMOTE_CHANNEL_MAX + 1], const char *prefix, const char *nsp, const char *room)
{
	const size_t size = SIO_REMOTE_CHANNEL_MAX + 1;
	if (room && (size_t)snprintf(out, size, "%s#%s#%s#", prefix, nsp, room) < size)
		return true;
	return (size_t)snprintf(out, size, "%s#%s#", prefix, nsp) < size;
}
