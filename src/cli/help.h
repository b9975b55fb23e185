/* Help, made from the tables: commands, operations with their flags, settings. */
#ifndef CLI_HELP_H
#define CLI_HELP_H

#include "cli/flags.h"

void help_all(struct cli *c, struct buf *b);
void help_topic(struct cli *c, struct buf *b, const char *word); /* the operations whose first word this is */
void help_op(struct cli *c, struct buf *b, const struct flags *f);
void help_command(struct cli *c, struct buf *b, const struct command *k);

/* A term and its explanation: "  term    text", the text wrapped and hung at column `hang`. A term too long for its
 * column has a line of its own. */
void help_entry(struct buf *b, size_t width, size_t hang, const char *term, const char *text);

#endif
