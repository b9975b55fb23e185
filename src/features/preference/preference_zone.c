/* Names of time zones, from the table that the system brings (package tzdata): read once, sorted, kept. */
#include "base/str.h"
#include "features/preference/preference.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { NAME_MAX_LENGTH = 50, ZONES_MAX = 2000, LINE_MAX_LENGTH = 200 };

static char *zones[ZONES_MAX];
static size_t zones_n;

static int compare(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

static void add(const char *name, size_t n)
{
	if (n && zones_n < ZONES_MAX && !(zones[zones_n++] = strndup(name, n)))
		abort();
}

/* tzdata.zi, as zic(8) describes it: "Z NAME ..." is a zone, "L TARGET NAME" another name of one. */
static void add_line(const char *line)
{
	const char *name = line + 2;
	if (line[0] == 'L' && line[1] == ' ')
		name += strcspn(name, " ") + 1;
	else if (line[0] != 'Z' || line[1] != ' ')
		return;
	add(name, strcspn(name, " \n"));
}

static void read_zones(void)
{
	char line[LINE_MAX_LENGTH];
	FILE *f = fopen("/usr/share/zoneinfo/tzdata.zi", "re");
	if (!f)
		return;
	while (fgets(line, sizeof line, f))
		if (strlen(line) > 3)
			add_line(line);
	fclose(f);
	qsort(zones, zones_n, sizeof *zones, compare);
}

/* Area/Location, or a single word: letters, digits, "_", "-", "+", each part with something in it. */
static bool looks_right(const char *name)
{
	static const char word[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-+";
	if (strlen(name) > NAME_MAX_LENGTH)
		return false;
	for (;; name++) {
		size_t n = strspn(name, word);
		if (!n)
			return false;
		name += n;
		if (*name != '/')
			return !*name;
	}
}

bool zone_known(const char *name)
{
	static pthread_once_t once = PTHREAD_ONCE_INIT;
	pthread_once(&once, read_zones);
	if (!looks_right(name))
		return false;
	return !zones_n || strcmp(name, "UTC") == 0 || bsearch(&name, zones, zones_n, sizeof *zones, compare);
}
