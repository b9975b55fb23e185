/* A bar on standard error while something long runs; nothing when that is no terminal. */
#ifndef CLI_PROGRESS_H
#define CLI_PROGRESS_H

#include <stdint.h>

void progress_show(int64_t done, int64_t of);
void progress_end(void); /* takes the bar away */

#endif
