/* clang-format off */
#include "api/op.h"
#include "features/features.h"
#include "features/setup/setup.h"
#include "features/user/user_name.h"

TYPE(setup_in,
	FIELD(setup_in, token, REQUIRED | SENSITIVE, "From the link that the server printed", .max = 100),
	FIELD(setup_in, email, REQUIRED | TRIM, "E-mail address of the administrator", .max = 254, .check = email_check),
	FIELD(setup_in, password, REQUIRED, "8 to 256 characters that are hard to guess", .min = 8, .max = 256));

OP_BIND_WORK(setup_create, setup_in, account_new_work, signed_in);

const struct feature setup_feature = {
	.name = "setup",
	.doc = "The first administrator",
	.ops = (const struct op[]){
		{ OP(setup_create), .rest = "POST /setup", .status = 201, .rate = RATE_AUTH,
		  .flags = OP_NO_IDEMPOTENCY | OP_WRITE | OP_ANYONE | OP_HASH | OP_NO_STORE | OP_UNTIL_SETUP | OP_NO_CLI,
		  .doc = "Make the first administrator", .message = "Administrator made; log in now" },
		{ 0 },
	},
	.jobs = (const struct feature_job[]){ { "setup_watch", 1000, setup_watch, JOB_READ }, { 0 } },
};
