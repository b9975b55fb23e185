/* clang-format off */
#include "api/op.h"
#include "api/shape.h"
#include "features/features.h"
#include "features/user/user_name.h"
#include "features/verification/verification.h"

TYPE(verification_in,
	FIELD(verification_in, token, SENSITIVE | TRIM, "From the link of the letter", .min = 1, .max = 100),
	FIELD(verification_in, flow_id, UUID, "In place of the token: what the request answered, with the code"),
	FIELD(verification_in, email, TRIM, "In place of the flow's id: the address, with the code", .max = 254,
		.check = email_check),
	FIELD(verification_in, code, SENSITIVE | TRIM, "Six digits from the letter", .max = 20, .check = flow_code_check));
TYPE(verified,
	FIELD(verified, id, UUID | REQUIRED, "Whose address it is"),
	FIELD(verified, username, REQUIRED, "Name of the account"),
	FIELD(verified, email, EMAIL | REQUIRED, "The address"),
	FIELD(verified, email_verified, REQUIRED, "True"),
	FIELD(verified, has_password, REQUIRED, "False: ask for a new password, there is none to log in with"),
	FIELD_ENUM(verified, status, user_status_names, REQUIRED, "Whether the account may be used"));
TYPE(verification_address,
	FIELD(verification_address, email, TRIM, "The address; who is logged in may leave it out", .max = 254,
		.check = email_check));
TYPE(verification_change_in,
	FIELD(verification_change_in, email, REQUIRED | TRIM, "The new address", .max = 254, .check = email_check),
	FIELD(verification_change_in, current_password, REQUIRED, "The password as it is now", .min = 1, .max = 1024));

TYPE(user_address,
	FIELD(user_address, id, UUID | REQUIRED | IN_PATH, "Whose address"),
	FIELD(user_address, email, TRIM | NULL_CLEARS, "The new address; null: none", .max = 254, .check = email_check));

OP_BIND(verification_confirm, verification_in, verified);
OP_BIND(verification_resend, verification_address, flow_started);
OP_BIND(user_set_email, user_address, user);
OP_BIND_WORK(verification_change, verification_change_in, verification_work, flow_started);

#define ONCE (OP_WRITE | OP_ANYONE | OP_NO_CLI | OP_NO_STORE | OP_NO_IDEMPOTENCY)

const struct feature verification_feature = {
	.name = "verification",
	.doc = "Prove an address, or move to another",
	.ops = (const struct op[]){
		{ OP(verification_confirm), .rest = "POST /auth/verify-email", .flags = ONCE, .rate = RATE_AUTH,
		  .doc = "Prove an e-mail address by the link or the code of a letter", .message = "Email verified successfully" },
		{ OP(verification_resend), .rest = "POST /auth/verify-email/resend", .flags = ONCE, .rate = RATE_AUTH,
		  .doc = "Ask for the letter that proves an address once more",
		  .message = "If the address waits to be verified, a letter was sent to it" },
		{ OP(verification_change), .rest = "POST /users/me/email", .status = 202, .rate = RATE_AUTH,
		  .flags = OP_WRITE | OP_HASH | OP_NO_CLI | OP_NO_STORE | OP_NO_IDEMPOTENCY,
		  .doc = "Ask for another e-mail address; the old one stays until the new one is proved",
		  .message = "A letter was sent to the new address" },
		{ OP(user_set_email), .rest = "PUT /users/{id}/email", .need = PERM_USER_WRITE, .tag = "user",
		  .flags = OP_WRITE | OP_SERVICE, .rate = RATE_WRITE, .doc = "Give an account another e-mail address, or none",
		  .message = "Address changed; it is still to be proved" },
		{ 0 },
	},
	.shapes = (const struct shape_row[]){
		{ .shape = &shape_camel, .route = "POST /api/auth/verify-email/{token}", .op = "verification_confirm",
		  .message = "Email verified successfully", .ignore_unknown = true,
		  .out = "message, user=.{id, email, username, isEmailVerified=email_verified}",
		  .errors = "link_invalid=400:Invalid or expired verification token" },
		{ .shape = &shape_bare, .route = "POST /auth/verify-email", .op = "verification_confirm",
		  .message = "Email verified successfully", .out = "message, email",
		  .errors = "link_invalid=400:Invalid or expired token" },
		{ 0 },
	},
	.jobs = (const struct feature_job[]){ { "verification_send", 500, verification_send, JOB_WRITE }, { 0 } },
};
