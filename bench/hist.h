/* Latencies of many requests in little memory: slots grow with the value, 64 to each doubling, so a quantile is right to
 * 1.6 %. Values are nanoseconds. */
#ifndef BENCH_HIST_H
#define BENCH_HIST_H

#include <stdint.h>

enum { HIST_SLOTS = 64 * 40 }; /* to 2^45 ns, ten hours */

struct hist {
	uint64_t count, max;
	uint64_t slot[HIST_SLOTS];
};

void hist_add(struct hist *h, uint64_t ns);
void hist_merge(struct hist *into, const struct hist *from);
/* The value that the share `q` (0 to 1) of all values does not exceed; 0 when there are none. */
uint64_t hist_quantile(const struct hist *h, double q);

#endif
