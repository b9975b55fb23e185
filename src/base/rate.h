/* Counting how fast somebody goes, in bounded memory: GCRA, the generic cell rate algorithm (ITU-T I.371, annex A). For each
 * key one time is kept: when its debt is paid off, if it does nothing more. A request moves that time on by one interval,
 * and is refused when it would lie further ahead than the burst allows. A key without debt needs no entry.
 *
 * The table has a fixed number of entries. When a place is full of keys in debt, a new key takes over the entry of the one
 * with the least debt, and that debt with it. So nobody ever gets rid of what he owes by making others come (or by coming
 * back under other names): in a crowd beyond the table's size it counts too much, never too little. */
#ifndef BASE_RATE_H
#define BASE_RATE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct rate_table;

/* `entries` of 16 bytes; memory is used as keys come. */
struct rate_table *rate_new(size_t entries);
void rate_free(struct rate_table *t);

struct rate_rule {
	int64_t per_minute; /* at least 1 */
	int64_t burst; /* how many at once, at least 1 */
};
struct rate_state {
	int64_t limit, remaining; /* requests at once: at most, and now */
	uint64_t full_ns; /* until all of them are there again */
	uint64_t wait_ns; /* of a refused one: until one more is */
};

/* Counts one request of the key, unless it is refused: false. `now` is time_nanos(), which no clock of the wall moves.
 * Keys must be hashes that nobody outside can foresee. */
bool rate_take(struct rate_table *t, uint64_t key, const struct rate_rule *r, uint64_t now, struct rate_state *out);

/* What others know of the key: it owes at least so much. Its debt here grows to that, and never shrinks. */
void rate_raise(struct rate_table *t, uint64_t key, uint64_t owed_ns, uint64_t now);

/* Who tells other nodes, soon, what was taken here; nobody waits for it. `table` and `key` are the same on all nodes. */
struct rate_share {
	void *own;
	void (*taken)(const struct rate_share *s, unsigned table, uint64_t key, const struct rate_rule *r);
};

/* How often a key had to take over the debt of another: the table is too small for what goes on. */
int64_t rate_crowded(struct rate_table *t);

#endif
