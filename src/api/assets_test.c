#include "api/assets.h"
#include "base/test.h"

#include <string.h>
#include <zlib.h>

TEST(assets, an_unknown_path_is_not_found)
{
	CHECK(!asset_find("/swagger"));
	CHECK(!asset_find("/swagger/../redoc/"));
	CHECK(!asset_find(""));
}

TEST(assets, all_pages_and_every_file_they_name_are_there)
{
	static const char *const names[] = { "/swagger/", "/swagger/swagger-ui.css", "/swagger/swagger-ui-bundle.js",
		"/swagger/swagger-init.js", "/swagger/favicon-32x32.png", "/redoc/", "/redoc/redoc.standalone.js",
		"/graphiql/", "/graphiql/graphiql.min.js", "/graphiql/graphiql.min.css", "/graphiql/graphiql-init.js",
		"/graphiql/react.production.min.js", "/graphiql/react-dom.production.min.js" };
	if (!assets_builtin[0].path)
		test_skip("built with WEB=no");
	for (size_t i = 0; i < sizeof names / sizeof *names; i++)
		CHECK(asset_find(names[i]));
}

/* Gunzips into a buffer that has one byte more than the plain file. */
static size_t gunzip(const struct asset *a, unsigned char *out)
{
	z_stream z = { .next_in = (unsigned char *)(uintptr_t)a->gz,
		.avail_in = (unsigned)a->gz_n,
		.next_out = out,
		.avail_out = (unsigned)a->n + 1 };
	CHECK_INT(inflateInit2(&z, 16 + MAX_WBITS), Z_OK);
	CHECK_INT(inflate(&z, Z_FINISH), Z_STREAM_END);
	inflateEnd(&z);
	return z.total_out;
}

TEST(assets, compressed_bytes_are_those_of_the_plain_file)
{
	for (const struct asset *a = assets_builtin; a->path; a++) {
		unsigned char *out = malloc(a->n + 1);
		size_t n = gunzip(a, out);
		CHECK_INT((int64_t)n, (int64_t)a->n);
		if (a->plain)
			CHECK_BYTES(out, n, a->plain, a->n);
		free(out);
	}
}

TEST(assets, pages_hold_no_script_of_their_own_and_name_no_other_host)
{
	static const char *const pages[] = { "/swagger/", "/redoc/", "/swagger/swagger-init.js", "/graphiql/",
		"/graphiql/graphiql-init.js" };
	for (size_t i = 0; i < sizeof pages / sizeof *pages && assets_builtin[0].path; i++) {
		const struct asset *a = asset_find(pages[i]);
		CHECK(a);
		CHECK(!memmem(a->plain, a->n, "://", 3));
		CHECK(!memmem(a->plain, a->n, "<script>", 8));
	}
}

TEST(assets, redoc_asks_nothing_of_a_cdn)
{
	const struct asset *a = asset_find("/redoc/redoc.standalone.js");
	unsigned char *out = malloc(a ? a->n + 1 : 1);
	CHECK(!a || !memmem(out, gunzip(a, out), "cdn.redoc.ly", 12));
	free(out);
}
