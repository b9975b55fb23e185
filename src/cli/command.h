/* Commands: the few of the program itself, and every operation by its name. user_create is `user create`,
 * password_reset_confirm is `password reset-confirm`. */
#ifndef CLI_COMMAND_H
#define CLI_COMMAND_H

#include "cli/args.h"

struct command {
	const char *name, *doc; /* "config show" */
	int (*run)(struct cli *c);
};
extern const struct command commands[]; /* ends with .name == NULL */

/* True when the command line offers it: pages are left out. */
bool command_offers(const struct op *op);
const char *command_name(struct arena *a, const struct op *op);
/* True when the operation is about whoever calls it ("your sessions"): on this host's own authority there is nobody. */
bool command_needs_person(const struct op *op);
#define COMMAND_NEEDS_PERSON "This concerns the person who is logged in; use the HTTP API with an access token."

/* Takes the words of the longest command that the next arguments name. Both NULL: none does. */
struct found {
	const struct command *command;
	const struct op *op;
};
struct found command_take(struct cli *c, struct args *a);
/* True when some command's first word is this: `roster user` alone shows what there is. */
bool command_is_topic(struct cli *c, const char *word);
/* The command nearest to what was written, or NULL. */
const char *command_nearest(struct cli *c, const char *written);

#endif
