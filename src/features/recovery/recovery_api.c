/* clang-format off */
#include "api/op.h"
#include "api/shape.h"
#include "features/features.h"
#include "features/recovery/recovery.h"
#include "features/user/user_name.h"

TYPE(recovery_in,
	FIELD(recovery_in, email, REQUIRED | TRIM, "The account's e-mail address", .max = 254, .check = email_check));
TYPE(recovery_new,
	FIELD(recovery_new, token, SENSITIVE | TRIM, "From the link of the letter", .min = 1, .max = 100),
	FIELD(recovery_new, flow_id, UUID, "In place of the token: what the request answered, with the code"),
	FIELD(recovery_new, code, SENSITIVE | TRIM, "Six digits from the letter", .max = 20, .check = flow_code_check),
	FIELD(recovery_new, password, REQUIRED, "8 to 256 characters that are hard to guess", .min = 8, .max = 256,
		.alias = "new_password"),
	FIELD(recovery_new, password_confirm, 0, "The same once more", .max = 256));
TYPE(recovery_asked,
	FIELD(recovery_asked, flow_id, UUID, "The flow"),
	FIELD(recovery_asked, user_id, UUID, "Whose password it is"));

const struct event password_reset_requested = EVENT("password.reset_requested", "user", &recovery_asked_type,
	"A letter to set a new password was asked for");

OP_BIND(recovery_begin, recovery_in, flow_started);
OP_BIND_WORK(recovery_confirm, recovery_new, recovery_work, none);

CONF_GROUP(recovery, "recovery",
	CONF(recovery, lifetime, CONF_DURATION | CONF_RELOAD, "1h", "How long the link of a letter for a new password is good",
		.min = 60000, .max = 86400000));

#define ASKED "If the email exists, a reset link has been sent"
#define ONCE (OP_WRITE | OP_ANYONE | OP_NO_CLI | OP_NO_STORE | OP_NO_IDEMPOTENCY)

const struct feature recovery_feature = {
	.name = "recovery",
	.doc = "A forgotten password",
	.ops = (const struct op[]){
		{ OP(recovery_begin), .rest = "POST /auth/password-reset", .flags = ONCE, .rate = RATE_AUTH, .tag = "password",
		  .doc = "Ask for a letter to set a new password", .message = ASKED },
		{ OP(recovery_confirm), .rest = "POST /auth/password-reset/confirm", .flags = ONCE | OP_HASH, .rate = RATE_AUTH,
		  .tag = "password", .doc = "Set a new password by the link or the code of a letter; every session ends",
		  .message = "Password reset successfully" },
		{ 0 },
	},
	.shapes = (const struct shape_row[]){
		{ .shape = &shape_camel, .route = "POST /api/auth/forgot-password", .op = "recovery_begin",
		  .message = "Password reset email sent", .out = "message, flowId" },
		{ .shape = &shape_camel, .route = "POST /api/auth/reset-password", .op = "recovery_confirm",
		  .message = "Password reset successfully", .out = "message",
		  .errors = "link_invalid=400:Invalid or expired reset token" },
		{ .shape = &shape_bare, .route = "POST /auth/password-reset/request, POST /api/v1/auth/password-reset/request",
		  .op = "recovery_begin", .message = ASKED, .out = "message, flow_id" },
		{ .shape = &shape_bare, .route = "POST /auth/password-reset/confirm", .op = "recovery_confirm",
		  .in = "new_password=password",
		  .message = "Password reset successfully", .out = "message",
		  .errors = "link_invalid=400:Invalid or expired token" },
		{ 0 },
	},
	.events = (const struct event *const[]){ &password_reset_requested, NULL },
	.jobs = (const struct feature_job[]){ { "recovery_send", 500, recovery_send, JOB_WRITE }, { 0 } },
	.conf = &recovery_conf_group,
};
