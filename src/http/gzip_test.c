#include "http/gzip.h"

#include "base/test.h"

#include <pthread.h>
#include <string.h>
#include <zlib.h>

static void check_round_trip(const char *packed, size_t packed_n, const void *want, size_t n)
{
	z_stream z = { 0 };
	static char text[1 << 20];
	CHECK_INT(inflateInit2(&z, 15 + 16), Z_OK);
	z.next_in = (Bytef *)(uintptr_t)packed;
	z.avail_in = (uInt)packed_n;
	z.next_out = (Bytef *)text;
	z.avail_out = sizeof text;
	CHECK_INT(inflate(&z, Z_FINISH), Z_STREAM_END);
	CHECK_BYTES(text, z.total_out, want, n);
	inflateEnd(&z);
}

static void fill(char *p, size_t n, unsigned seed)
{
	for (size_t i = 0; i < n; i++, seed = seed * 1103515245u + 12345u)
		p[i] = (char)('a' + (seed >> 16) % 6);
}

TEST(gzip, texts_become_smaller_and_come_back)
{
	static char text[600000];
	static const size_t sizes[] = { 1024, 5000, 65536, sizeof text };
	for (int level = 1; level <= 9; level++)
		for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
			struct arena *a = arena_new(0);
			char *out;
			size_t n;
			fill(text, sizes[i], (unsigned)i);
			CHECK(gzip_compress(a, text, sizes[i], level, &out, &n));
			CHECK(n < sizes[i] / 2 + 100);
			check_round_trip(out, n, text, sizes[i]);
			arena_free(a);
		}
}

TEST(gzip, noise_does_not_pay)
{
	struct arena *a = arena_new(0);
	char noise[4096];
	unsigned seed = 7;
	for (size_t i = 0; i < sizeof noise; i++, seed = seed * 1103515245u + 12345u)
		noise[i] = (char)(seed >> 16);
	char *out;
	size_t n, before = arena_used(a);
	CHECK(!gzip_compress(a, noise, sizeof noise, 6, &out, &n));
	CHECK(!gzip_compress(a, "", 0, 6, &out, &n));
	CHECK_INT(arena_used(a), before);
	/* and the compressor is fit for use after it stopped half-way */
	fill(noise, sizeof noise, 1);
	CHECK(gzip_compress(a, noise, sizeof noise, 6, &out, &n));
	check_round_trip(out, n, noise, sizeof noise);
	arena_free(a);
}

static void *compress_in_thread(void *arg)
{
	struct arena *a = arena_new(0);
	char text[2000], *out;
	size_t n;
	fill(text, sizeof text, 3);
	*(bool *)arg = gzip_compress(a, text, sizeof text, 1, &out, &n);
	arena_free(a);
	return NULL;
}

TEST(gzip, each_thread_has_its_own_and_gives_it_back)
{
	for (int i = 0; i < 4; i++) { /* LeakSanitizer looks at what they leave */
		pthread_t t;
		bool ok = false;
		CHECK_INT(pthread_create(&t, NULL, compress_in_thread, &ok), 0);
		pthread_join(t, NULL);
		CHECK(ok);
	}
}

TEST(gzip, only_texts_of_some_size_are_worth_it)
{
	CHECK(gzip_worth("application/json", 1024));
	CHECK(gzip_worth("application/json; charset=utf-8", 5000));
	CHECK(gzip_worth("Text/HTML", 5000));
	CHECK(gzip_worth("application/problem+json", 5000));
	CHECK(gzip_worth("image/svg+xml", 5000));
	CHECK(!gzip_worth("application/json", 1023));
	CHECK(!gzip_worth("image/png", 5000));
	CHECK(!gzip_worth("application/octet-stream", 5000));
	CHECK(!gzip_worth("", 5000));
	CHECK(!gzip_worth(NULL, 5000));
}
