/* The messages of other Socket.IO servers. The bytes are those of @socket.io/redis-emitter 5.1.0, as it published them. */
#include "base/str.h"
#include "base/test.h"
#include "realtime/sio_adapter.h"

#include <stdlib.h>

static const char *bytes_of(struct arena *a, const char *hex, size_t *n)
{
	*n = strlen(hex) / 2;
	char *out = arena_alloc(a, *n + 1);
	for (size_t i = 0; i < *n; i++)
		out[i] = (char)strtol((char[]){ hex[2 * i], hex[2 * i + 1], 0 }, NULL, 16);
	return out;
}

static const char *names(struct arena *a, const struct sio_names *list)
{
	struct buf b = { .mem = a };
	for (size_t i = 0; i < list->n; i++)
		buf_printf(&b, "%s%s", i ? " " : "", list->names[i]);
	return buf_cstr(&b);
}

static bool read_hex(struct arena *a, const char *hex, struct sio_remote *out)
{
	size_t n;
	const char *p = bytes_of(a, hex, &n);
	return sio_adapter_read(a, p, n, out);
}

/* "uid nsp name|args|rooms|except|ack|flags", or "no". */
static const char *meaning(struct arena *a, const char *hex)
{
	struct sio_remote r;
	if (!read_hex(a, hex, &r))
		return "no";
	return arena_printf(a, "%s %s %s|%s|%s|%s|%lld|%s", r.uid, r.nsp, r.event.name, r.event.args,
		names(a, &r.rooms), names(a, &r.except), (long long)r.event.ack, r.now_or_never ? "volatile" : "");
}

static const char *written(struct arena *a, const struct sio_remote *r)
{
	struct buf b = { .mem = a };
	return sio_adapter_write(&b, r->uid, r->nsp, r) ? hex_encode(a, b.p, b.n) : "no";
}

