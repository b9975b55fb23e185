#include "http/websocket.h"

#include "base/buf.h"
#include "base/test.h"

#include <stdlib.h>
#include <string.h>

enum { FIN = 0x80, MORE = 0, RSV1 = 0x40, CONT = 0, TEXT = 1, BIN = 2, CLOSE = 8, PING = 9, PONG = 10 };

/* A client with its session: frames go in, and what comes of them is noted. */
struct client {
	struct ws *w;
	struct buf in; /* frames not fed yet */
	struct buf got; /* messages, "T" or "B" in front, a ';' behind each */
	int messages, pongs, closed; /* closed: the code of on_close, 0 before */
	char reason[128];
	bool echo;
};

static void on_message(void *arg, struct ws *w, enum ws_kind kind, const char *p, size_t n)
{
	struct client *c = arg;
	CHECK(p[n] == 0);
	c->messages++;
	buf_char(&c->got, kind == WS_TEXT ? 'T' : 'B');
	buf_add(&c->got, p, n);
	buf_char(&c->got, ';');
	if (c->echo)
		ws_send(w, kind, p, n);
}

static void on_close(void *arg, struct ws *w, int code, const char *reason, size_t n)
{
	struct client *c = arg;
	CHECK(w == c->w);
	CHECK_INT(c->closed, 0); /* once */
	c->closed = code;
	memcpy(c->reason, reason, n);
	c->reason[n] = 0;
}

static void on_pong(void *arg, struct ws *w)
{
	(void)w;
	((struct client *)arg)->pongs++;
}

static void client_init(struct client *c, const struct ws_limits *limits)
{
	*c = (struct client){ 0 };
	struct ws_handler h = { on_message, on_close, on_pong, c };
	c->w = ws_new(&h, limits);
}

static const struct ws_limits deflating = { .window = WS_WINDOW_MAX };

static void client_fini(struct client *c)
{
	ws_free(c->w);
	buf_free(&c->in);
	buf_free(&c->got);
}

/* The head of a frame with its mask, the length in the shortest form. */
static void put_head(struct buf *b, int first, size_t n, bool masked)
{
	int bit = masked ? 0x80 : 0;
	buf_char(b, (char)first);
	if (n < 126) {
		buf_char(b, (char)(bit | (int)n));
	} else if (n < 65536) {
		buf_char(b, (char)(bit | 126));
		buf_char(b, (char)(n >> 8));
		buf_char(b, (char)n);
	} else {
		buf_char(b, (char)(bit | 127));
		for (int shift = 56; shift >= 0; shift -= 8)
			buf_char(b, (char)(n >> shift));
	}
}

static const unsigned char mask[4] = { 0x37, 0xfa, 0x21, 0x3d };

static void put(struct client *c, int first, const char *p, size_t n)
{
	put_head(&c->in, first, n, true);
	buf_add(&c->in, mask, 4);
	for (size_t i = 0; i < n; i++)
		buf_char(&c->in, (char)(p[i] ^ mask[i % 4]));
}

static void put_text(struct client *c, int first, const char *text)
{
	put(c, first, text, strlen(text));
}

static void feed(struct client *c, size_t piece)
{
	for (size_t i = 0; i < c->in.n; i += piece)
		ws_feed(c->w, c->in.p + i, c->in.n - i < piece ? c->in.n - i : piece);
	c->in.n = 0;
}

static const char *got(struct client *c)
{
	return buf_cstr(&c->got);
}

/* The output is exactly this frame; then it counts as written. */
static void check_sent(struct client *c, int first, const char *payload, size_t payload_n)
{
	struct buf want = { 0 };
	put_head(&want, first, payload_n, false);
	buf_add(&want, payload, payload_n);
	size_t n;
	const char *p = ws_output(c->w, &n);
	CHECK_BYTES(p, n, want.p, want.n);
	ws_sent(c->w, n);
	buf_free(&want);
}

static void check_silent(const struct client *c)
{
	size_t n;
	ws_output(c->w, &n);
	CHECK_INT(n, 0);
}

/* The session failed with this code: a close frame with it went out, and nothing is read any more. */
static void check_failed(struct client *c, int code)
{
	size_t n;
	const unsigned char *p = (const unsigned char *)ws_output(c->w, &n);
	CHECK_INT(c->closed, code);
	CHECK(n >= 4 && p[0] == (FIN | CLOSE) && p[1] == n - 2);
	CHECK_INT(p[2] << 8 | p[3], code);
	CHECK(ws_done(c->w) && ws_closing(c->w));
	CHECK(!ws_send(c->w, WS_TEXT, "x", 1));
}

