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

/* What is answered to an offer, on a door that allows a window of so many bits. */
static const char *extensions(struct arena *a, const char *offered, int window, struct ws_accept *out)
{
	struct ws_request r = good;
	bool version_wrong;
	r.extensions = offered;
	r.window = window;
	CHECK_OK(shake(a, r, out, &version_wrong));
	return out->extensions;
}

#define FRESH "permessage-deflate; server_no_context_takeover; client_no_context_takeover"

TEST(ws_handshake, deflate_is_agreed_to_without_a_window_that_is_kept)
{
	static const struct {
		const char *offered, *want;
		int window;
	} cases[] = {
		{ "permessage-deflate", FRESH, 15 },
		{ "Permessage-Deflate;client_max_window_bits", FRESH, 15 }, /* browsers */
		{ "permessage-deflate; client_max_window_bits=8", FRESH, 15 },
		{ "permessage-deflate; client_max_window_bits=\"10\"", FRESH, 15 },
		{ "permessage-deflate; server_no_context_takeover; client_no_context_takeover", FRESH, 15 },
		{ "permessage-deflate; server_max_window_bits=9", FRESH "; server_max_window_bits=9", 9 },
		{ "permessage-deflate; server_max_window_bits=15; client_max_window_bits=9",
			FRESH "; server_max_window_bits=15", 15 },
		{ "x-webkit-deflate-frame, permessage-deflate", FRESH, 15 },
		/* The first that fits: section 5.1. */
		{ "permessage-deflate; server_max_window_bits=8, permessage-deflate; server_max_window_bits=10",
			FRESH "; server_max_window_bits=10", 10 },
		{ "permessage-deflate; mode=\"a,b;c\", permessage-deflate", FRESH, 15 },
		{ "permessage-deflate; server_max_window_bits=12, permessage-deflate",
			FRESH "; server_max_window_bits=12", 12 },
	};
	struct arena *a = arena_new(0);
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct ws_accept out;
		CHECK_TEXT(extensions(a, cases[i].offered, 15, &out), cases[i].want);
		CHECK_INT(out.window, cases[i].window);
	}
	arena_free(a);
}

TEST(ws_handshake, a_door_with_a_smaller_window_says_so)
{
	struct arena *a = arena_new(0);
	struct ws_accept out;
	CHECK_TEXT(extensions(a, "permessage-deflate; server_max_window_bits=14", 11, &out),
		FRESH "; server_max_window_bits=11");
	CHECK_INT(out.window, 11);
	CHECK_TEXT(extensions(a, "permessage-deflate", 11, &out), FRESH);
	CHECK_INT(out.window, 11);
	arena_free(a);
}

TEST(ws_handshake, offers_of_deflate_that_do_not_fit_are_declined)
{
	static const char *const cases[] = { NULL, "", ",", ";", "permessage-deflat", "deflate-frame",
		"permessage-deflate; server_max_window_bits=8", "permessage-deflate; server_max_window_bits",
		"permessage-deflate; server_max_window_bits=7", "permessage-deflate; server_max_window_bits=16",
		"permessage-deflate; server_max_window_bits=010",
		"permessage-deflate; server_max_window_bits=", "permessage-deflate; server_max_window_bits=-9",
		"permessage-deflate; server_max_window_bits=9x",
		"permessage-deflate; server_max_window_bits=4294967305",
		"permessage-deflate; server_max_window_bits=\"9", "permessage-deflate; client_max_window_bits=0",
		"permessage-deflate; client_max_window_bits=16",
		"permessage-deflate; client_max_window_bits=", "permessage-deflate; server_no_context_takeover=1",
		"permessage-deflate; client_no_context_takeover=", "permessage-deflate; unknown",
		"permessage-deflate; unknown=1", "permessage-deflate;",
		"permessage-deflate; server_no_context_takeover; server_no_context_takeover",
		"permessage-deflate; client_no_context_takeover; client_no_context_takeover",
		"permessage-deflate; server_max_window_bits=9; server_max_window_bits=9",
		"permessage-deflate; client_max_window_bits; client_max_window_bits=9",
		"permessage-deflate; client_max_window_bits=9; client_max_window_bits", "permessage-deflate=1",
		"permessage-deflate server_no_context_takeover" };
	struct arena *a = arena_new(0);
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct ws_accept out;
		CHECK_TEXT(extensions(a, cases[i], 15, &out), NULL);
		CHECK_INT(out.window, 0);
	}
	arena_free(a);
}

TEST(ws_handshake, a_door_that_does_not_compress_declines_every_offer)
{
	struct arena *a = arena_new(0);
	struct ws_accept out;
	CHECK_TEXT(extensions(a, "permessage-deflate", 0, &out), NULL);
	CHECK_INT(out.window, 0);
	arena_free(a);
}
