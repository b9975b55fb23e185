#include "http/multipart.h"

#include "base/buf.h"
#include "base/test.h"

#include <string.h>

/* Writes down what the reader says, one line a call. */
static err_t file_begin(void *arg, const struct multipart_file *f)
{
	buf_printf(arg, "begin %s|%s|%s\n", f->field, f->filename, f->content_type);
	return ERR_OK;
}

static err_t file_data(void *arg, const char *p, size_t n)
{
	CHECK(n > 0);
	buf_add(arg, p, n);
	return ERR_OK;
}

static err_t file_end(void *arg)
{
	buf_str(arg, "\nend\n");
	return ERR_OK;
}

struct outcome {
	err_t e;
	const char *files, *why;
	struct form fields;
};

static struct outcome read_pieces(
	struct arena *a, const char *body, size_t n, size_t piece, const struct multipart_limits *limits)
{
	struct buf *files = arena_new_of(a, struct buf);
	files->mem = a;
	struct multipart_sink sink = { file_begin, file_data, file_end, files };
	struct multipart *m = multipart_new(a, "B", limits, &sink);
	struct outcome o = { 0 };
	for (size_t i = 0; i < n && !o.e; i += piece)
		o.e = multipart_feed(m, body + i, n - i < piece ? n - i : piece);
	err_t last = multipart_finish(m, &o.fields);
	CHECK(!o.e || last == o.e);
	o.e = last;
	o.files = buf_cstr(files);
	o.why = multipart_why(m);
	return o;
}

static struct outcome read_all(struct arena *a, const char *body)
{
	return read_pieces(a, body, strlen(body), 1 << 20, NULL);
}

#define FIELD_A "--B\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\n"
#define FILE_A "--B\r\nContent-Disposition: form-data; name=\"a\"; filename=\"f.txt\"\r\n\r\n"

static const char whole[] = "--B\r\nContent-Disposition: form-data; name=\"title\"\r\n\r\nHello \xe2\x82\xac\r\n"
			    "--B\r\nContent-Disposition: form-data; name=\"empty\"\r\n\r\n\r\n"
			    "--B\r\ncontent-disposition: form-data; name=pic; filename=\"a.png\"\r\n"
			    "Content-Type: image/png\r\n\r\n\x89PNG\r\n\r\n--\r\n-B\r\n--b\r\r\n\r\n"
			    "--B\r\nContent-Disposition: form-data; name=\"none\"; filename=\"\"\r\n\r\n\r\n"
			    "--B--\r\n";

TEST(multipart, pieces_of_any_size_give_the_same)
{
	for (size_t piece = 1; piece < sizeof whole; piece++) {
		struct arena *a = arena_new(0);
		struct outcome o = read_pieces(a, whole, sizeof whole - 1, piece, NULL);
		CHECK_TEXT(o.why, "");
		CHECK_OK(o.e);
		CHECK_INT(o.fields.n, 2);
		CHECK_TEXT(form_get(&o.fields, "title"), "Hello \xe2\x82\xac");
		CHECK_TEXT(form_get(&o.fields, "empty"), "");
		CHECK_TEXT(o.files, "begin pic|a.png|image/png\n\x89PNG\r\n\r\n--\r\n-B\r\n--b\r\r\n\nend\n"
				    "begin none||application/octet-stream\n\nend\n");
		arena_free(a);
	}
}

TEST(multipart, every_cut_off_body_is_refused)
{
	for (size_t n = 0; n < sizeof whole - 5; n++) {
		struct arena *a = arena_new(0);
		struct outcome o = read_pieces(a, whole, n, 7, NULL);
		CHECK_ERR(o.e, ERR_MALFORMED);
		CHECK(*o.why);
		arena_free(a);
	}
}

TEST(multipart, the_last_line_break_may_be_missing)
{
	struct arena *a = arena_new(0);
	CHECK_OK(read_all(a, FIELD_A "x\r\n--B--").e);
	CHECK_OK(read_all(a, "--B--\r\n").e);
	arena_free(a);
}