TEST(ws, messages_of_every_length_come_back)
{
	static const size_t sizes[] = { 0, 1, 125, 126, 127, 128, 4095, 4096, 65535, 65536, 131072 };
	static const size_t pieces[] = { 1, 997, 1 << 20 };
	char *data = calloc(1, 131072);
	memset(data, '*', 131072);
	for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++)
		for (size_t k = 0; k < 6; k++) {
			struct client c;
			client_init(&c, NULL);
			c.echo = true;
			put(&c, FIN | (k % 2 ? TEXT : BIN), data, sizes[i]);
			feed(&c, pieces[k / 2]);
			CHECK_INT(c.messages, 1);
			check_sent(&c, FIN | (k % 2 ? TEXT : BIN), data, sizes[i]);
			CHECK_INT(c.closed, 0);
			client_fini(&c);
		}
	free(data);
}

TEST(ws, sixteen_mib_is_a_message_and_one_byte_more_is_not)
{
	const size_t n = 16 << 20;
	char *data = calloc(1, n + 1);
	struct client c;
	client_init(&c, NULL);
	c.echo = true;
	put(&c, FIN | BIN, data, n);
	feed(&c, 65536);
	check_sent(&c, FIN | BIN, data, n);
	put(&c, FIN | BIN, data, n + 1);
	feed(&c, 65536);
	CHECK_INT(c.messages, 1);
	check_failed(&c, WS_TOO_BIG);
	client_fini(&c);
	free(data);
}

TEST(ws, a_length_past_the_limit_is_refused_before_its_bytes_come)
{
	static const char huge[] = "\x82\xff\x7f\xff\xff\xff\xff\xff\xff\xff\0\0\0\0x";
	struct client c;
	client_init(&c, NULL);
	ws_feed(c.w, huge, sizeof huge - 1);
	check_failed(&c, WS_TOO_BIG);
	client_fini(&c);
}

TEST(ws, fragments_are_joined_with_pings_between_them)
{
	static const size_t pieces[] = { 1, 2, 3, 5, 1000 };
	for (size_t i = 0; i < sizeof pieces / sizeof *pieces; i++) {
		struct client c;
		client_init(&c, NULL);
		put_text(&c, MORE | TEXT, "frag");
		put_text(&c, FIN | PING, "one");
		put_text(&c, MORE | CONT, "");
		put_text(&c, MORE | CONT, "men");
		put_text(&c, FIN | PONG, "unasked");
		put_text(&c, FIN | CONT, "ted");
		put_text(&c, FIN | BIN, "next");
		feed(&c, pieces[i]);
		CHECK_TEXT(got(&c), "Tfragmented;Bnext;");
		CHECK_INT(c.pongs, 1);
		check_sent(&c, FIN | PONG, "one", 3);
		client_fini(&c);
	}
}

TEST(ws, messages_of_empty_fragments_are_empty)
{
	struct client c;
	client_init(&c, NULL);
	put_text(&c, MORE | TEXT, "");
	put_text(&c, MORE | CONT, "");
	put_text(&c, FIN | CONT, "");
	feed(&c, 1);
	CHECK_TEXT(got(&c), "T;");
	client_fini(&c);
}

TEST(ws, the_limit_of_fragments_is_exact)
{
	for (int extra = 0; extra < 2; extra++) {
		struct client c;
		client_init(&c, NULL);
		put_text(&c, MORE | TEXT, "x");
		for (int i = 0; i < 65534 + extra; i++)
			put_text(&c, MORE | CONT, "x");
		put_text(&c, FIN | CONT, "x");
		feed(&c, 4096);
		CHECK_INT(c.messages, !extra);
		if (extra)
			check_failed(&c, WS_TOO_BIG);
		client_fini(&c);
	}
}

TEST(ws, the_limit_of_a_message_counts_all_its_fragments)
{
	struct client c;
	client_init(&c, &(struct ws_limits){ .message = 10 });
	put_text(&c, MORE | TEXT, "12345");
	put_text(&c, FIN | CONT, "67890");
	put_text(&c, MORE | TEXT, "12345");
	put_text(&c, FIN | CONT, "678901");
	feed(&c, 3);
	CHECK_TEXT(got(&c), "T1234567890;");
	check_failed(&c, WS_TOO_BIG);
	client_fini(&c);
}

TEST(ws, pings_are_answered_with_their_payload)
{
	char data[125];
	memset(data, 0xfe, sizeof data);
	static const size_t sizes[] = { 0, 1, 125 };
	for (size_t i = 0; i < 3; i++) {
		struct client c;
		client_init(&c, NULL);
		put(&c, FIN | PING, data, sizes[i]);
		feed(&c, 1);
		check_sent(&c, FIN | PONG, data, sizes[i]);
		client_fini(&c);
	}
}

