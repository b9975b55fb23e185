#include "main/trim.h"

#include <malloc.h>
#include <unistd.h>

enum { WORTH_IT = 1000, QUIET_SECONDS = 2, HEAPS_LEAST = 4 };

void trim_begin(void)
{
	const long heaps = 2 * sysconf(_SC_NPROCESSORS_ONLN);
	/* NOLINTNEXTLINE(concurrency-mt-unsafe): there is one thread yet */
	(void)mallopt(M_ARENA_MAX, heaps > HEAPS_LEAST ? (int)heaps : HEAPS_LEAST);
}

bool trim_when_quiet(int64_t requests)
{
	static int64_t last, trimmed;
	static int seconds;
	seconds = requests == last ? seconds + 1 : 0;
	last = requests;
	if (seconds < QUIET_SECONDS || requests - trimmed < WORTH_IT)
		return false;
	trimmed = requests;
	malloc_trim(0);
	return true;
}
