/* Small files read whole: settings and secrets. */
#ifndef MAIN_CONFIG_TEXT_H
#define MAIN_CONFIG_TEXT_H

#include "base/arena.h"

/* The file's bytes with a NUL behind them. NULL when it cannot be read, is no regular file or pipe, or has more than
 * 1 MiB: *why then tells ("does not exist"). */
char *config_text(struct arena *a, const char *path, size_t *n, const char **why);

#endif