TEST(multipart, malformed_bodies_are_refused)
{
	static const char *const cases[] = {
		"",
		"x",
		"\r\n--B--\r\n",
		"preamble\r\n--B--\r\n",
		"--C\r\n",
		"--B \r\n",
		"--B-\r\n",
		"--B\n",
		"--B\r\n\r\nno headers\r\n--B--\r\n",
		"--B\r\nContent-Type: text/plain\r\n\r\nx\r\n--B--\r\n",
		"--B\r\nContent-Disposition: form-data\r\n\r\nx\r\n--B--\r\n",
		"--B\r\nContent-Disposition: attachment; name=a\r\n\r\nx\r\n--B--\r\n",
		"--B\r\nContent-Disposition: form-data; name=a; name=b\r\n\r\nx\r\n--B--\r\n",
		"--B\r\nContent-Disposition: form-data; name=a; filename=x; filename=y\r\n\r\nx\r\n--B--\r\n",
		"--B\r\nContent-Disposition: form-data; name=\"a\r\n\r\nx\r\n--B--\r\n",
		"--B\r\nContent-Disposition: form-data; name=\"a\"x\r\n\r\nx\r\n--B--\r\n",
		"--B\r\nContent-Disposition: form-data; name=\"a\x01\"\r\n\r\nx\r\n--B--\r\n",
		"--B\r\nContent-Disposition: form-data; name=\"\xff\"\r\n\r\nx\r\n--B--\r\n",
		"--B\r\nContent-Disposition: form-data; name=a\r\nContent-Disposition: form-data; name=b\r\n\r\nx\r\n--B--\r\n",
		"--B\r\nContent-Disposition: form-data; name=a; filename*=latin1''x\r\n\r\nx\r\n--B--\r\n",
		"--B\r\nContent-Disposition: form-data; name=a; filename*=UTF-8''%00\r\n\r\nx\r\n--B--\r\n",
		"--B\r\nContent-Disposition: form-data; name=a; filename*=UTF-8''a%0d%0ab\r\n\r\nx\r\n--B--\r\n",
		"--B\r\nContent-Disposition: form-data; name=a; filename*=UTF-8''%ff\r\n\r\nx\r\n--B--\r\n",
		"--B\r\nContent-Disposition: form-data; name=a\r\nContent-Type: text\r\n\r\nx\r\n--B--\r\n",
		"--B\r\nContent-Disposition: form-data; name=a\r\nContent-Type: a/b\r\nContent-Type: a/b\r\n\r\nx\r\n--B--\r\n",
		"--B\r\nContent-Disposition: form-data; name=a\r\nContent-Transfer-Encoding: base64\r\n\r\nx\r\n--B--\r\n",
		"--B\r\nContent-Disposition: form-data;\r\n name=a\r\n\r\nx\r\n--B--\r\n",
		"--B\r\nContent-Disposition : form-data; name=a\r\n\r\nx\r\n--B--\r\n",
		"--B\r\nContent-Disposition: form-data; name=a\nX: y\r\n\r\nx\r\n--B--\r\n",
		"--B\r\nContent-Disposition: form-data; name=a\rX: y\r\n\r\nx\r\n--B--\r\n",
		"--B\r\nContent-Disposition: form-data; name=a\r\njunk\r\n\r\nx\r\n--B--\r\n",
		(FIELD_A "\xff\r\n--B--\r\n"),
		(FIELD_A "x\n--B--\n"),
		(FIELD_A "x\r\n--BB\r\n--B--\r\n"),
		(FIELD_A "x\r\n--B--\r\nepilogue"),
		(FIELD_A "x\r\n--B--\r\n\r\n"),
		(FIELD_A "x\r\n--B--x"),
		"--B\r\nContent-Disposition: form-data; name=a\r\n\r\n--B--\r\n",
	};
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct arena *a = arena_new(0);
		struct outcome o = read_all(a, cases[i]);
		if (o.e != ERR_MALFORMED)
			test_fail(__FILE__, __LINE__, "case %zu: %s", i, cases[i]);
		CHECK(*o.why);
		arena_free(a);
	}
}

