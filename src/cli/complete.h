/* Scripts that let a shell complete commands and flags, made from the tables. */
#ifndef CLI_COMPLETE_H
#define CLI_COMPLETE_H

#include "cli/cli.h"

int cli_complete_bash(struct cli *c);
int cli_complete_zsh(struct cli *c);
int cli_complete_fish(struct cli *c);

#endif
