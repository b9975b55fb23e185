#include "hist.h"

enum { SUB_BITS = 6, SUB = 1 << SUB_BITS };

static unsigned slot_of(uint64_t v)
{
	if (v < SUB)
		return (unsigned)v;
	unsigned shift = 63u - (unsigned)__builtin_clzll(v) - SUB_BITS;
	unsigned i = (shift + 1) * SUB + (unsigned)(v >> shift) - SUB;
	return i < HIST_SLOTS ? i : HIST_SLOTS - 1;
}

/* The largest value of a slot. */
static uint64_t value_of(unsigned i)
{
	if (i < SUB)
		return i;
	unsigned shift = i / SUB - 1;
	return ((uint64_t)(i % SUB + SUB + 1) << shift) - 1;
}

void hist_add(struct hist *h, uint64_t ns)
{
	h->count++;
	h->slot[slot_of(ns)]++;
	if (ns > h->max)
		h->max = ns;
}

void hist_merge(struct hist *into, const struct hist *from)
{
	for (unsigned i = 0; i < HIST_SLOTS; i++)
		into->slot[i] += from->slot[i];
	into->count += from->count;
	if (from->max > into->max)
		into->max = from->max;
}

uint64_t hist_quantile(const struct hist *h, double q)
{
	uint64_t want = (uint64_t)(q * (double)h->count), seen = 0;
	for (unsigned i = 0; h->count && i < HIST_SLOTS; i++) {
		seen += h->slot[i];
		if (seen > want || seen == h->count)
			return value_of(i) < h->max ? value_of(i) : h->max;
	}
	return h->max;
}
