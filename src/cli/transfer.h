/* Accounts in and out as files: `roster user import`, `roster user export`. A file goes in small batches, each an operation
 * of its own, through the control socket or here: its size is no matter, and what was done is done. */
#ifndef CLI_TRANSFER_H
#define CLI_TRANSFER_H

#include "cli/flags.h"

extern const struct op transfer_import, transfer_export;
int cli_import(struct cli *c, struct flags *f);
int cli_export(struct cli *c, struct flags *f);

#endif
