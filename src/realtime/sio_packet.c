#include "realtime/sio_packet.h"
#include "base/json.h"

#include <jansson.h>

struct reader {
	const char *p, *end;
};

static bool take_number(struct reader *r, int64_t most, int64_t *out)
{
	int64_t n = 0;
	const char *from = r->p;
	while (r->p < r->end && *r->p >= '0' && *r->p <= '9' && n <= most)
		n = 10 * n + (*r->p++ - '0');
	*out = n;
	return r->p > from && n <= most;
}

/* "/admin?x=1," is "/admin": what stands behind the question mark is for older servers. */
static bool take_namespace(struct reader *r, char out[static SIO_NAMESPACE_MAX + 1])
{
	if (r->p == r->end || *r->p != '/') {
		memcpy(out, "/", 2);
		return true;
	}
	const char *comma = memchr(r->p, ',', (size_t)(r->end - r->p));
	const char *end = comma ? comma : r->end;
	const char *question = memchr(r->p, '?', (size_t)(end - r->p));
	size_t n = (size_t)((question ? question : end) - r->p);
	if (n > SIO_NAMESPACE_MAX)
		return false;
	memcpy(out, r->p, n);
	out[n] = 0;
	r->p = comma ? comma + 1 : r->end;
	return true;
}

/* --- what an event holds ------------------------------------------------------------------------------------------- */

/* Whether the placeholders in it name attachments that there are. */
static bool placeholders_fit(json_t *v, unsigned attachments)
{
	size_t i;
	const char *name;
	json_t *inner;
	bool fit = true;
	if (json_is_true(json_object_get(v, "_placeholder"))) {
		json_t *num = json_object_get(v, "num");
		json_int_t n = json_integer_value(num);
		return json_is_integer(num) && n >= 0 && n < (json_int_t)attachments;
	}
	json_array_foreach(v, i, inner) fit = fit && placeholders_fit(inner, attachments);
	json_object_foreach(v, name, inner) fit = fit && placeholders_fit(inner, attachments);
	return fit;
}

bool sio_name_is_reserved(const char *name)
{
	static const char *const names[] = { "connect", "connect_error", "disconnect", "disconnecting", "newListener",
		"removeListener" };
	for (size_t i = 0; i < sizeof names / sizeof *names; i++)
		if (strcmp(names[i], name) == 0)
			return true;
	return false;
}

/* Past the first value of an array, which is a string: what follows it, up to the closing bracket. */
static const char *behind_name(struct arena *a, const char *data)
{
	const char *p = strchr(data, '"') + 1;
	while (*p != '"')
		p += *p == '\\' ? 2 : 1;
	p++;
	p += strspn(p, " \t\r\n");
	p += *p == ',';
	return arena_memdup0(a, p, (size_t)(strrchr(p, ']') - p));
}

static bool read_event(struct arena *a, json_t *v, struct sio_packet *out)
{
	const char *name = json_string_value(json_array_get(v, 0));
	if (!name || sio_name_is_reserved(name))
		return false;
	out->name = arena_strdup(a, name);
	out->args = behind_name(a, out->data);
	return true;
}

static bool read_ack(struct arena *a, json_t *v, struct sio_packet *out)
{
	if (!json_is_array(v) || out->ack == SIO_NO_ACK)
		return false;
	const char *from = strchr(out->data, '[') + 1;
	out->args = arena_memdup0(a, from, (size_t)(strrchr(from, ']') - from));
	return true;
}

/* `v` is NULL when there is no data. */
static bool read_data(struct arena *a, json_t *v, struct sio_packet *out)
{
	switch (out->type) {
	case SIO_CONNECT:
		return !v || json_is_object(v);
	case SIO_DISCONNECT:
		return !v;
	case SIO_EVENT:
	case SIO_BINARY_EVENT:
		return read_event(a, v, out);
	case SIO_ACK:
	case SIO_BINARY_ACK:
		return read_ack(a, v, out);
	case SIO_CONNECT_ERROR:
		break;
	}
	return false;
}

/* --- all of it ---------------------------------------------------------------------------------------------------- */

bool sio_packet_read(struct arena *a, const char *p, size_t n, struct sio_packet *out)
{
	const int64_t ack_max = INT64_C(9007199254740991); /* what JavaScript counts exactly */
	struct reader r = { p, p + n };
	int64_t number = 0;
	*out = (struct sio_packet){ .ack = SIO_NO_ACK, .data = "", .args = "" };
	if (!n || *p < SIO_CONNECT || *p > SIO_BINARY_ACK || memchr(p, 0, n))
		return false;
	out->type = (enum sio_type) * r.p++;
	if (out->type >= SIO_BINARY_EVENT) {
		if (!take_number(&r, SIO_ATTACHMENTS_MAX, &number) || r.p == r.end || *r.p++ != '-')
			return false;
		out->attachments = (unsigned)number;
	}
	if (!take_namespace(&r, out->nsp))
		return false;
	if (r.p < r.end && *r.p >= '0' && *r.p <= '9' && !take_number(&r, ack_max, &out->ack))
		return false;
	out->data = r.p;
	json_t *v = NULL;
	if (r.p < r.end)
		v = json_on_heap(r.p, (size_t)(r.end - r.p));
	bool right = (v || r.p == r.end) && read_data(a, v, out) && placeholders_fit(v, out->attachments);
	json_decref(v);
	return right;
}

void sio_packet_write(struct buf *b, const struct sio_out *out)
{
	bool event = out->type == SIO_EVENT;
	if (out->attachments)
		buf_printf(b, "%c%u-", event ? SIO_BINARY_EVENT : SIO_BINARY_ACK, out->attachments);
	else
		buf_char(b, (char)out->type);
	if (out->nsp[1])
		buf_printf(b, "%s,", out->nsp);
	if (out->ack != SIO_NO_ACK)
		buf_int(b, out->ack);
	buf_char(b, '[');
	if (event)
		json_write_text(b, out->name);
	if (event && *out->args)
		buf_char(b, ',');
	buf_str(b, out->args);
	buf_char(b, ']');
}
