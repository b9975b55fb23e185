/* `roster sync`: everybody's social and moderation numbers again, from what is kept here or from a neighbour's pages. Each
 * page is put in by an operation of its own, through the control socket or here: what was done is done, and doing it again
 * changes nothing. */
#ifndef CLI_SYNC_H
#define CLI_SYNC_H

#include "cli/flags.h"

extern const struct op sync_flags;
int cli_sync(struct cli *c, struct flags *f);

#endif