TEST(ws, of_pings_behind_a_stuck_output_the_last_is_answered)
{
	struct client c;
	client_init(&c, NULL);
	static char big[100000];
	CHECK(ws_send(c.w, WS_BINARY, big, sizeof big));
	for (int i = 0; i < 1000; i++)
		put_text(&c, FIN | PING, i < 999 ? "old" : "new");
	feed(&c, 4096);
	size_t n, big_n;
	ws_output(c.w, &big_n);
	CHECK_INT(big_n, sizeof big + 10);
	ws_sent(c.w, sizeof big);
	const char *p = ws_output(c.w, &n);
	CHECK_INT(n, 10 + 5);
	CHECK_BYTES(p + 10, 5, "\x8a\x03new", 5);
	client_fini(&c);
}

TEST(ws, malformed_frames_end_with_1002)
{
	static const struct {
		const char *bytes;
		size_t n;
	} cases[] = {
		{ "\x81\x01x", 3 }, /* no mask */
		{ "\x81\x00", 2 }, { "\xc1\x81\0\0\0\0x", 7 }, /* reserved bits */
		{ "\xa1\x81\0\0\0\0x", 7 }, { "\x91\x81\0\0\0\0x", 7 }, { "\xf1\x81\0\0\0\0x", 7 },
		{ "\xd9\x80\0\0\0\0", 6 }, { "\x83\x80\0\0\0\0", 6 }, /* reserved opcodes */
		{ "\x87\x80\0\0\0\0", 6 }, { "\x8b\x80\0\0\0\0", 6 }, { "\x8f\x81\0\0\0\0x", 7 },
		{ "\x09\x80\0\0\0\0", 6 }, /* control frames in fragments */
		{ "\x08\x80\0\0\0\0", 6 }, { "\x89\xfe\x00\x7e\0\0\0\0x", 9 }, /* control frames too long */
		{ "\x8a\xff\0\0\0\0\0\1\0\0\0\0\0\0x", 15 }, { "\x80\x81\0\0\0\0x", 7 }, /* continuations of nothing */
		{ "\x00\x81\0\0\0\0x", 7 }, { "\x01\x81\0\0\0\0x\x81\x81\0\0\0\0y", 14 }, /* a message inside another */
		{ "\x01\x81\0\0\0\0x\x02\x81\0\0\0\0y", 14 }, { "\x01\x80\0\0\0\0\x01\x80\0\0\0\0", 12 },
		{ "\x81\xfe\x00\x05\0\0\0\0hello", 13 }, /* lengths not in the shortest form */
		{ "\x81\xff\0\0\0\0\0\0\0\5\0\0\0\0hello", 19 },
		{ "\x81\xff\x80\0\0\0\0\0\0\0\0\0\0\0h", 15 }, /* the highest bit */
	};
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
		for (size_t piece = 1; piece < 20; piece += 18) {
			struct client c;
			client_init(&c, NULL);
			buf_add(&c.in, cases[i].bytes, cases[i].n);
			put_text(&c, FIN | TEXT, "never read");
			feed(&c, piece);
			if (c.closed != WS_PROTOCOL_ERROR)
				test_fail(__FILE__, __LINE__, "case %zu: %d", i, c.closed);
			CHECK_INT(c.messages, 0);
			check_failed(&c, WS_PROTOCOL_ERROR);
			client_fini(&c);
		}
}

TEST(ws, text_fails_at_its_first_wrong_byte)
{
	static const struct {
		const char *text;
		size_t at; /* index of the byte that makes it impossible */
	} cases[] = {
		{ "\xce\xba\xe1\xbd\xb9\xcf\x83\xce\xbc\xce\xb5\xf4\x90\x80\x80\x65\x64\x69\x74\x65\x64", 12 },
		{ "\xce\xba\xe1\xbd\xb9\xcf\x83\xce\xbc\xce\xb5\xed\xa0\x80\x65\x64\x69\x74\x65\x64", 12 },
		{ "\x80", 0 },
		{ "\xff", 0 },
		{ "\xc0\xaf", 0 },
		{ "\xe0\x80\xaf", 1 },
		{ "\xf8\x88\x80\x80\x80", 0 },
		{ "\xfc\x84\x80\x80\x80\x80", 0 },
		{ "abc\xc3(", 4 },
		{ "\xed\xaf\xbf\xed\xbf\xbf", 1 },
		{ "\xf7\xbf\xbf\xbf", 0 },
		{ "a text that is long enough \xf0\x9f\x98 and goes on", 30 },
	};
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct client c;
		client_init(&c, NULL);
		put_text(&c, FIN | TEXT, cases[i].text);
		for (size_t k = 0; k < 6 + cases[i].at; k++)
			ws_feed(c.w, c.in.p + k, 1);
		CHECK_INT(c.closed, 0);
		ws_feed(c.w, c.in.p + 6 + cases[i].at, 1); /* within the frame, before its end is here */
		check_failed(&c, WS_NOT_UTF8);
		CHECK_INT(c.messages, 0);
		client_fini(&c);
	}
}

