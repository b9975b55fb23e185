#include "cli/progress.h"

#include <stdio.h>
#include <unistd.h>

enum { BAR = 30 };

void progress_show(int64_t done, int64_t of)
{
	static const char full[] = "##############################", blank[] = "..............................";
	_Static_assert(sizeof full == BAR + 1 && sizeof blank == BAR + 1, "a character a step");
	if (!isatty(STDERR_FILENO) || of <= 0)
		return;
	int n = (int)(done * BAR / of);
	fprintf(stderr, "\r[%.*s%.*s] %lld of %lld", n, full, BAR - n, blank, (long long)done, (long long)of);
}

void progress_end(void)
{
	if (isatty(STDERR_FILENO))
		fprintf(stderr, "\r\033[K");
}
