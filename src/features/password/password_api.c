/* clang-format off */
#include "api/op.h"
#include "api/shape.h"
#include "features/features.h"
#include "features/password/password.h"

TYPE(password_change_in,
	FIELD(password_change_in, current_password, REQUIRED, "The password as it is now", .min = 1, .max = 1024),
	FIELD(password_change_in, new_password, REQUIRED, "8 to 256 characters that are hard to guess", .min = 8, .max = 256));
TYPE(password_set_in,
	FIELD(password_set_in, id, UUID | REQUIRED | IN_PATH, "Whose password"),
	FIELD(password_set_in, password, REQUIRED, "8 to 256 characters that are hard to guess", .min = 8, .max = 256));

const struct event password_changed = EVENT("password.changed", "user", &user_type, "A password was changed");

OP_BIND_WORK(password_change, password_change_in, password_change_work, none);
OP_BIND_WORK(user_set_password, password_set_in, password_set_work, none);

CONF_GROUP(password, "password",
	CONF(password, memory, CONF_SIZE, "19MiB", "Memory of one Argon2id hash", .min = 8 << 10, .max = 256 << 20),
	CONF(password, passes, CONF_PLAIN, "2", "Passes of one Argon2id hash", .min = 1, .max = 10),
	CONF(password, min_score, CONF_RELOAD, "1", "zxcvbn score that a new password needs, 0 to 4", .min = 0, .max = 4));

const struct feature password_feature = {
	.name = "password",
	.doc = "Change a password, or set a new one when it was forgotten",
	.ops = (const struct op[]){
		{ OP(password_change), .rest = "POST /auth/password-change", .flags = OP_WRITE | OP_HASH, .rate = RATE_AUTH,
		  .doc = "Change your password; your other sessions end", .message = "Password changed successfully" },
		{ OP(user_set_password), .rest = "PUT /users/{id}/password", .need = PERM_USER_WRITE, .tag = "user",
		  .flags = OP_WRITE | OP_HASH | OP_SERVICE, .rate = RATE_AUTH,
		  .doc = "Set somebody's password; all sessions of the account end", .message = "Password set" },
		{ 0 },
	},
	.shapes = (const struct shape_row[]){
		{ .shape = &shape_camel, .route = "POST /api/auth/change-password", .op = "password_change",
		  .message = "Password changed successfully", .out = "message",
		  .errors = "bad_credentials=400:Invalid current password" },
		{ 0 },
	},
	.events = (const struct event *const[]){ &password_changed, NULL },
	.conf = &password_conf_group,
	.erase = password_erase,
};
