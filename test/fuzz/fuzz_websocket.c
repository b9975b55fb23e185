/* WebSocket frames: pieces of any size must give what the whole gives. The first byte says how large the pieces are. */
#include "base/buf.h"
#include "base/str.h"
#include "http/websocket.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

static void on_message(void *arg, struct ws *w, enum ws_kind kind, const char *p, size_t n)
{
	if (kind == WS_TEXT && !utf8_valid(p, n))
		abort();
	buf_printf(arg, "[%d %zu]", (int)kind, n);
	buf_add(arg, p, n);
	ws_send(w, kind, p, n);
	if (n == 7)
		ws_close(w, WS_NORMAL, "seven");
}

static void on_close(void *arg, struct ws *w, int code, const char *reason, size_t n)
{
	(void)w;
	if (!utf8_valid(reason, n))
		abort();
	buf_printf(arg, "[close %d]", code);
}

static void drain(struct ws *w, struct buf *said)
{
	size_t n;
	for (const char *p; (p = ws_output(w, &n)), n; ws_sent(w, n > 100 ? 100 : n))
		buf_add(said, p, n > 100 ? 100 : n);
}

static void run(const uint8_t *data, size_t n, size_t piece, struct buf *said)
{
	struct buf written = { .mem = said->mem };
	struct ws_handler handler = { on_message, on_close, NULL, said };
	struct ws *w = ws_new(&handler, &(struct ws_limits){ .message = 3000, .fragments = 20 });
	for (size_t i = 0; i < n; i += piece)
		ws_feed(w, (const char *)data + i, n - i < piece ? n - i : piece);
	ws_gone(w);
	drain(w, &written);
	buf_add(said, written.p, written.n);
	ws_free(w);
}

static void shake(struct arena *a, const uint8_t *data, size_t n)
{
	const char *text = arena_memdup0(a, data, n), *why;
	struct ws_request r = { .get = true,
		.connection = text,
		.upgrade = text,
		.version = "13",
		.key = text,
		.key_count = 1,
		.protocols = text };
	struct ws_accept out;
	bool version_wrong;
	static const char *const supported[] = { "a", NULL };
	if (!ws_handshake(a, &r, supported, &out, &version_wrong, &why) && strlen(out.accept) != 28)
		abort();
	r.connection = "upgrade";
	r.upgrade = "websocket";
	(void)!ws_handshake(a, &r, supported, &out, &version_wrong, &why);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	if (!n)
		return 0;
	struct arena *a = arena_new(0);
	struct buf whole = { .mem = a }, pieces = { .mem = a };
	size_t piece = *data ? *data : 1;
	run(data + 1, n - 1, n, &whole);
	run(data + 1, n - 1, piece, &pieces);
	if (whole.n != pieces.n || (whole.n && memcmp(whole.p, pieces.p, whole.n) != 0))
		abort();
	shake(a, data + 1, n - 1);
	arena_free(a);
	return 0;
}
