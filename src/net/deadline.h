/* Deadlines of many things that each wait for the same time: a list in the order of their ends, so that setting and
 * clearing one costs a few pointers and looking for those that are over costs nothing when none is. */
#ifndef NET_DEADLINE_H
#define NET_DEADLINE_H

#include <stddef.h>
#include <stdint.h>

/* Embedded in what waits; zeroed: not set. */
struct deadline {
	struct deadline *prev, *next;
	int64_t at;
};

struct deadlines {
	struct deadline end; /* of the ring */
	int64_t after; /* how long each waits, ms; 0: for ever */
};

void deadlines_init(struct deadlines *l, int64_t after);
/* Sets d to `now` + after, whatever it was set to before. */
void deadline_set(struct deadlines *l, struct deadline *d, int64_t now);
void deadline_clear(struct deadline *d);
/* Takes out one that is over, or gives NULL. */
struct deadline *deadline_over(struct deadlines *l, int64_t now);

#endif
