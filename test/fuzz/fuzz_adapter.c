/* Messages and requests of other Socket.IO servers: what is read keeps to its bounds, holds no attachment that is not there, and
 * is read as the same again once it is written. */
#include "realtime/sio_adapter.h"
#include "base/str.h"

#include <jansson.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

static void check(bool good)
{
	if (!good)
		abort();
}

static void check_names(const struct sio_names *list)
{
	check(list->n <= SIO_REMOTE_NAMES);
	for (size_t i = 0; i < list->n; i++)
		check(strlen(list->names[i]) < SIO_ROOM_MAX && utf8_valid(list->names[i], strlen(list->names[i])));
}

static void check_args(struct arena *a, const char *args)
{
	json_t *v = json_loads(arena_printf(a, "[%s]", args), JSON_ALLOW_NUL, NULL);
	check(v);
	json_decref(v);
}

static void check_same(const struct sio_remote *r, const struct sio_remote *s)
{
	check(strcmp(r->uid, s->uid) == 0 && strcmp(r->nsp, s->nsp) == 0);
	check(strcmp(r->event.name, s->event.name) == 0 && strcmp(r->event.args, s->event.args) == 0);
	check(r->event.ack == s->event.ack && r->now_or_never == s->now_or_never);
	check(r->rooms.n == s->rooms.n && r->except.n == s->except.n && r->event.n_blobs == s->event.n_blobs);
	for (size_t i = 0; i < r->rooms.n; i++)
		check(strcmp(r->rooms.names[i], s->rooms.names[i]) == 0);
	for (unsigned i = 0; i < r->event.n_blobs; i++)
		check(r->event.blobs[i].n == s->event.blobs[i].n &&
			memcmp(r->event.blobs[i].p, s->event.blobs[i].p, r->event.blobs[i].n) == 0);
}

static void message(struct arena *a, const char *p, size_t n)
{
	struct sio_remote r, again;
	struct buf b = { .mem = a };
	if (!sio_adapter_read(a, p, n, &r))
		return;
	check(strlen(r.uid) <= SIO_REMOTE_UID_MAX && strlen(r.nsp) <= SIO_NAMESPACE_MAX && r.nsp[0] == '/');
	check(r.event.n_blobs <= SIO_ATTACHMENTS_MAX && !sio_name_is_reserved(r.event.name));
	check_names(&r.rooms);
	check_names(&r.except);
	check_args(a, r.event.args);
	if (!sio_adapter_write(&b, r.uid, r.nsp, &r)) {
		check(n > SIO_REMOTE_MAX / 2); /* the same may take more bytes than another wrote */
		return;
	}
	check(sio_adapter_read(a, b.p, b.n, &again));
	check_same(&r, &again);
}

static void request(struct arena *a, const char *p, size_t n)
{
	struct sio_request r;
	if (!sio_adapter_request(a, p, n, &r))
		return;
	check_names(&r.rooms);
	check_names(&r.except);
	check_names(&r.names);
	check_args(a, r.args);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	struct arena *a = arena_new(0);
	const char *text = arena_memdup0(a, data, n);
	message(a, text, n);
	request(a, text, n);
	arena_free(a);
	return 0;
}