TEST(multipart, nuls_are_refused_in_fields_and_names_and_kept_in_files)
{
	static const char field[] = FIELD_A "x\0y\r\n--B--\r\n", file[] = FILE_A "x\0y\r\n--B--\r\n";
	static const char name[] = "--B\r\nContent-Disposition: form-data; name=\"a\0b\"\r\n\r\nx\r\n--B--\r\n";
	struct arena *a = arena_new(0);
	CHECK_ERR(read_pieces(a, field, sizeof field - 1, 3, NULL).e, ERR_MALFORMED);
	CHECK_ERR(read_pieces(a, name, sizeof name - 1, 3, NULL).e, ERR_MALFORMED);
	CHECK_OK(read_pieces(a, file, sizeof file - 1, 3, NULL).e);
	arena_free(a);
}

TEST(multipart, file_names_lose_their_path)
{
	static const struct {
		const char *params, *want;
	} cases[] = {
		{ "filename=\"a.png\"", "a.png" },
		{ "filename=a.png", "a.png" },
		{ "filename=\"../../etc/passwd\"", "passwd" },
		{ "filename=\"C:\\Users\\x\\cat.png\"", "cat.png" },
		{ "filename=\"..\"", "" },
		{ "filename=\"dir/\"", "" },
		{ "filename=\".\"", "" },
		{ "filename=\"a;b,c\"", "a;b,c" },
		{ "filename=\"a\\\"b\"", "a\"b" },
		{ "filename=\"a%22b\"", "a%22b" },
		{ "filename=\"\xe2\x82\xac\"", "\xe2\x82\xac" },
		{ "filename*=UTF-8''na%C3%AFve%20%E2%82%AC", "na\xc3\xafve \xe2\x82\xac" },
		{ "filename=\"plain\"; filename*=utf-8'en'better", "better" },
		{ "filename*=UTF-8''..%2F..%2Fpasswd", "passwd" },
	};
	struct arena *a = arena_new(0);
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		const char *body = arena_printf(a,
			"--B\r\nContent-Disposition: form-data; name=\"f\"; %s\r\n\r\nx\r\n--B--\r\n", cases[i].params);
		struct outcome o = read_all(a, body);
		CHECK_OK(o.e);
		CHECK_TEXT(o.files, arena_printf(a, "begin f|%s|application/octet-stream\nx\nend\n", cases[i].want));
	}
	arena_free(a);
}

TEST(multipart, limits_are_kept)
{
	struct arena *a = arena_new(0);
	const char *two = FIELD_A "12345\r\n" FIELD_A "12345\r\n--B--\r\n";
	const size_t n = strlen(two);
	CHECK_OK(read_pieces(a, two, n, 4, &(struct multipart_limits){ .parts = 2, .field = 5, .fields = 10 }).e);
	CHECK_ERR(read_pieces(a, two, n, 4, &(struct multipart_limits){ .parts = 1 }).e, ERR_TOO_LARGE);
	CHECK_ERR(read_pieces(a, two, n, 4, &(struct multipart_limits){ .field = 4 }).e, ERR_TOO_LARGE);
	CHECK_ERR(read_pieces(a, two, n, 4, &(struct multipart_limits){ .fields = 9 }).e, ERR_TOO_LARGE);
	CHECK_ERR(read_pieces(a, two, n, 4, &(struct multipart_limits){ .headers = 40 }).e, ERR_TOO_LARGE);
	CHECK_OK(read_pieces(a, two, n, 4, &(struct multipart_limits){ .headers = 50 }).e);
	arena_free(a);
}

TEST(multipart, endless_headers_are_cut_at_4_kib)
{
	struct arena *a = arena_new(0);
	struct multipart *m = multipart_new(a, "B", NULL, NULL);
	char xs[64];
	memset(xs, 'x', sizeof xs);
	CHECK_OK(multipart_feed(m, "--B\r\n", 5));
	err_t e = ERR_OK;
	int fed = 0;
	for (; !e; fed++)
		e = multipart_feed(m, xs, sizeof xs);
	CHECK_ERR(e, ERR_TOO_LARGE);
	CHECK_INT(fed, 65);
	CHECK_ERR(multipart_feed(m, xs, sizeof xs), ERR_TOO_LARGE); /* and stays so */
	arena_free(a);
}

static err_t refuse_begin(void *arg, const struct multipart_file *f)
{
	(void)arg, (void)f;
	return ERR_DENIED;
}

