#include "main/trim.h"

#include <malloc.h>

enum { WORTH_IT = 1000, QUIET_SECONDS = 2 };

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
