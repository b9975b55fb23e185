#include "http/websocket_deflate.h"

#include <pthread.h>
#include <stdlib.h>
#include <zlib.h>

enum {
	LEVEL = 3, /* it runs on the loop's thread: most of the gain for a third of the time of zlib's own choice */
	PIECE = 16 << 10,
	TAIL = 4,
	AT_BLOCK = 128, /* in data_type: inflate() stands between two blocks */
};

/* What a flush ends with and the wire leaves out: section 7.2.1. */
static const char tail[TAIL] = "\x00\x00\xff\xff";

/* --- the thread's zlib --------------------------------------------------------------------------------------------- */

struct codec {
	z_stream in;
	z_stream *out[WS_WINDOW_MAX + 1]; /* by bits of the window */
};
static pthread_key_t codec_key;
static pthread_once_t codec_once = PTHREAD_ONCE_INIT;

static void codec_free(void *arg)
{
	struct codec *c = arg;
	inflateEnd(&c->in);
	for (int i = 0; i <= WS_WINDOW_MAX; i++)
		if (c->out[i]) {
			deflateEnd(c->out[i]);
			free(c->out[i]);
		}
	free(c);
}

static void codec_main_free(void)
{
	struct codec *c = pthread_getspecific(codec_key);
	if (c)
		codec_free(c);
	pthread_setspecific(codec_key, NULL);
}

static void codec_start(void)
{
	if (pthread_key_create(&codec_key, codec_free))
		abort();
	atexit(codec_main_free); /* the first thread has no destructor run */
}

static struct codec *codec_of_thread(void)
{
	pthread_once(&codec_once, codec_start);
	struct codec *c = pthread_getspecific(codec_key);
	if (c)
		return c;
	c = calloc(1, sizeof *c);
	/* The largest window reads what was written with any. */
	if (!c || inflateInit2(&c->in, -WS_WINDOW_MAX) != Z_OK)
		abort();
	pthread_setspecific(codec_key, c);
	return c;
}

static z_stream *deflater(int window)
{
	z_stream **z = &codec_of_thread()->out[window];
	if (*z) {
		deflateReset(*z);
		return *z;
	}
	*z = calloc(1, sizeof **z);
	if (!*z || deflateInit2(*z, LEVEL, Z_DEFLATED, -window, 8, Z_DEFAULT_STRATEGY) != Z_OK)
		abort();
	return *z;
}

/* --- out ------------------------------------------------------------------------------------------------------------ */

bool ws_deflate(int window, const char *p, size_t n, struct buf *out)
{
	if (!n || n > UINT32_MAX - TAIL)
		return false;
	z_stream *z = deflater(window);
	buf_grow(out, n + TAIL);
	z->next_in = (z_const Bytef *)(uintptr_t)p; /* zlib reads it only, whatever its type says */
	z->avail_in = (uInt)n;
	z->next_out = (Bytef *)out->p + out->n;
	z->avail_out = (uInt)n + TAIL;
	/* No room left: it does not pay, or the flush may have more to say. */
	if (deflate(z, Z_SYNC_FLUSH) != Z_OK || !z->avail_out)
		return false;
	out->n += n - z->avail_out;
	return true;
}

/* --- in ------------------------------------------------------------------------------------------------------------- */

/* Inflates one piece; false when it is over. *end is how it would be over now; *last: a block that said so was the last. */
static bool step(z_stream *z, size_t most, struct buf *out, enum ws_inflated *end, bool *last)
{
	size_t room = most - out->n < PIECE ? most - out->n + 1 : PIECE; /* one byte more tells that it is too big */
	buf_grow(out, room);
	z->next_out = (Bytef *)out->p + out->n;
	z->avail_out = (uInt)room;
	int got = inflate(z, Z_SYNC_FLUSH);
	out->n += room - z->avail_out;
	*end = out->n > most ? WS_INFLATE_TOO_BIG : WS_INFLATE_BROKEN;
	if (out->n > most || (got != Z_OK && got != Z_STREAM_END && got != Z_BUF_ERROR))
		return false;
	*last = got == Z_STREAM_END;
	*end = *last || (z->data_type & AT_BLOCK) ? WS_INFLATED : WS_INFLATE_BROKEN;
	if (*last) { /* section 7.2.3.4: a block may say that it is the last, and others follow */
		inflateReset(z);
		return z->avail_in > 0;
	}
	return z->avail_in > 0 || z->avail_out == 0;
}

static bool run(z_stream *z, const char *p, size_t n, size_t most, struct buf *out, enum ws_inflated *end)
{
	bool last = false;
	z->next_in = (z_const Bytef *)(uintptr_t)p;
	z->avail_in = (uInt)n;
	while (step(z, most, out, end, &last))
		;
	return z->avail_in == 0 && out->n <= most && !last;
}

enum ws_inflated ws_inflate(const char *p, size_t n, size_t most, struct buf *out)
{
	enum ws_inflated end = WS_INFLATED;
	if (n > UINT32_MAX)
		return WS_INFLATE_TOO_BIG;
	z_stream *z = &codec_of_thread()->in;
	inflateReset(z);
	/* Some write an empty message so, without the one byte that it should be. */
	if (n && run(z, p, n, most, out, &end))
		(void)run(z, tail, TAIL, most, out, &end);
	return end;
}
