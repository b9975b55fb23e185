/* clang-format off */
#include "api/op.h"
#include "features/features.h"
#include "features/push/push.h"

static const char *const platform_names[] = { "fcm", "apns", "web", "other", NULL };

TYPE(push_token,
	FIELD(push_token, id, UUID | REQUIRED, "Identifier"),
	FIELD(push_token, token, SENSITIVE | REQUIRED, "The token, as the platform gave it"),
	FIELD(push_token, platform, REQUIRED, "Who delivers: fcm, apns, web or other"),
	FIELD(push_token, device, 0, "Name of the device"),
	FIELD(push_token, is_default, REQUIRED, "Whether the profile names it in push_token"),
	FIELD(push_token, created_at, TIME | REQUIRED, "When it was first registered"),
	FIELD(push_token, used_at, TIME | REQUIRED, "When its device last registered it"),
	FIELD(push_token, user_id, HIDDEN, "Whose"),
	FIELD(push_token, key, HIDDEN, "What makes it unique"),
	FIELD(push_token, session_id, HIDDEN, "The session that it goes with"),
	FIELD(push_token, by_profile, HIDDEN, "Registered by the profile alone"));
TYPE(push_new,
	FIELD(push_new, token, REQUIRED | SENSITIVE | TRIM, "The token, as the platform gave it", .min = 1, .max = PUSH_TOKEN_MAX,
		.alias = "push_token"),
	FIELD(push_new, platform, 0, "Who delivers", .names = platform_names, .dflt = "other"),
	FIELD(push_new, device, TRIM, "Name of the device", .max = 100));
TYPE(push_ref,
	FIELD(push_ref, id, UUID | REQUIRED | IN_PATH, "Identifier"));
TYPE(push_removal,
	FIELD(push_removal, token, SENSITIVE | TRIM, "Which; without it, all", .min = 1, .max = PUSH_TOKEN_MAX));
TYPE(push_list,
	FIELD_LIST(push_list, items, push_token, REQUIRED, "Tokens, newest first"),
	FIELD_OBJECT(push_list, page, page, REQUIRED, "Place in the list"));
TYPE(push_count,
	FIELD(push_count, removed, REQUIRED, "How many went"));
TYPE(push_change,
	FIELD(push_change, user_id, UUID | REQUIRED, "Whose tokens"),
	FIELD(push_change, action, REQUIRED, "registered, removed, moved (to somebody else) or default"),
	FIELD(push_change, platform, REQUIRED, "Who delivers; empty when it was more than one token"));

const struct event push_token_changed = EVENT("push_token.changed", "push_token", &push_change_type,
	"Somebody's push tokens are others now");

OP_BIND(push_list, none, push_list);
OP_BIND(push_register, push_new, push_token);
OP_BIND(push_remove, push_ref, none);
OP_BIND(push_remove_all, push_removal, push_count);

const struct feature push_feature = {
	.name = "push",
	.doc = "Where push notifications reach a person",
	.ops = (const struct op[]){
		{ OP(push_list), .rest = "GET /users/me/push-tokens", .doc = "List your push tokens" },
		{ OP(push_register), .rest = "POST /users/me/push-tokens", .status = 201, .flags = OP_WRITE, .rate = RATE_WRITE,
		  .doc = "Register the push token of a device", .message = "Push token registered" },
		{ OP(push_remove), .rest = "DELETE /users/me/push-tokens/{id}", .flags = OP_WRITE, .rate = RATE_WRITE,
		  .doc = "Forget one of your push tokens", .message = "Push token removed" },
		{ OP(push_remove_all), .rest = "DELETE /users/me/push-tokens", .flags = OP_WRITE, .rate = RATE_WRITE,
		  .doc = "Forget one push token, or all of them", .message = "Push tokens removed" },
		{ 0 },
	},
	.jobs = (const struct feature_job[]){ { "push_clean", 60000, push_clean, JOB_WRITE }, { 0 } },
	.erase = push_erase,
	.parts = (const struct personal_part[]){
		{ "push_tokens.json", "Where push notifications reach you", &push_token_type, push_part }, { 0 } },
	.events = (const struct event *const[]){ &push_token_changed, NULL },
};