TEST(ws, text_fails_in_a_fragment_before_the_message_ends)
{
	struct client c;
	client_init(&c, NULL);
	put_text(&c, MORE | TEXT, "\xce\xba\xe1\xbd");
	feed(&c, 100);
	CHECK_INT(c.closed, 0);
	put_text(&c, MORE | CONT, "z");
	feed(&c, 100);
	check_failed(&c, WS_NOT_UTF8);
	client_fini(&c);
}

TEST(ws, characters_may_be_cut_by_fragments_and_pings)
{
	static const char text[] = "\xf0\x9f\x98\x80\xe2\x82\xac\xc3\xa9\xef\xbf\xbf\xf4\x8f\xbf\xbf";
	struct client c;
	client_init(&c, NULL);
	for (size_t i = 0; i < sizeof text - 1; i++) {
		put(&c, (i == sizeof text - 2 ? FIN : MORE) | (i ? CONT : TEXT), text + i, 1);
		put_text(&c, FIN | PING, "");
	}
	feed(&c, 2);
	CHECK_INT(c.closed, 0);
	CHECK_INT(c.messages, 1);
	CHECK_BYTES(c.got.p + 1, c.got.n - 2, text, sizeof text - 1);
	client_fini(&c);
}

TEST(ws, text_that_ends_inside_a_character_is_refused)
{
	static const char *const cases[] = { "\xce", "abc\xe2\x82", "\xf0\x9f\x98" };
	for (size_t i = 0; i < 3; i++) {
		struct client c;
		client_init(&c, NULL);
		put_text(&c, FIN | TEXT, cases[i]);
		feed(&c, 100);
		check_failed(&c, WS_NOT_UTF8);
		client_fini(&c);
	}
}

TEST(ws, binary_is_not_text)
{
	struct client c;
	client_init(&c, NULL);
	put_text(&c, FIN | BIN, "\xff\xc0\x80");
	feed(&c, 1);
	CHECK_TEXT(got(&c), "B\xff\xc0\x80;");
	CHECK_INT(c.closed, 0);
	client_fini(&c);
}

TEST(ws, a_close_is_answered_with_its_code)
{
	static const int codes[] = { 1000, 1001, 1002, 1003, 1007, 1008, 1009, 1010, 1011, 1012, 1013, 1014, 3000, 3999,
		4000, 4999 };
	for (size_t i = 0; i < sizeof codes / sizeof *codes; i++) {
		struct client c;
		client_init(&c, NULL);
		char payload[5] = { (char)(codes[i] >> 8), (char)codes[i], 'b', 'y', 'e' };
		put(&c, FIN | CLOSE, payload, 5);
		put_text(&c, FIN | TEXT, "never read");
		put_text(&c, FIN | PING, "neither");
		feed(&c, 4);
		CHECK_INT(c.closed, codes[i]);
		CHECK_TEXT(c.reason, "bye");
		CHECK_INT(c.messages, 0);
		check_sent(&c, FIN | CLOSE, payload, 2);
		CHECK(ws_done(c.w));
		ws_gone(c.w); /* says nothing more */
		client_fini(&c);
	}
}

TEST(ws, an_empty_close_is_answered_with_one)
{
	struct client c;
	client_init(&c, NULL);
	put_text(&c, FIN | CLOSE, "");
	feed(&c, 1);
	CHECK_INT(c.closed, WS_NO_STATUS);
	check_sent(&c, FIN | CLOSE, "", 0);
	client_fini(&c);
}

TEST(ws, malformed_closes_are_refused)
{
	static const struct {
		const char *payload;
		size_t n;
		int want;
	} cases[] = {
		{ "\x03", 1, 1002 }, /* half a code */
		{ "\0\0", 2, 1002 },
		{ "\x03\xe7", 2, 1002 }, /* 999 */
		{ "\x03\xec", 2, 1002 }, /* 1004 */
		{ "\x03\xed", 2, 1002 }, /* 1005 */
		{ "\x03\xee", 2, 1002 }, /* 1006 */
		{ "\x03\xf7", 2, 1002 }, /* 1015 */
		{ "\x03\xf8", 2, 1002 }, /* 1016 */
		{ "\x04\x4c", 2, 1002 }, /* 1100 */
		{ "\x07\xd0", 2, 1002 }, /* 2000 */
		{ "\x0b\xb7", 2, 1002 }, /* 2999 */
		{ "\x13\x88", 2, 1002 }, /* 5000 */
		{ "\xff\xff", 2, 1002 },
		{ "\x03\xe8\xff", 3, 1007 },
		{ "\x03\xe8\xe2\x82", 4, 1007 },
		{ "\x03\xe8\xce\xba\xed\xa0\x80", 7, 1007 },
	};
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct client c;
		client_init(&c, NULL);
		put(&c, FIN | CLOSE, cases[i].payload, cases[i].n);
		feed(&c, 3);
		check_failed(&c, cases[i].want);
		client_fini(&c);
	}
}

