#include "cli/users.h"
#include "cli/outcome.h"

#include <string.h>

struct users_update_in {
	const char *id, *status, *email;
};
extern const struct type users_update_in_type;
TYPE(users_update_in, FIELD(users_update_in, id, REQUIRED | IN_PATH, "Whose account: name, address or id"),
	FIELD(users_update_in, status, 0, "active, inactive, suspended or banned", .max = 20),
	FIELD(users_update_in, email, 0, "New e-mail address; none: it has none any more", .max = 254));

static const struct op_call users_update_call = {
	.name = "users_update", .in = &users_update_in_type, .out = &none_type
};
const struct op users_update = {
	.call = &users_update_call, .doc = "Give an account another address or status", .flags = OP_ANYONE
};

static int set(struct cli *c, const struct flags *given, const char *op, const char *field, const char *value)
{
	struct flags f = { .op = command_op(c, op), .command = given->command };
	flags_set(c, &f, "id", flags_get(given, "id"));
	flags_set(c, &f, field, value);
	return run_op(c, &f);
}

int cli_users_update(struct cli *c, struct flags *f)
{
	const char *email = flags_get(f, "email"), *status = flags_get(f, "status");
	if (!email && !status)
		return cli_usage(c, f->command, "say what to change: --status or --email");
	int done = CLI_OK;
	if (email)
		done = set(c, f, "user_set_email", "email", strcmp(email, "none") == 0 ? "" : email);
	return done || !status ? done : set(c, f, "user_set_status", "status", status);
}
