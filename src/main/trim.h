/* How much memory the allocator keeps beyond what is in use. */
#ifndef MAIN_TRIM_H
#define MAIN_TRIM_H

#include <stdbool.h>
#include <stdint.h>

/* Before the first thread: threads share a few heaps. Most of ours wait most of the time, and a heap for each would be pages that
 * are partly used, each with some of what belongs to the same connections. */
void trim_begin(void);

/* After busy times pages in the middle of what is in use go back to the kernel. Called each second with the number of requests
 * so far. Trims once after at least a thousand of them, when a second brought none, and one before it, in which threads gave
 * back what they kept: it takes some milliseconds, in which other threads may wait for memory. True when it trimmed. */
bool trim_when_quiet(int64_t requests);

#endif
