/* `roster users update`, as the program wrote it whose scripts go on working here: several operations in one command. */
#ifndef CLI_USERS_H
#define CLI_USERS_H

#include "cli/flags.h"

extern const struct op users_update; /* its flags */

int cli_users_update(struct cli *c, struct flags *f);

#endif
