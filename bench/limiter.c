/* What counting one request costs: its key hashed, the clock asked, the table of src/base/rate.c. Callers come in random
 * order from as many as told; with more of them than entries the table is full all the time.
 *
 *	limiter THREADS SECONDS [CALLERS] [ENTRIES] */
#include "base/rate.h"
#include "threads.h"

#include <sodium.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static struct rate_table *table;
static uint64_t callers = 10000;
static uint8_t seed[crypto_shorthash_KEYBYTES];

static void *make(void)
{
	static uint64_t next = 1;
	uint64_t *random = malloc(sizeof *random);
	if (!random)
		stop("out of memory");
	*random = next++ * UINT64_C(0x9e3779b97f4a7c15);
	return random;
}

static uint64_t nanos(void)
{
	struct timespec t;
	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000000000 + (uint64_t)t.tv_nsec;
}

static int once(void *own)
{
	const struct rate_rule rule = { 600, 600 };
	uint64_t *random = own, key;
	char name[37];
	struct rate_state s;
	*random = *random * UINT64_C(6364136223846793005) + 1442695040888963407;
	memset(name, 'x', sizeof name); /* as long as the id of a user */
	uint64_t who = (*random >> 33) % callers;
	memcpy(name, &who, sizeof who);
	crypto_shorthash((unsigned char *)&key, (const unsigned char *)name, sizeof name - 1, seed);
	(void)rate_take(table, key, &rule, nanos(), &s);
	return 1;
}

int main(int argc, char **argv)
{
	if (argc < 3) {
		fputs("usage: limiter THREADS SECONDS [CALLERS] [ENTRIES]\n", stderr);
		return 2;
	}
	unsigned threads = (unsigned)strtoul(argv[1], NULL, 10);
	callers = argc > 3 ? strtoull(argv[3], NULL, 10) : callers;
	table = rate_new(argc > 4 ? strtoul(argv[4], NULL, 10) : 32768);
	if (sodium_init() < 0)
		stop("libsodium does not start");
	double rate = threads_rate(&(struct work){ make, once }, threads, strtod(argv[2], NULL));
	printf("{\"program\":\"limiter\",\"threads\":%u,\"callers\":%llu,\"rate\":%.1f,\"ns\":%.1f}\n", threads,
		(unsigned long long)callers, rate, threads * 1e9 / rate);
	return 0;
}
