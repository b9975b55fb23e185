#include "http/websocket.h"

#include "base/test.h"

#include <string.h>

static const struct ws_request good = { .get = true,
	.connection = "keep-alive, Upgrade",
	.upgrade = "WebSocket",
	.version = "13",
	.key = "dGhlIHNhbXBsZSBub25jZQ==",
	.key_count = 1 };

static err_t shake(struct arena *a, struct ws_request r, struct ws_accept *out, bool *version_wrong)
{
	const char *why = NULL;
	static const char *const supported[] = { "graphql-ws", "chat", NULL };
	err_t e = ws_handshake(a, &r, supported, out, version_wrong, &why);
	CHECK((e != ERR_OK) == (why != NULL));
	return e;
}

TEST(ws_handshake, the_rfcs_example_is_answered)
{
	struct arena *a = arena_new(0);
	struct ws_accept out;
	bool version_wrong;
	CHECK_OK(shake(a, good, &out, &version_wrong));
	CHECK_TEXT(out.accept, "s3pPLMBiTxaQ9kYGzzhZRbK+xOo="); /* RFC 6455 section 1.3 */
	CHECK(!out.protocol);
	arena_free(a);
}

TEST(ws_handshake, our_first_protocol_that_is_offered_is_chosen)
{
	static const struct {
		const char *offered, *want;
	} cases[] = { { "chat", "chat" }, { "chat, graphql-ws", "graphql-ws" }, { "superchat", NULL }, { "Chat", NULL },
		{ "", NULL }, { NULL, NULL } };
	struct arena *a = arena_new(0);
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct ws_request r = good;
		struct ws_accept out;
		bool version_wrong;
		r.protocols = cases[i].offered;
		CHECK_OK(shake(a, r, &out, &version_wrong));
		CHECK_TEXT(out.protocol, cases[i].want);
	}
	arena_free(a);
}

TEST(ws_handshake, malformed_requests_are_refused)
{
	struct arena *a = arena_new(0);
	struct ws_request cases[14];
	size_t n = sizeof cases / sizeof *cases;
	for (size_t i = 0; i < n; i++)
		cases[i] = good;
	cases[0].get = false;
	cases[1].connection = "keep-alive";
	cases[2].connection = NULL;
	cases[3].upgrade = "h2c";
	cases[4].upgrade = NULL;
	cases[5].version = "8";
	cases[6].version = NULL;
	cases[7].version = "13, 8";
	cases[8].key = NULL;
	cases[9].key_count = 2;
	cases[10].key = "dGhlIHNhbXBsZSBub25jZQ";
	cases[11].key = "dGhlIHNhbXBsZSBub25j";
	cases[12].key = "dGhlIHNhbXBsZSBub25j!Q==";
	cases[13].key = "dGhlIHNhbXBsZSBub25jZQ=A";
	for (size_t i = 0; i < n; i++) {
		struct ws_accept out;
		bool version_wrong;
		CHECK_ERR(shake(a, cases[i], &out, &version_wrong), ERR_MALFORMED);
		CHECK_INT(version_wrong, i >= 5 && i <= 7);
	}
	arena_free(a);
}

TEST(ws_handshake, a_websocket_is_recognised)
{
	CHECK(ws_wanted("websocket"));
	CHECK(ws_wanted("h2c, WebSocket"));
	CHECK(!ws_wanted("h2c"));
	CHECK(!ws_wanted(NULL));
}
