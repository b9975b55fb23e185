#include "base/nearest.h"

#include <stdbool.h>
#include <string.h>

enum { LONGEST = 64 };

static char same(char c)
{
	if (c == '_' || c == '.')
		return '-';
	return c >= 'A' && c <= 'Z' ? (char)(c + 32) : c;
}

static size_t least(size_t x, size_t y, size_t z)
{
	size_t m = x < y ? x : y;
	return m < z ? m : z;
}

/* Damerau-Levenshtein with neighbours swapped at most once ("optimal string alignment"): three rows of its table. */
size_t edit_distance(const char *a, const char *b)
{
	size_t n = strnlen(a, LONGEST), m = strnlen(b, LONGEST);
	size_t rows[3][LONGEST + 1], *two = rows[0], *one = rows[1], *now = rows[2];
	for (size_t j = 0; j <= m; j++)
		one[j] = two[j] = j;
	for (size_t i = 1; i <= n; i++) {
		now[0] = i;
		for (size_t j = 1; j <= m; j++) {
			char x = same(a[i - 1]), y = same(b[j - 1]);
			now[j] = least(one[j] + 1, now[j - 1] + 1, one[j - 1] + (x != y));
			if (i > 1 && j > 1 && x == same(b[j - 2]) && same(a[i - 2]) == y && now[j] > two[j - 2] + 1)
				now[j] = two[j - 2] + 1;
		}
		size_t *free_row = two;
		two = one;
		one = now;
		now = free_row;
	}
	return one[m];
}

struct nearest nearest_begin(const char *wanted)
{
	return (struct nearest){ .wanted = wanted, .distance = LONGEST + 1 };
}

void nearest_try(struct nearest *n, const char *name)
{
	size_t d = edit_distance(n->wanted, name);
	if (d < n->distance) {
		n->distance = d;
		n->best = name;
	}
}

const char *nearest_name(const struct nearest *n)
{
	size_t letters = n->best ? strlen(n->best) : 0;
	bool near = n->distance * 3 <= letters || (n->distance == 1 && letters > 1);
	return n->best && near ? n->best : NULL;
}
