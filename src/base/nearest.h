/* "Did you mean": the known name that is nearest to a mistyped one. */
#ifndef BASE_NEAREST_H
#define BASE_NEAREST_H

#include <stddef.h>

/* How many letters must be put in, left out, changed or swapped with their neighbour to make one of the other; ASCII
 * case does not count, '-', '_' and '.' are the same. Texts past 64 characters are cut there. */
size_t edit_distance(const char *a, const char *b);

/* Remembers the nearest of the names that are tried: nearest_begin(), nearest_try() for each, nearest_name(). */
struct nearest {
	const char *wanted, *best;
	size_t distance;
};
struct nearest nearest_begin(const char *wanted);
void nearest_try(struct nearest *n, const char *name); /* name must live as long as the answer */
/* NULL when none is near enough to be what was meant: one letter, or at most a third of them, differ. */
const char *nearest_name(const struct nearest *n);

#endif
