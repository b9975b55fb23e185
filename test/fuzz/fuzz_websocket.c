/* WebSocket frames: pieces of any size must give what the whole gives. The first byte says how large the pieces are. The same
 * bytes are frames of sessions with and without compression, the payload of one compressed message, and text to be compressed. */
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

static void run(const uint8_t *data, size_t n, size_t piece, int window, struct buf *said)
{
	struct buf written = { .mem = said->mem };
	struct ws_handler handler = { on_message, on_close, NULL, said };
	struct ws *w = ws_new(&handler, &(struct ws_limits){ .message = 3000, .fragments = 20, .window = window });
	for (size_t i = 0; i < n; i += piece)
		ws_feed(w, (const char *)data + i, n - i < piece ? n - i : piece);
	ws_gone(w);
	drain(w, &written);
	buf_add(said, written.p, written.n);
	ws_free(w);
}

static void same(const uint8_t *data, size_t n, size_t piece, int window)
{
	struct arena *a = arena_new(0);
	struct buf whole = { .mem = a }, pieces = { .mem = a };
	run(data, n, n ? n : 1, window, &whole);
	run(data, n, piece, window, &pieces);
	if (whole.n != pieces.n || (whole.n && memcmp(whole.p, pieces.p, whole.n) != 0))
		abort();
	arena_free(a);
}

/* The bytes as one compressed text, with a mask of zeros. */
static void as_payload(struct arena *a, const uint8_t *data, size_t n, size_t piece)
{
	struct buf b = { .mem = a }, out = { 0 };
	if (n > 0xffff)
		return;
	buf_add(&b, (const char[]){ (char)0xc1, (char)0xfe, (char)(n >> 8), (char)n, 0, 0, 0, 0 }, 8);
	buf_add(&b, data, n);
	same((const uint8_t *)b.p, b.n, piece, WS_WINDOW_MAX);
	if (ws_inflate((const char *)data, n, 5000, &out) != WS_INFLATE_TOO_BIG && out.n > 5000)
		abort();
	if (out.n > 5001)
		abort();
	buf_free(&out);
}

static void there_and_back(const uint8_t *data, size_t n, int window)
{
	struct buf small = { 0 }, back = { 0 };
	if (ws_deflate(window, (const char *)data, n, &small) &&
		(small.n >= n || ws_inflate(small.p, small.n, n, &back) != WS_INFLATED || back.n != n ||
			memcmp(back.p, data, n) != 0))
		abort();
	buf_free(&small);
	buf_free(&back);
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
		.protocols = text,
		.extensions = text,
		.window = WS_WINDOW_MAX };
	struct ws_accept out;
	bool version_wrong;
	static const char *const supported[] = { "a", NULL };
	if (!ws_handshake(a, &r, supported, &out, &version_wrong, &why) && strlen(out.accept) != 28)
		abort();
	r.connection = "upgrade";
	r.upgrade = "websocket";
	r.version = "13";
	r.key = "dGhlIHNhbXBsZSBub25jZQ==";
	if (ws_handshake(a, &r, supported, &out, &version_wrong, &why))
		abort();
	if (!out.extensions != !out.window ||
		(out.window && (out.window < WS_WINDOW_MIN || out.window > WS_WINDOW_MAX)))
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	if (!n)
		return 0;
	struct arena *a = arena_new(0);
	size_t piece = *data ? *data : 1;
	data++, n--;
	same(data, n, piece, 0);
	same(data, n, piece, WS_WINDOW_MAX);
	as_payload(a, data, n, piece);
	there_and_back(data, n, WS_WINDOW_MIN + (int)(piece % (WS_WINDOW_MAX - WS_WINDOW_MIN + 1)));
	shake(a, data, n);
	arena_free(a);
	return 0;
}