TEST(multipart, an_error_of_the_sink_ends_the_reading)
{
	struct arena *a = arena_new(0);
	struct multipart_sink sink = { refuse_begin, file_data, file_end, NULL };
	struct multipart *m = multipart_new(a, "B", NULL, &sink);
	struct form fields;
	CHECK_ERR(multipart_feed(m, FILE_A, strlen(FILE_A)), ERR_DENIED);
	CHECK_ERR(multipart_feed(m, "x", 1), ERR_DENIED);
	CHECK_ERR(multipart_finish(m, &fields), ERR_DENIED);
	m = multipart_new(a, "B", NULL, NULL);
	CHECK_ERR(multipart_feed(m, FILE_A, strlen(FILE_A)), ERR_MEDIA_TYPE);
	arena_free(a);
}

static err_t count_data(void *arg, const char *p, size_t n)
{
	(void)p;
	*(size_t *)arg += n;
	return ERR_OK;
}

static err_t ignore_begin(void *arg, const struct multipart_file *f)
{
	(void)arg, (void)f;
	return ERR_OK;
}

static err_t ignore_end(void *arg)
{
	(void)arg;
	return ERR_OK;
}

TEST(multipart, memory_does_not_grow_with_a_file)
{
	struct arena *a = arena_new(0);
	size_t total = 0;
	struct multipart_sink sink = { ignore_begin, count_data, ignore_end, &total };
	struct multipart *m = multipart_new(a, "B", NULL, &sink);
	char data[4096];
	memset(data, '\r', sizeof data); /* the worst: each might begin a boundary */
	CHECK_OK(multipart_feed(m, FILE_A, strlen(FILE_A)));
	size_t before = arena_used(a);
	for (int i = 0; i < 1000; i++)
		CHECK_OK(multipart_feed(m, data, sizeof data));
	CHECK_INT(arena_used(a), before);
	CHECK_OK(multipart_feed(m, "\r\n--B--", 7));
	CHECK_INT(total, sizeof data * 1000);
	arena_free(a);
}

TEST(multipart, boundaries_are_taken_from_the_content_type)
{
	static const struct {
		const char *type, *want;
		err_t e;
	} cases[] = {
		{ "multipart/form-data; boundary=abc", "abc", ERR_OK },
		{ "Multipart/Form-Data; charset=utf-8; Boundary=\"a b:c\"", "a b:c", ERR_OK },
		{ "multipart/form-data;boundary=----WebKitFormBoundary7MA4YWxk", "----WebKitFormBoundary7MA4YWxk",
			ERR_OK },
		{ "multipart/form-data", NULL, ERR_MALFORMED },
		{ "multipart/form-data; boundary=", NULL, ERR_MALFORMED },
		{ "multipart/form-data; boundary=\"\"", NULL, ERR_MALFORMED },
		{ "multipart/form-data; boundary=\"a \"", NULL, ERR_MALFORMED },
		{ "multipart/form-data; boundary=a; boundary=b", NULL, ERR_MALFORMED },
		{ "multipart/form-data; boundary=a&b", NULL, ERR_MALFORMED },
		{ "multipart/form-data; boundary=\"a\"b", NULL, ERR_MALFORMED },
		{ "multipart/form-data; boundary=\"a\r\nb\"", NULL, ERR_MALFORMED },
		{ "multipart/form-data; boundary=1234567890123456789012345678901234567890123456789012345678901234567890",
			"1234567890123456789012345678901234567890123456789012345678901234567890", ERR_OK },
		{ "multipart/form-data; boundary=12345678901234567890123456789012345678901234567890123456789012345678901",
			NULL, ERR_MALFORMED },
		{ "multipart/mixed; boundary=a", NULL, ERR_MEDIA_TYPE },
		{ "application/json", NULL, ERR_MEDIA_TYPE },
		{ "", NULL, ERR_MEDIA_TYPE },
		{ NULL, NULL, ERR_MEDIA_TYPE },
	};
	struct arena *a = arena_new(0);
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		const char *out;
		CHECK_ERR(multipart_boundary(a, cases[i].type, &out), cases[i].e);
		if (!cases[i].e)
			CHECK_TEXT(out, cases[i].want);
	}
	arena_free(a);
}
