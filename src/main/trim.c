#include "main/trim.h"

#include <malloc.h>

enum { WORTH_IT = 1000 };

bool trim_when_quiet(int64_t requests)
{
	static int64_t last, trimmed;
	bool quiet = requests == last;
	last = requests;
	if (!quiet || requests - trimmed < WORTH_IT)
		return false;
	trimmed = requests;
	malloc_trim(0);
	return true;
}
