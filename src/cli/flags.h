/* The flags and positional words of one operation, and the input that they make. */
#ifndef CLI_FLAGS_H
#define CLI_FLAGS_H

#include "cli/command.h"

/* What the command line said about one field. */
struct given {
	struct given *next;
	const struct field *field;
	const char *text;
};

struct flags {
	const struct op *op;
	const struct alias *alias; /* the older words that were used; NULL: none */
	const char *command;
	struct given *first, **last;
};

/* A field that the command line can set. */
bool flags_offer(const struct field *f);
const char *flags_name(struct arena *a, const struct field *f); /* "display-name" */

/* Reads the rest of the command line; secrets are read from where their flags say. An exit status. */
int flags_read(struct cli *c, struct args *a, struct flags *f);
/* What the command line says of a field, the last time; NULL: nothing. */
const char *flags_get(const struct flags *f, const char *field);
/* Says it for the command line, in place of what that said. */
void flags_set(struct cli *c, struct flags *f, const char *field, const char *text);
/* Asks for the secrets that are needed and were not given. */
int flags_ask(struct cli *c, struct flags *f);
/* Fills the operation's input and checks it; ERR_INVALID with the fields noted in cx. */
err_t flags_bind(struct cx *cx, const struct flags *f, void *in) CHECKED;
/* The same input as JSON, for a running server. */
void flags_json(const struct flags *f, struct buf *b);

#endif
