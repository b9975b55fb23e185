/* Signatures and patterns of types. */
#include "features/webhook/webhook_secret.h"
#include "base/str.h"
#include "base/test.h"
#include "features/fixture_test.h"
#include "features/webhook/webhook_types.h"

#include <string.h>

/* The example of the standard's own libraries (standard-webhooks, libraries/). */
TEST(webhook_secret, signs_as_the_standard_does)
{
	struct arena *a = arena_new(0);
	static const char body[] = "{\"test\": 2432232314}";
	const struct webhook_message m = { "msg_p5jXN8AQM9LWM0D4loKWxJek", 1614265330, body, strlen(body) };
	CHECK_TEXT(webhook_sign(a, "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", &m),
		"v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");
	CHECK(!webhook_sign(a, "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", &m));
	CHECK(!webhook_sign(a, "whsec_", &m));
	CHECK(!webhook_sign(a, "whsec_not base64", &m));
	arena_free(a);
}

TEST(webhook_secret, is_random_and_as_long_as_the_standard_wants)
{
	struct arena *a = arena_new(0);
	const char *one = webhook_secret_new(a), *two = webhook_secret_new(a);
	size_t n;
	CHECK(str_starts(one, "whsec_") && strcmp(one, two) != 0);
	CHECK(base64_decode(a, one + 6, strlen(one + 6), false, &n));
	CHECK(n >= 24 && n <= 64);
	arena_free(a);
}

static err_t open_one(struct cx *cx, void *arg)
{
	const char *const *in = arg;
	const char *secret;
	TRY(webhook_secret_open(cx, in[0], in[1], &secret));
	CHECK_TEXT(secret, "whsec_abc=");
	return ERR_OK;
}

TEST(webhook_secret, is_sealed_for_its_endpoint)
{
	struct arena *a = home_open();
	const char *sealed = webhook_secret_seal(a, "one", "whsec_abc=");
	CHECK(!strstr(sealed, "abc"));
	CHECK_OK(rig_tx(open_one, (const char *[]){ "one", sealed }));
	CHECK_ERR(rig_tx(open_one, (const char *[]){ "two", sealed }), ERR_INTERNAL);
	home_close();
}

TEST(webhook_types, patterns_mean_all_a_kind_or_one)
{
	static const struct {
		const char *patterns, *type;
		bool wants;
	} cases[] = {
		{ "*", "user.created", true },
		{ "user.*", "user.created", true },
		{ "user.*", "users.created", false },
		{ "user.*", "user", false },
		{ "user.created", "user.created", true },
		{ "user.created", "user.created_later", false },
		{ "user.created_later", "user.created", false },
		{ "session.* user.deleted", "user.deleted", true },
		{ "session.* user.deleted", "session.revoked", true },
		{ "session.* user.deleted", "user.created", false },
		{ "a.b *", "user.created", true },
		{ "", "user.created", false },
	};
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
		if (webhook_wants(cases[i].patterns, cases[i].type) != cases[i].wants)
			test_fail(__FILE__, __LINE__, "\"%s\" and %s", cases[i].patterns, cases[i].type);
}

TEST(webhook_types, what_is_no_pattern_is_refused)
{
	static const char *const good[] = { "*", "user.*", "push_token.changed", "a.b1" };
	static const char *const bad[] = { "", "**", "user", "user.", ".x", "*.x", "user.*.x", "user.x.y", "User.x",
		"user.x ", "us er.x", "user.*x", "user.%", "user..x" };
	for (size_t i = 0; i < sizeof good / sizeof *good; i++)
		CHECK(webhook_pattern_valid(good[i]));
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
		if (webhook_pattern_valid(bad[i]))
			test_fail(__FILE__, __LINE__, "%s is taken", bad[i]);
}

TEST(webhook_types, patterns_stand_in_one_text_and_come_back)
{
	struct arena *a = arena_new(0);
	const char *three[] = { "a.b", "c.*", "*" };
	const char *text = webhook_patterns_text(a, &(struct list){ three, 3 });
	CHECK_TEXT(text, "a.b c.* *");
	struct list back = webhook_patterns_list(a, text);
	CHECK_INT(back.n, 3);
	for (size_t i = 0; i < 3; i++)
		CHECK_TEXT(((const char **)back.items)[i], three[i]);
	CHECK_INT(webhook_patterns_list(a, "").n, 0);
	arena_free(a);
}
