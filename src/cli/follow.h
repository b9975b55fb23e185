/* Events as they come: `roster events follow`, until the reader goes or it is interrupted. */
#ifndef CLI_FOLLOW_H
#define CLI_FOLLOW_H

#include "cli/flags.h"

extern const struct op follow_flags;
int cli_follow(struct cli *c, struct flags *f);

#endif