/* clang-format off */
static const struct {
	const char *hex, *means;
	bool same; /* what is written is what was read, byte by byte */
} emitted[] = {
		{ "93a7656d697474657283a47479706502a46461746191a568656c6c6fa36e7370a12f83a5726f6f6d7390a5666c616773"
		  "80a665786365707490",
		  "emitter / hello||||-1|", true },
		{ "93a7656d697474657283a47479706502a46461746197a568656c6c6f01a374776f920381a4666f7572c0c3c2c0a36e73"
		  "70a12f83a5726f6f6d7390a5666c61677380a665786365707490",
		  "emitter / hello|1,\"two\",[3,{\"four\":null}],true,false,null|||-1|", true },
		{ "93a7656d697474657283a47479706502a46461746192a46e65777383a6556d6c617574adc3a4c3b6c3bce282acf09f98"
		  "80a5656d707479a0a46c69737490a36e7370a12f83a5726f6f6d7391a5726f6f6d31a5666c61677380a6657863657074"
		  "90",
		  "emitter / news|{\"Umlaut\":\"äöü€😀\",\"empty\":\"\",\"list\":[]}|room1||-1|", true },
		{ "93a7656d697474657283a47479706502a46461746192a178a179a36e7370a12f83a5726f6f6d7392a161a162a5666c61"
		  "677382a8766f6c6174696c65c3a8636f6d7072657373c3a665786365707491a163",
		  "emitter / x|\"y\"|a b|c|-1|volatile", false },
		{ "93a7656d697474657283a47479706502a4646174619fa16effd0dfd1ff7fd2ffff7fffd3ffffffff7fffffff7fcc80cd"
		  "0100ce00010000cf0000000100000000cf001fffffffffffffcf8ac7230489e80000cb3fe0000000000000d300000000"
		  "00000000a36e7370a12f83a5726f6f6d73912aa5666c61677380a665786365707490",
		  "emitter / n|-1,-33,-129,-32769,-2147483649,127,128,256,65536,4294967296,9007199254740991,1e19,0.5,0|42||-1|", false },
		{ "93a7656d697474657283a47479706502a46461746194a47768656ed6ff6955b900d7ff1d5353006955b900c70cff3b8b"
		  "87c0ffffffffffffffffa36e7370a12f83a5726f6f6d7390a5666c61677380a665786365707490",
		  "emitter / when|\"2026-01-01T00:00:00.000Z\",\"2026-01-01T00:00:00.123Z\",\"1969-12-31T23:59:59.999Z\"|||-1|", false },
		{ "93a7656d697474657283a47479706502a46461746195a46c6f6e67d92878787878787878787878787878787878787878"
		  "787878787878787878787878787878787878787878da012c797979797979797979797979797979797979797979797979"
		  "797979797979797979797979797979797979797979797979797979797979797979797979797979797979797979797979"
		  "797979797979797979797979797979797979797979797979797979797979797979797979797979797979797979797979"
		  "797979797979797979797979797979797979797979797979797979797979797979797979797979797979797979797979"
		  "797979797979797979797979797979797979797979797979797979797979797979797979797979797979797979797979"
		  "797979797979797979797979797979797979797979797979797979797979797979797979797979797979797979797979"
		  "797979797979797979797979797979797979797979797979797979797979797979797979dc0014000102030405060708"
		  "090a0b0c0d0e0f10111213de0014a26b3000a26b3101a26b3202a26b3303a26b3404a26b3505a26b3606a26b3707a26b"
		  "3808a26b3909a36b31300aa36b31310ba36b31320ca36b31330da36b31340ea36b31350fa36b313610a36b313711a36b"
		  "313812a36b313913a36e7370a12f83a5726f6f6d7390a5666c61677380a665786365707490",
		  "emitter / long|\"xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx\",\"yyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyy\",[0,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19],{\"k0\":0,\"k1\":1,\"k2\":2,\"k3\":3,\"k4\":4,\"k5\":5,\"k6\":6,\"k7\":7,\"k8\":8,\"k9\":9,\"k10\":10,\"k11\":11,\"k12\":12,\"k13\":13,\"k14\":14,\"k15\":15,\"k16\":16,\"k17\":17,\"k18\":18,\"k19\":19}|||-1|", true },
};
/* clang-format on */

TEST(sio_adapter, the_emitters_messages_are_read_and_written_as_it_does)
{
	struct arena *a = arena_new(0);
	for (size_t i = 0; i < sizeof emitted / sizeof *emitted; i++) {
		struct sio_remote r;
		CHECK_TEXT(meaning(a, emitted[i].hex), emitted[i].means);
		CHECK(read_hex(a, emitted[i].hex, &r));
		const char *again = written(a, &r);
		CHECK_TEXT(meaning(a, again), emitted[i].means);
		if (emitted[i].same)
			CHECK_TEXT(again, emitted[i].hex);
	}
	arena_free(a);
}

/* of('/admin').emit('bytes', Buffer 010203, { inner: [300 bytes of 7, 09] }) */
TEST(sio_adapter, bytes_are_attachments)
{
	struct arena *a = arena_new(0);
	struct sio_remote r;
	char sevens[601] = { 0 };
	for (size_t i = 0; i < 600; i++)
		sevens[i] = i % 2 ? '7' : '0';
	const char *hex = arena_printf(a,
		"93a7656d697474657283a47479706502a46461746193a56279746573c403010203"
		"81a5696e6e657292c5012c%sc40109a36e7370a62f61646d696e83a5726f6f6d7390a5666c61677380a665786365707490",
		sevens);
	CHECK(read_hex(a, hex, &r));
	CHECK_TEXT(r.nsp, "/admin");
	CHECK_TEXT(r.event.args, "{\"_placeholder\":true,\"num\":0},{\"inner\":[{\"_placeholder\":true,\"num\":1},"
				 "{\"_placeholder\":true,\"num\":2}]}");
	CHECK_INT(r.event.n_blobs, 3);
	CHECK_BYTES(r.event.blobs[0].p, r.event.blobs[0].n, "\1\2\3", 3);
	CHECK(r.event.blobs[1].n == 300 && r.event.blobs[1].p[299] == 7);
	CHECK_BYTES(r.event.blobs[2].p, r.event.blobs[2].n, "\t", 1);
	CHECK_TEXT(written(a, &r), hex);
	arena_free(a);
}

