/* Counts in the memory of this process. A table for each class, and apart for accounts and addresses: who fills one, by
 * coming from many addresses, stands in the way of nobody in another. People who have logged in share no table with
 * strangers either. */
#include "base/time.h"
#include "crypto/keyring.h"
#include "features/limit/limit.h"

#include <string.h>

enum { STRANGERS, SHARED, ACCOUNTS, TABLES };

static struct rate_table *tables[LIMIT_CLASSES][TABLES];
static uint8_t seed[SHORT_KEY_SIZE];
static const struct rate_share *share; /* NULL: this node counts alone */

void limit_init(size_t entries)
{
	crypto_random(seed, sizeof seed);
	share = NULL;
	for (int c = 0; c < LIMIT_CLASSES; c++)
		for (int t = 0; t < TABLES; t++) {
			rate_free(tables[c][t]);
			tables[c][t] = rate_new(entries);
		}
}

void limit_share(const struct rate_share *with)
{
	memcpy(seed, keyring_key(KEY_LIMIT), sizeof seed);
	share = with;
}

void limit_owed(unsigned table, uint64_t key, uint64_t ns)
{
	if (table < LIMIT_CLASSES * TABLES)
		rate_raise(tables[table / TABLES][table % TABLES], key, ns, time_nanos());
}

static err_t take(
	struct cx *cx, const struct limit_who *who, const struct rate_rule *r, bool *taken, struct rate_state *out)
{
	unsigned t = who->account ? ACCOUNTS : cx->who.kind == ACTOR_USER ? SHARED : STRANGERS;
	uint64_t key = crypto_short_hash(seed, who->name, strlen(who->name));
	*taken = rate_take(tables[who->class][t], key, r, time_nanos(), out);
	if (*taken && share)
		share->taken(share, who->class * TABLES + t, key, r);
	return ERR_OK;
}

const struct limit_store limit_memory = { .take = take };

int64_t limit_crowded(void)
{
	int64_t n = 0;
	for (int c = 0; c < LIMIT_CLASSES; c++)
		for (int t = 0; t < TABLES; t++)
			n += tables[c][t] ? rate_crowded(tables[c][t]) : 0;
	return n;
}