TEST(ws, our_close_waits_for_the_clients)
{
	struct client c;
	client_init(&c, NULL);
	ws_close(c.w, WS_GOING_AWAY, "restart");
	check_sent(&c, FIN | CLOSE, "\x03\xe9restart", 9);
	CHECK(ws_closing(c.w) && !ws_done(c.w));
	CHECK(!ws_send(c.w, WS_TEXT, "x", 1) && !ws_ping(c.w));
	put_text(&c, FIN | TEXT, "on its way");
	put_text(&c, FIN | PING, "");
	feed(&c, 2);
	CHECK_INT(c.messages, 0);
	CHECK_INT(c.closed, 0);
	put(&c, FIN | CLOSE, "\x03\xe9", 2);
	feed(&c, 2);
	CHECK_INT(c.closed, WS_GOING_AWAY);
	CHECK(ws_done(c.w));
	check_silent(&c); /* one close frame is enough */
	client_fini(&c);
}

TEST(ws, a_long_reason_is_cut_between_characters)
{
	struct client c;
	client_init(&c, NULL);
	char reason[200] = "", want[125] = "\x03\xf3";
	for (size_t i = 0; i < 60; i++)
		memcpy(reason + 3 * i, "\xe2\x82\xac", 4);
	memcpy(want + 2, reason, 123);
	ws_close(c.w, WS_FAILED, reason);
	check_sent(&c, FIN | CLOSE, want, 125);
	client_fini(&c);
	client_init(&c, NULL);
	memmove(reason + 2, reason, 181);
	memcpy(reason, "yz", 2);
	ws_close(c.w, WS_FAILED, reason);
	size_t n;
	ws_output(c.w, &n);
	CHECK_INT(n, 2 + 2 + 122); /* two letters and 40 euro signs: one byte more would cut the next */
	client_fini(&c);
}

TEST(ws, a_client_that_does_not_read_is_cut)
{
	struct client c;
	client_init(&c, &(struct ws_limits){ .output = 1000 });
	char data[600] = "";
	CHECK(ws_send(c.w, WS_BINARY, data, sizeof data));
	CHECK(!ws_send(c.w, WS_BINARY, data, sizeof data));
	CHECK(ws_done(c.w));
	check_silent(&c);
	CHECK_INT(c.closed, 0); /* never called from within ws_send() */
	ws_gone(c.w);
	CHECK_INT(c.closed, WS_POLICY);
	client_fini(&c);
}

TEST(ws, frames_that_are_written_for_many_are_those_of_each)
{
	struct client c;
	struct buf frames = { 0 };
	static const struct ws_limits narrow = { .output = 100 };
	client_init(&c, &narrow);
	ws_frame(&frames, WS_TEXT, "one", 3);
	ws_frame(&frames, WS_BINARY, "two", 3);
	CHECK(ws_send(c.w, WS_TEXT, "one", 3) && ws_send(c.w, WS_BINARY, "two", 3));
	size_t n;
	const char *p = ws_output(c.w, &n);
	CHECK_BYTES(p, n, frames.p, frames.n);
	ws_sent(c.w, n);
	CHECK(!ws_may_frames(c.w, 101)); /* ws_send() would cut it */
	ws_send_frames(c.w, frames.p, frames.n);
	CHECK(!ws_may_frames(c.w, 100 - frames.n + 1));
	CHECK(ws_may_frames(c.w, 100 - frames.n));
	ws_close(c.w, WS_NORMAL, NULL);
	CHECK(!ws_may_frames(c.w, 1));
	client_fini(&c);
	client_init(&c, &deflating);
	CHECK(!ws_may_frames(c.w, frames.n)); /* it compresses for itself */
	client_fini(&c);
	buf_free(&frames);
}

TEST(ws, a_client_that_vanishes_is_noted_once)
{
	struct client c;
	client_init(&c, NULL);
	put_text(&c, MORE | TEXT, "half of");
	feed(&c, 3);
	ws_gone(c.w);
	ws_gone(c.w);
	CHECK_INT(c.closed, WS_ABNORMAL);
	client_fini(&c);
	ws_free(NULL);
}

TEST(ws, output_written_in_bits_is_whole)
{
	struct client c;
	client_init(&c, NULL);
	struct buf seen = { 0 }, want = { 0 };
	for (int i = 0; i < 200; i++) {
		char text[16];
		int n = snprintf(text, sizeof text, "message %d", i);
		CHECK(ws_send(c.w, WS_TEXT, text, (size_t)n));
		put_head(&want, FIN | TEXT, (size_t)n, false);
		buf_add(&want, text, (size_t)n);
		size_t waits, take;
		const char *p = ws_output(c.w, &waits);
		take = waits < 9 ? waits : 9;
		buf_add(&seen, p, take);
		ws_sent(c.w, take);
	}
	size_t n;
	for (const char *p; (p = ws_output(c.w, &n)), n; ws_sent(c.w, n > 50 ? 50 : n))
		buf_add(&seen, p, n > 50 ? 50 : n);
	CHECK_BYTES(seen.p, seen.n, want.p, want.n);
	buf_free(&seen);
	buf_free(&want);
	client_fini(&c);
}

