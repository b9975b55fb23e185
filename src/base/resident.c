#include "base/resident.h"
#include "base/str.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* /proc/self/statm: "size resident shared ..." in pages. */
int64_t resident_bytes(void)
{
	char line[128] = "";
	int64_t pages = 0;
	FILE *f = fopen("/proc/self/statm", "re");
	if (!f)
		return 0;
	char *second = fgets(line, sizeof line, f) ? strchr(line, ' ') : NULL;
	(void)fclose(f);
	if (!second)
		return 0;
	second[1 + strcspn(second + 1, " \n")] = 0;
	return str_int(second + 1, &pages) ? pages * sysconf(_SC_PAGESIZE) : 0;
}
