#include "http/gzip.h"

#include "http/field.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

enum { WORTH_FROM = 1024, GZIP_WINDOW = 15 + 16 /* the largest window, with gzip's own head and tail */ };

bool gzip_worth(const char *content_type, size_t n)
{
	static const char *const types[] = { "application/json", "application/javascript", "application/xml",
		"application/yaml", "application/x-ndjson", "application/wasm", "image/svg+xml", "image/x-icon",
		"font/ttf", "font/otf", NULL };
	if (!content_type || n < WORTH_FROM)
		return false;
	struct span type = field_trim((struct span){ content_type, strcspn(content_type, ";") });
	if (type.n > 5 && strncasecmp(type.p, "text/", 5) == 0)
		return true;
	if (type.n > 5 && strncasecmp(type.p + type.n - 5, "+json", 5) == 0)
		return true;
	for (size_t i = 0; types[i]; i++)
		if (span_is(type, types[i]))
			return true;
	return false;
}

/* The thread's compressor. It is kept between answers: making one costs 256 KiB of memory to be cleared. */
struct compressor {
	z_stream z;
	int level;
};
static pthread_key_t compressor_key;
static pthread_once_t compressor_once = PTHREAD_ONCE_INIT;

static void compressor_free(void *arg)
{
	struct compressor *c = arg;
	deflateEnd(&c->z);
	free(c);
}

static void compressor_main_free(void)
{
	struct compressor *c = pthread_getspecific(compressor_key);
	if (c)
		compressor_free(c);
	pthread_setspecific(compressor_key, NULL);
}

static void compressor_start(void)
{
	if (pthread_key_create(&compressor_key, compressor_free))
		abort();
	atexit(compressor_main_free); /* the first thread has no destructor run */
}

static struct compressor *compressor_new(int level)
{
	struct compressor *c = calloc(1, sizeof *c);
	if (!c || deflateInit2(&c->z, level, Z_DEFLATED, GZIP_WINDOW, 8, Z_DEFAULT_STRATEGY) != Z_OK)
		abort();
	c->level = level;
	pthread_setspecific(compressor_key, c);
	return c;
}

static struct compressor *compressor_of_thread(int level)
{
	pthread_once(&compressor_once, compressor_start);
	struct compressor *c = pthread_getspecific(compressor_key);
	if (c && c->level == level) {
		deflateReset(&c->z);
		return c;
	}
	if (c)
		compressor_free(c);
	return compressor_new(level);
}

bool gzip_compress(struct arena *a, const void *p, size_t n, int level, char **out, size_t *out_n)
{
	size_t room = n - n / 20;
	if (n < 20 || n > UINT32_MAX)
		return false;
	struct compressor *c = compressor_of_thread(level < 1 ? 1 : level > 9 ? 9 : level);
	struct arena_mark mark = arena_mark(a);
	char *text = arena_alloc(a, room);
	c->z.next_in = (z_const Bytef *)(uintptr_t)p; /* zlib reads it only, whatever its type says */
	c->z.avail_in = (uInt)n;
	c->z.next_out = (Bytef *)text;
	c->z.avail_out = (uInt)room;
	if (deflate(&c->z, Z_FINISH) != Z_STREAM_END) {
		arena_reset(a, mark); /* no room left: it does not pay */
		return false;
	}
	*out = text;
	*out_n = room - c->z.avail_out;
	return true;
}