static void hang_up(void *arg, struct ws *w, enum ws_kind kind, const char *p, size_t n)
{
	(void)kind, (void)p, (void)n;
	++*(int *)arg;
	ws_close(w, WS_NORMAL, NULL);
}

TEST(ws, closing_inside_a_message_stops_the_next_one)
{
	int messages = 0;
	struct ws_handler h = { .on_message = hang_up, .arg = &messages };
	struct client c;
	client_init(&c, NULL);
	struct ws *w = ws_new(&h, NULL);
	put_text(&c, FIN | TEXT, "one");
	put_text(&c, FIN | TEXT, "two");
	put(&c, FIN | CLOSE, "\x03\xe8", 2);
	ws_feed(w, c.in.p, c.in.n);
	CHECK_INT(messages, 1);
	CHECK(ws_done(w));
	ws_free(w);
	client_fini(&c);
}

/* --- compressed messages (RFC 7692) ---------------------------------------------------------------------------------- */

static void put_deflated(struct client *c, int first, const char *p, size_t n)
{
	struct buf b = { 0 };
	CHECK(ws_deflate(WS_WINDOW_MAX, p, n, &b));
	put(c, first | RSV1, b.p, b.n);
	buf_free(&b);
}

static char *filled(size_t n, char c)
{
	char *p = malloc(n + 1);
	CHECK(p != NULL);
	memset(p, c, n);
	p[n] = 0;
	return p;
}

TEST(ws, the_examples_of_rfc_7692_are_read)
{
	static const struct {
		const char *p;
		size_t n;
		const char *want;
	} cases[] = {
		{ "\xf2\x48\xcd\xc9\xc9\x07\x00", 7, "THello;" }, /* 7.2.3.1 */
		{ "\x00\x05\x00\xfa\xff\x48\x65\x6c\x6c\x6f\x00", 11, "THello;" }, /* 7.2.3.3: not compressed */
		{ "\xf3\x48\xcd\xc9\xc9\x07\x00\x00", 8, "THello;" }, /* 7.2.3.4: BFINAL */
		{ "\xf2\x48\x05\x00\x00\x00\xff\xff\xca\xc9\xc9\x07\x00", 13, "THello;" }, /* 7.2.3.5 */
		{ "\x00", 1, "T;" }, /* 7.2.3.6 */
		{ "\xf3\x48\xcd\xc9\xc9\x07\x00", 7, "THello;" }, /* BFINAL, and no empty block behind it */
		{ "", 0, "T;" },
	};
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
		for (size_t piece = 1; piece <= 100; piece += 99) {
			struct client c;
			client_init(&c, &deflating);
			put(&c, FIN | RSV1 | TEXT, cases[i].p, cases[i].n);
			feed(&c, piece);
			CHECK_TEXT(got(&c), cases[i].want);
			check_silent(&c);
			client_fini(&c);
		}
}

TEST(ws, a_compressed_message_comes_in_fragments_with_pings_between_them)
{
	struct client c;
	client_init(&c, &deflating);
	put(&c, MORE | RSV1 | TEXT, "\xf2\x48\xcd", 3); /* 7.2.3.1 */
	put(&c, FIN | PING, "p", 1);
	put(&c, MORE | CONT, "", 0);
	put(&c, FIN | CONT, "\xc9\xc9\x07\x00", 4);
	put_text(&c, FIN | TEXT, "plain"); /* what is agreed on need not be used */
	feed(&c, 1);
	CHECK_TEXT(got(&c), "THello;Tplain;");
	check_sent(&c, FIN | PONG, "p", 1);
	client_fini(&c);
}

TEST(ws, no_window_is_kept_between_messages)
{
	struct client c;
	client_init(&c, &deflating);
	put(&c, FIN | RSV1 | TEXT, "\xf2\x48\xcd\xc9\xc9\x07\x00", 7);
	put(&c, FIN | RSV1 | TEXT, "\xf2\x00\x11\x00\x00", 5); /* 7.2.3.2: points into the message before */
	feed(&c, 100);
	CHECK_TEXT(got(&c), "THello;");
	check_failed(&c, WS_NOT_UTF8);
	client_fini(&c);
}

