/* Packets of both protocols. Sessions, namespaces and rooms: test/e2e/engineio.test.mjs, socketio.test.mjs. */
#include "base/test.h"
#include "realtime/eio_packet.h"
#include "realtime/sio_packet.h"

TEST(realtime, a_payload_holds_texts_and_bytes)
{
	struct arena *a = arena_new(0);
	static const char text[] = "4hello\x1e"
				   "bAQID\x1e"
				   "2\x1e"
				   "4";
	const char *p = text;
	size_t n = sizeof text - 1;
	struct eio_packet k;
	CHECK(eio_payload_read(a, &p, &n, &k) && k.type == EIO_MESSAGE && !k.binary);
	CHECK_BYTES(k.p, k.n, "hello", 5);
	CHECK(eio_payload_read(a, &p, &n, &k) && k.type == EIO_MESSAGE && k.binary);
	CHECK_BYTES(k.p, k.n, "\1\2\3", 3);
	CHECK(eio_payload_read(a, &p, &n, &k) && k.type == EIO_PING && k.n == 0 && p);
	CHECK(eio_payload_read(a, &p, &n, &k) && k.type == EIO_MESSAGE && k.n == 0 && !p);
	static const char *const wrong[] = { "", "x", "b*", "7", "\x1e", "/" };
	for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
		p = wrong[i];
		n = strlen(p);
		CHECK(!eio_payload_read(a, &p, &n, &k));
	}
	struct buf b = { .mem = a };
	eio_payload_add(&b, &(struct eio_packet){ EIO_MESSAGE, false, "hi", 2 });
	eio_payload_add(&b, &(struct eio_packet){ EIO_MESSAGE, true, "\1\2\3", 3 });
	CHECK_TEXT(buf_cstr(&b), "4hi\x1e"
				 "bAQID");
	arena_free(a);
}

/* "type nsp ack attachments name|args", or "no". */
static const char *read(struct arena *a, const char *text)
{
	struct sio_packet k;
	if (!sio_packet_read(a, text, strlen(text), &k))
		return "no";
	return arena_printf(
		a, "%c %s %lld %u %s|%s", k.type, k.nsp, (long long)k.ack, k.attachments, k.name ? k.name : "", k.args);
}

TEST(realtime, packets_are_read_as_they_are)
{
	static const struct {
		const char *text, *means;
	} rows[] = {
		{ "0", "0 / -1 0 |" },
		{ "0{\"a\":1}", "0 / -1 0 |" },
		{ "0/admin,{}", "0 /admin -1 0 |" },
		{ "0/admin?x=1,", "0 /admin -1 0 |" },
		{ "1/admin,", "1 /admin -1 0 |" },
		{ "2[\"e\"]", "2 / -1 0 e|" },
		{ "2/a,12[\"e\",1,[2]]", "2 /a 12 0 e|1,[2]" },
		{ "2[\"a\\\"b\" , \"]\" ]", "2 / -1 0 a\"b| \"]\" " },
		{ "37[]", "3 / 7 0 |" },
		{ "37[1]", "3 / 7 0 |1" },
		{ "51-[\"e\",{\"_placeholder\":true,\"num\":0}]", "5 / -1 1 e|{\"_placeholder\":true,\"num\":0}" },
		{ "", "no" },
		{ "7", "no" },
		{ "0[]", "no" },
		{ "1{}", "no" },
		{ "2", "no" },
		{ "2[]", "no" },
		{ "2[1]", "no" },
		{ "2[\"connect\"]", "no" },
		{ "2[\"e\"", "no" },
		{ "2[\"e\"]]", "no" },
		{ "3[]", "no" },
		{ "4{}", "no" },
		{ "5[\"e\"]", "no" },
		{ "599-[\"e\"]", "no" },
		{ "51-[\"e\",{\"_placeholder\":true,\"num\":1}]", "no" },
		{ "51-[\"e\",{\"_placeholder\":true}]", "no" },
		{ "299999999999999999999[\"e\"]", "no" },
	};
	struct arena *a = arena_new(0);
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
		CHECK_TEXT(read(a, rows[i].text), rows[i].means);
	arena_free(a);
}

/* ["a",{},{},...]: n bytes, or so. */
static const char *event_of_objects(struct arena *a, size_t n)
{
	struct buf b = { .mem = a };
	buf_str(&b, "2[\"a\"");
	while (b.n < n)
		buf_str(&b, ",{}");
	buf_char(&b, ']');
	return buf_cstr(&b);
}

TEST(realtime, advisory_parser_recursion_packets_that_cost_more_than_they_weigh_are_none)
{
	struct arena *a = arena_new(0);
	CHECK(strcmp(read(a, event_of_objects(a, 20000)), "no") != 0);
	CHECK_TEXT(read(a, event_of_objects(a, 40000)), "no");
	char *deep = arena_strdup(a, "2[\"a\",[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]");
	CHECK(strcmp(read(a, deep), "no") != 0);
	CHECK_TEXT(read(a, arena_printf(a, "2[\"a\",[%.*s]]", (int)(strlen(deep) - 7), deep + 6)), "no");
	arena_free(a);
}

TEST(realtime, packets_are_written_as_clients_read_them)
{
	struct arena *a = arena_new(0);
	struct buf b = { .mem = a };
	sio_packet_write(&b, &(struct sio_out){ SIO_EVENT, "/", SIO_NO_ACK, 0, "e", "" });
	buf_char(&b, ' ');
	sio_packet_write(&b, &(struct sio_out){ SIO_EVENT, "/admin", 3, 2, "e", "1,2" });
	buf_char(&b, ' ');
	sio_packet_write(&b, &(struct sio_out){ SIO_ACK, "/", 4, 0, NULL, "\"x\"" });
	CHECK_TEXT(buf_cstr(&b), "2[\"e\"] 52-/admin,3[\"e\",1,2] 34[\"x\"]");
	arena_free(a);
}