TEST(sio_adapter, what_a_server_writes_is_read_again)
{
	struct arena *a = arena_new(0);
	static const char *const rooms[] = { "user:1", "r\xc3\xa4ume" }, *const except[] = { "sid" };
	static const struct sio_blob blobs[] = { { "\0\1", 2 }, { "", 0 } };
	struct sio_remote r = { .event = { .name = "e",
					.args = "{\"_placeholder\":true,\"num\":1},{\"_placeholder\":true,\"num\":0},"
						"\"a\\u0000b\",-9223372036854775808,9223372036854775807,0.1",
					.ack = 12,
					.blobs = blobs,
					.n_blobs = 2 },
		.rooms = { rooms, 2 },
		.except = { except, 1 },
		.now_or_never = true };
	struct buf b = { .mem = a };
	CHECK(sio_adapter_write(&b, "me", "/n", &r));
	struct sio_remote back;
	CHECK(sio_adapter_read(a, b.p, b.n, &back));
	CHECK_TEXT(meaning(a, hex_encode(a, b.p, b.n)),
		"me /n e|{\"_placeholder\":true,\"num\":0},{\"_placeholder\":true,\"num\":1},"
		"\"a\\u0000b\",-9223372036854775808,9223372036854775807,0.10000000000000001|user:1 r\xc3\xa4ume|sid|12|"
		"volatile");
	CHECK_BYTES(back.event.blobs[1].p, back.event.blobs[1].n, "\0\1", 2);
	CHECK_INT(back.event.blobs[0].n, 0);
	arena_free(a);
}

static bool writes(struct arena *a, const char *args)
{
	struct buf b = { .mem = a };
	buf_str(&b, "before");
	bool good = sio_adapter_write(
		&b, "u", "/", &(struct sio_remote){ .event = { .name = "e", .args = args, .ack = SIO_NO_ACK } });
	CHECK(good || b.n == 6);
	return good;
}

TEST(sio_adapter, what_could_not_be_read_is_not_written)
{
	struct arena *a = arena_new(0);
	struct buf deep = { .mem = a }, large = { .mem = a };
	CHECK(writes(a, "") && writes(a, "1,2") && writes(a, "{\"_placeholder\":false}"));
	CHECK(!writes(a, "1,") && !writes(a, "]") && !writes(a, "\xff"));
	CHECK(!writes(a, "{\"_placeholder\":true,\"num\":0}") && !writes(a, "{\"_placeholder\":true}"));
	for (int i = 0; i < 29; i++)
		buf_char(&deep, '[');
	for (int i = 0; i < 29; i++)
		buf_char(&deep, ']');
	CHECK(writes(a, buf_cstr(&deep)));
	CHECK(!writes(a, arena_printf(a, "[%s]", buf_cstr(&deep))));
	buf_char(&large, '"');
	for (int i = 0; i < SIO_REMOTE_MAX; i++)
		buf_char(&large, 'x');
	buf_char(&large, '"');
	CHECK(!writes(a, buf_cstr(&large)));
	arena_free(a);
}

/* A message around one argument, an extra room and an extra flag; "" for none of them. */
static const char *around(struct arena *a, const char *arg, const char *room)
{
	return arena_printf(a, "93a17583a47479706502a4646174619%ca165%sa36e7370a12f82a5726f6f6d739%c%sa6657863657074c0",
		*arg ? '2' : '1', arg, *room ? '1' : '0', room);
}