TEST(ws, broken_compressed_messages_end_with_1007)
{
	static const struct {
		const char *p;
		size_t n;
	} cases[] = {
		{ "\xf2\x48\xcd\xc9", 4 }, /* ends inside a block */
		{ "\x00\x05\x00\xfa\xff\x48\x65", 7 }, /* ends inside what is not compressed */
		{ "\x00\x05\x00\xfb\xff\x48\x65\x6c\x6c\x6f\x00", 11 }, /* its length and its complement differ */
		{ "\x06", 1 }, /* a block of a kind that there is not */
		{ "\xf2\x48\xcd\xc9\xc9\x07\x00\xff\xff", 9 }, /* something behind it */
		{ "\xf3\x48\xcd\xc9\xc9\x07\x00junk", 11 }, /* something behind its last block */
		{ "\x78\x9c\xf3\x48\xcd\xc9\xc9\x07\x00\x05\x8c\x01\xf5", 13 }, /* a head and tail of zlib */
	};
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct client c;
		client_init(&c, &deflating);
		put(&c, FIN | RSV1 | BIN, cases[i].p, cases[i].n);
		put_text(&c, FIN | TEXT, "after");
		feed(&c, 1);
		CHECK_INT(c.messages, 0);
		check_failed(&c, WS_NOT_UTF8);
		client_fini(&c);
	}
}

TEST(ws, the_first_reserved_bit_is_for_the_first_frame_of_a_message_alone)
{
	static const int wrong[] = { FIN | RSV1 | PING, FIN | RSV1 | PONG, FIN | RSV1 | CLOSE, FIN | RSV1 | CONT,
		FIN | RSV1 | 0x20 | TEXT, FIN | 0x20 | TEXT, FIN | 0x10 | TEXT, FIN | RSV1 | 3 };
	for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
		struct client c;
		client_init(&c, &deflating);
		if ((wrong[i] & 15) == CONT)
			put(&c, MORE | RSV1 | TEXT, "\xf2\x48\xcd", 3);
		put(&c, wrong[i], "\x00", 1);
		feed(&c, 100);
		check_failed(&c, WS_PROTOCOL_ERROR);
		client_fini(&c);
	}
	struct client c;
	client_init(&c, NULL); /* nothing was agreed on */
	put(&c, FIN | RSV1 | TEXT, "\x00", 1);
	feed(&c, 100);
	check_failed(&c, WS_PROTOCOL_ERROR);
	client_fini(&c);
}

TEST(ws, compressed_text_is_checked_once_it_is_inflated)
{
	struct client c;
	client_init(&c, &deflating);
	put(&c, FIN | RSV1 | TEXT, "\x00\x02\x00\xfd\xff\xc3\xa9\x00", 8);
	put(&c, FIN | RSV1 | BIN, "\x00\x02\x00\xfd\xff\xc3\x28\x00", 8); /* binary is not text */
	put(&c, FIN | RSV1 | TEXT, "\x00\x02\x00\xfd\xff\xc3\x28\x00", 8);
	feed(&c, 100);
	CHECK_TEXT(got(&c), "T\xc3\xa9;B\xc3\x28;");
	check_failed(&c, WS_NOT_UTF8);
	client_fini(&c);
	client_init(&c, &deflating);
	put(&c, FIN | RSV1 | TEXT, "\x00\x01\x00\xfe\xff\xc3\x00", 7); /* ends inside a character */
	feed(&c, 100);
	check_failed(&c, WS_NOT_UTF8);
	client_fini(&c);
}

TEST(ws, the_limit_of_a_compressed_message_is_exact)
{
	enum { N = 100000 };
	char *p = filled(N + 1, 'a');
	struct client c;
	client_init(&c, &(struct ws_limits){ .message = N, .window = WS_WINDOW_MAX });
	put_deflated(&c, FIN | TEXT, p, N);
	put_deflated(&c, FIN | TEXT, p, N - 1);
	put_deflated(&c, FIN | TEXT, p, N + 1);
	feed(&c, 1000);
	CHECK_INT(c.messages, 2);
	CHECK_INT(c.got.n, N + N - 1 + 4);
	check_failed(&c, WS_TOO_BIG);
	client_fini(&c);
	free(p);
}

/* Ten kilobytes that would be ten megabytes: only as much is inflated as the door takes. */
TEST(ws, advisory_decompression_bomb_is_stopped_while_it_is_inflated)
{
	enum { BOMB = 10 << 20, DOOR = 50000 };
	char *p = filled(BOMB, 'a');
	struct buf small = { 0 }, out = { 0 };
	CHECK(ws_deflate(WS_WINDOW_MAX, p, BOMB, &small));
	free(p);
	CHECK(small.n < 70000 && small.n * 100 < BOMB);
	CHECK_INT(ws_inflate(small.p, small.n, DOOR, &out), WS_INFLATE_TOO_BIG);
	CHECK_INT(out.n, DOOR + 1);
	CHECK(out.cap <= 2 * DOOR + 64);
	struct client c;
	client_init(&c, &(struct ws_limits){ .message = DOOR, .window = WS_WINDOW_MAX });
	put(&c, FIN | RSV1 | BIN, small.p, small.n);
	feed(&c, 4096);
	CHECK_INT(c.messages, 0);
	check_failed(&c, WS_TOO_BIG);
	client_fini(&c);
	buf_free(&small);
	buf_free(&out);
}

