/* Commands: the few of the program itself, and every operation by its name. user_create is `user create`,
 * password_reset_confirm is `password reset-confirm`. */
#ifndef CLI_COMMAND_H
#define CLI_COMMAND_H

#include "cli/args.h"

struct flags;
struct command {
	const char *name, *doc; /* "config show" */
	int (*run)(struct cli *c);
	/* One that has flags of its own: the fields of this input (an operation that only the command line knows). */
	const struct op *takes;
	int (*run_with)(struct cli *c, struct flags *f);
	const char *same; /* flags that older programs wrote otherwise, as in struct alias; NULL: none */
};
extern const struct command commands[]; /* ends with .name == NULL */

/* The commands of older programs, for scripts that use them: the same operations under other words. */
struct alias {
	const char *name, *op; /* "users show", "user_get" */
	const char *word; /* the field that a bare word gives; NULL: those of the path */
	const char *same; /* flags that are written otherwise: "-s=status, --query=q"; NULL: none */
};
extern const struct alias aliases[]; /* ends with .name == NULL */

/* True when the command line offers it: pages are left out. */
bool command_offers(const struct op *op);
const char *command_name(struct arena *a, const struct op *op);
const struct op *command_op(struct cli *c, const char *name); /* by the operation's name; NULL when it is not offered */
/* True when the operation is about whoever calls it ("your sessions"): on this host's own authority there is nobody. */
bool command_needs_person(const struct op *op);
#define COMMAND_NEEDS_PERSON "This concerns the person who is logged in; use the HTTP API with an access token."

/* Calls visit() with the words of every command. */
typedef void visit_fn(void *arg, const char *name);
void command_each(struct cli *c, visit_fn *visit, void *arg);

/* Takes the words of the longest command that the next arguments name. Both NULL: none does. */
struct found {
	const struct command *command;
	const struct op *op;
	const struct alias *alias;
};
struct found command_named(struct cli *c, const char *words);
struct found command_take(struct cli *c, struct args *a);
/* True when some command's first word is this: `roster user` alone shows what there is. */
bool command_is_topic(struct cli *c, const char *word);
/* The command nearest to what was written, or NULL. */
const char *command_nearest(struct cli *c, const char *written);

#endif