TEST(sio_adapter, values_that_json_cannot_say_are_refused)
{
	static const struct {
		const char *hex, *args; /* NULL: refused */
	} cases[] = {
		{ "", "" }, { "c0", "null" }, { "cffffffffffffffffe", "1.8446744073709552e19" },
		{ "ca3fc00000", "1.5" }, { "80", "{}" }, { "81a161a0", "{\"a\":\"\"}" }, { "a100", "\"\\u0000\"" },
		{ "c403000102", "{\"_placeholder\":true,\"num\":0}" }, { "cb7ff8000000000000", NULL }, /* NaN */
		{ "cb7ff0000000000000", NULL }, /* infinity */
		{ "ca7fc00000", NULL }, { "a1ff", NULL }, /* not UTF-8 */
		{ "a3eda080", NULL }, /* half a surrogate */
		{ "81a1ff01", NULL }, { "81a10001", NULL }, /* NUL in a name */
		{ "810101", NULL }, /* a name that is none */
		{ "81ac5f706c616365686f6c646572c3", NULL }, /* attached bytes without a number */
		{ "d40100", NULL }, /* types that we do not know */
		{ "c7030100ffff", NULL }, { "d5ff0000", NULL }, /* a date of two bytes */
		{ "d7ffffffffff00000000", NULL }, /* more ns than a second has */
		{ "c70cff000000007fffffffffffffff", NULL }, /* after all years */
		{ "c1", NULL }, /* never used */
	};
	struct arena *a = arena_new(0);
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct sio_remote r;
		bool good = read_hex(a, around(a, cases[i].hex, ""), &r);
		CHECK_TEXT(good ? r.event.args : NULL, cases[i].args);
	}
	arena_free(a);
}

TEST(sio_adapter, malformed_messages_are_refused)
{
	static const char *const wrong[] = {
		"", "90", "c0", "80", "92a17580", "94a175808080", /* not three */
		"93018080", /* a number as uid */
		"93a17583a47479706503a46461746191a165a36e7370a12f80", /* another type */
		"93a17583a47479706502a46461746190a36e7370a12f80", /* no name */
		"93a17583a47479706502a4646174619101a36e7370a12f80", /* a number as name */
		"93a17583a47479706502a46461746191a7636f6e6e656374a36e7370a12f80", /* "connect" */
		"93a17583a47479706502a46461746191a26500a36e7370a12f80", /* NUL in the name */
		"93a17583a47479706502a46461746191a165a36e7370a16180", /* a namespace without its slash */
		"93a17583a47479706502a46461746191a165a36e73700180",
		"93a17583a47479706502a46461746191a165a36e7370a12f90", /* a list of options */
		"93a17583a47479706502a46461746191a165a36e7370a12f81a5726f6f6d7301",
		"93a17583a47479706502a46461746191a165a36e7370a12f81a5666c61677301",
		"93a17584a47479706502a46461746191a165a36e7370a12fa26964ff80", /* id -1 */
		"93a17583a47479706502a46461746191a165a36e7370a12f8000", /* something behind it */
	};
	struct arena *a = arena_new(0);
	CHECK_TEXT(meaning(a, "93a17583a47479706502a46461746191a165a36e7370a12f80"), "u / e||||-1|");
	CHECK_TEXT(
		meaning(a, "93a17582a47479706505a46461746191a16580"), "u / e||||-1|"); /* older: BINARY_EVENT, no nsp */
	CHECK_TEXT(meaning(a, "93a17584a47479706502a46461746191a165a36e7370a12fa269640780"), "u / e||||7|");
	for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
		CHECK_TEXT(meaning(a, wrong[i]), "no");
	for (size_t k = 0; k < sizeof emitted / sizeof *emitted; k++)
		for (size_t i = 0; i < strlen(emitted[k].hex); i += 2)
			CHECK_TEXT(meaning(a, arena_memdup0(a, emitted[k].hex, i)), "no"); /* cut */
	arena_free(a);
}