/* Empty blocks without end say nothing and cost their bytes: they are bounded as such. */
TEST(ws, advisory_decompression_bomb_of_nothing_is_refused_by_its_length)
{
	struct client c;
	client_init(&c, &(struct ws_limits){ .message = 8000, .window = WS_WINDOW_MAX });
	put_head(&c.in, MORE | RSV1 | BIN, 8000 + 1000, true);
	buf_add(&c.in, mask, 4);
	char *zeros = filled(8000 + 1000, 0);
	for (size_t i = 0; i < 8000 + 1000; i++)
		zeros[i] = (char)(zeros[i] ^ mask[i % 4]);
	buf_add(&c.in, zeros, 8000 + 1000);
	free(zeros);
	feed(&c, 4096);
	check_silent(&c);
	put_head(&c.in, MORE | CONT, 1024 + 1, true); /* 8000 and an eighth and 1024: a byte more */
	buf_add(&c.in, mask, 4);
	buf_char(&c.in, 'x');
	feed(&c, 100);
	check_failed(&c, WS_TOO_BIG);
	client_fini(&c);
}

/* The frame that is sent for a message: its first byte, and its payload. */
static int sent_frame(struct client *c, const char **p, size_t *n)
{
	const unsigned char *out = (const unsigned char *)ws_output(c->w, n);
	size_t head = out[1] < 126 ? 2 : out[1] == 126 ? 4 : 10;
	*p = (const char *)out + head;
	*n -= head;
	return out[0];
}

TEST(ws, long_messages_are_sent_compressed_and_others_as_they_are)
{
	struct client c;
	struct buf back = { 0 };
	const char *p;
	size_t n;
	char *long_text = filled(5000, 'x'), *random = filled(5000, 0);
	uint32_t state = 1;
	for (size_t i = 0; i < 5000; i++)
		random[i] = (char)((state = state * 1664525 + 1013904223) >> 24);

	client_init(&c, &(struct ws_limits){ .window = WS_WINDOW_MIN });
	CHECK(ws_send(c.w, WS_TEXT, long_text, 5000));
	CHECK_INT(sent_frame(&c, &p, &n), FIN | RSV1 | TEXT);
	CHECK(n < 100);
	CHECK_INT(ws_inflate(p, n, 5000, &back), WS_INFLATED);
	CHECK_BYTES(back.p, back.n, long_text, 5000);
	ws_output(c.w, &n);
	ws_sent(c.w, n);
	CHECK(ws_send(c.w, WS_TEXT, long_text, 1023)); /* short */
	check_sent(&c, FIN | TEXT, long_text, 1023);
	CHECK(ws_send(c.w, WS_BINARY, random, 5000)); /* it would be larger */
	check_sent(&c, FIN | BIN, random, 5000);
	CHECK(ws_send(c.w, WS_TEXT, "", 0));
	check_sent(&c, FIN | TEXT, "", 0);
	CHECK(ws_send(c.w, WS_BINARY, long_text, 1024));
	CHECK_INT(sent_frame(&c, &p, &n), FIN | RSV1 | BIN);
	client_fini(&c);

	client_init(&c, NULL); /* nothing was agreed on */
	CHECK(ws_send(c.w, WS_TEXT, long_text, 5000));
	check_sent(&c, FIN | TEXT, long_text, 5000);
	client_fini(&c);
	buf_free(&back);
	free(random);
	free(long_text);
}

TEST(ws, what_is_deflated_in_any_window_is_inflated_again)
{
	enum { N = 200000 };
	char *text = filled(N, 0);
	uint32_t state = 7;
	for (size_t i = 0; i < N; i++)
		text[i] = "roster \n"[(state = state * 1664525 + 1013904223) >> 29];
	for (int window = WS_WINDOW_MIN; window <= WS_WINDOW_MAX; window++)
		for (size_t n = 1; n <= N; n = n * 3 + 1) {
			struct buf small = { 0 }, back = { 0 };
			if (ws_deflate(window, text, n, &small)) {
				CHECK(small.n < n);
				CHECK_INT(ws_inflate(small.p, small.n, n, &back), WS_INFLATED);
				CHECK_BYTES(back.p, back.n, text, n);
				back.n = 0;
				CHECK_INT(ws_inflate(small.p, small.n / 2, n, &back), WS_INFLATE_BROKEN);
			}
			buf_free(&small);
			buf_free(&back);
		}
	free(text);
}
