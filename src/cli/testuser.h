/* Accounts to try things with: `roster auth create-test-user`, `create-test-users`, `list-users`. */
#ifndef CLI_TESTUSER_H
#define CLI_TESTUSER_H

#include "cli/flags.h"

extern const struct op test_user, test_users, test_list; /* the flags of each */

int cli_test_user(struct cli *c, struct flags *f);
int cli_test_users(struct cli *c, struct flags *f);
int cli_test_list(struct cli *c, struct flags *f);

#endif