TEST(sio_adapter, rooms_are_texts_of_bounded_length_and_number)
{
	struct arena *a = arena_new(0);
	struct sio_remote r;
	CHECK(read_hex(a, around(a, "", "01"), &r));
	CHECK_TEXT(r.rooms.names[0], "1");
	CHECK(read_hex(a, around(a, "", "a0"), &r));
	CHECK(!read_hex(a, around(a, "", "ff"), &r) && !read_hex(a, around(a, "", "c0"), &r));
	CHECK(!read_hex(a, around(a, "", "a100"), &r) && !read_hex(a, around(a, "", "cb3ff0000000000000"), &r));
	char name[2 * SIO_ROOM_MAX + 1] = { 0 };
	for (size_t i = 0; i < 2 * SIO_ROOM_MAX; i++)
		name[i] = '6';
	CHECK(!read_hex(a, around(a, "", arena_printf(a, "d9%02x%s", SIO_ROOM_MAX, name)), &r));
	name[2 * SIO_ROOM_MAX - 2] = 0;
	CHECK(read_hex(a, around(a, "", arena_printf(a, "d9%02x%s", SIO_ROOM_MAX - 1, name)), &r));
	for (int n = SIO_REMOTE_NAMES; n <= SIO_REMOTE_NAMES + 1; n++) {
		struct buf b = { .mem = a };
		buf_printf(&b, "93a17583a47479706502a46461746191a165a36e7370a12f81a5726f6f6d73dc%04x", n);
		for (int i = 0; i < n; i++)
			buf_str(&b, "a161");
		CHECK(read_hex(a, buf_cstr(&b), &r) == (n == SIO_REMOTE_NAMES));
	}
	arena_free(a);
}

/* A few bytes that claim lists of four thousand million values, one inside the other: nothing is allocated for them. */
TEST(sio_adapter, advisory_claimed_lengths_take_no_memory)
{
	static const char *const lists[] = { "ddffffffff", "dfffffffff", "ddffffffffdfffffffff", "c6ffffffff",
		"dbffffffff", "c9ffffffff01", "dcffff", "deffff", "9f", "8f", "dd", "dfffff" };
	struct arena *a = arena_new(0);
	for (size_t i = 0; i < sizeof lists / sizeof *lists; i++) {
		CHECK_TEXT(meaning(a, lists[i]), "no");
		CHECK_TEXT(meaning(a, around(a, lists[i], "")), "no");
	}
	arena_free(a);
}

TEST(sio_adapter, advisory_parser_recursion_levels_are_bounded)
{
	struct arena *a = arena_new(0);
	struct sio_remote r;
	for (int levels = 29; levels <= 100000; levels = levels == 29 ? 30 : levels * 5) {
		struct buf b = { .mem = a };
		for (int i = 1; i < levels; i++)
			buf_str(&b, "91");
		buf_str(&b, "90");
		CHECK(read_hex(a, around(a, buf_cstr(&b), ""), &r) == (levels == 29));
	}
	arena_free(a);
}

/* "type rooms|except|names|close uid name args id", or "no". */
static const char *request(struct arena *a, const char *json)
{
	struct sio_request r;
	if (!sio_adapter_request(a, json, strlen(json), &r))
		return "no";
	return arena_printf(a, "%d %s|%s|%s|%d|%s|%s|%s|%s", (int)r.type, names(a, &r.rooms), names(a, &r.except),
		names(a, &r.names), (int)r.close, r.uid, r.name, r.args, r.id ? r.id : "-");
}

