/* After busy times: pages that the allocator keeps, in the middle of what is in use, go back to the kernel. */
#ifndef MAIN_TRIM_H
#define MAIN_TRIM_H

#include <stdbool.h>
#include <stdint.h>

/* Called each second with the number of requests so far. Trims once after at least a thousand of them, when a second
 * brought none, and one before it, in which threads gave back what they kept: it takes some milliseconds, in which other threads may wait for memory. True when it trimmed. */
bool trim_when_quiet(int64_t requests);

#endif