TEST(sio_adapter, the_emitters_requests_are_read)
{
	static const struct {
		const char *json, *means;
	} cases[] = {
		{ "{\"type\":2,\"opts\":{\"rooms\":[],\"except\":[]},\"rooms\":[\"r1\"]}", "2 ||r1|0||||-" },
		{ "{\"type\":2,\"opts\":{\"rooms\":[\"r0\"],\"except\":[\"z\"]},\"rooms\":[\"r1\",\"r2\"]}",
			"2 r0|z|r1 r2|0||||-" },
		{ "{\"type\":3,\"opts\":{\"rooms\":[7],\"except\":[]},\"rooms\":[8]}", "3 7||8|0||||-" },
		{ "{\"type\":4,\"opts\":{\"rooms\":[],\"except\":[]},\"close\":false}", "4 |||0||||-" },
		{ "{\"type\":4,\"opts\":{\"rooms\":[\"bad\"],\"except\":[]},\"close\":true}", "4 bad|||1||||-" },
		{ "{\"uid\":\"emitter\",\"type\":6,\"data\":[\"ping\",1,{\"a\":\"b\"}]}",
			"6 |||0|emitter|ping|1,{\"a\":\"b\"}|-" },
		{ "{\"uid\":\"x\",\"type\":6,\"data\":[\"ping\"],\"requestId\":\"id\"}", "6 |||0|x|ping||id" },
		{ "", "no" },
		{ "{}", "no" },
		{ "[]", "no" },
		{ "{\"type\":2,\"sid\":\"s\",\"room\":\"r\"}", "no" }, /* of adapters before 6 */
		{ "{\"type\":2,\"opts\":{},\"rooms\":[null]}", "no" },
		{ "{\"type\":2,\"opts\":{},\"rooms\":[-1]}", "no" },
		{ "{\"type\":2,\"opts\":{\"rooms\":1},\"rooms\":[]}", "no" },
		{ "{\"type\":2,\"opts\":{}}", "no" },
		{ "{\"type\":3,\"opts\":[],\"rooms\":[]}", "no" },
		{ "{\"type\":5,\"opts\":{},\"requestId\":\"x\"}", "no" },
		{ "{\"type\":\"2\",\"opts\":{},\"rooms\":[]}", "no" },
		{ "{\"type\":6,\"data\":[]}", "no" },
		{ "{\"type\":6,\"data\":[1]}", "no" },
		{ "{\"type\":6,\"data\":[\"a\\u0000\"]}", "no" },
		{ "{\"type\":6,\"data\":[\"e\"]", "no" },
	};
	struct arena *a = arena_new(0);
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
		CHECK_TEXT(request(a, cases[i].json), cases[i].means);
	struct buf deep = { .mem = a };
	for (int i = 0; i < 31; i++)
		buf_char(&deep, '[');
	for (int i = 0; i < 31; i++)
		buf_char(&deep, ']');
	CHECK_TEXT(request(a, arena_printf(a, "{\"type\":6,\"data\":[\"e\",%s]}", buf_cstr(&deep))), "no");
	arena_free(a);
}

TEST(sio_adapter, channels_are_those_of_the_emitter)
{
	struct arena *a = arena_new(0);
	char out[SIO_REMOTE_CHANNEL_MAX + 1], name[SIO_ROOM_MAX] = { 0 };
	CHECK(sio_adapter_channel(out, "socket.io", "/", NULL));
	CHECK_TEXT(out, "socket.io#/#");
	CHECK(sio_adapter_channel(out, "socket.io", "/admin", "room1"));
	CHECK_TEXT(out, "socket.io#/admin#room1#");
	memset(name, 'r', sizeof name - 1);
	const char *prefix = arena_printf(a, "%.50s", name);
	CHECK(sio_adapter_channel(out, prefix, "/", name)); /* 50 + 1 + 1 + 1 + 199 + 1 */
	CHECK_INT(strlen(out), 253);
	CHECK(sio_adapter_channel(out, prefix, "/1234", name)); /* too long: the channel of all */
	CHECK_TEXT(out, arena_printf(a, "%s#/1234#", prefix));
	CHECK(!sio_adapter_channel(out, arena_printf(a, "%s%s", name, prefix), "/12345", NULL));
	arena_free(a);
}
