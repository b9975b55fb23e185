/* A type with a field of every kind and rule, for the tests and fuzzers of what reads type tables. */
#ifndef BASE_SAMPLE_TEST_H
#define BASE_SAMPLE_TEST_H

#include "base/cx.h"

enum sample_colour { COLOUR_RED, COLOUR_GREEN, COLOUR_BLUE };

struct sample_address {
	const char *street, *city;
	struct list lines; /* texts */
	struct opt_int zip;
};
extern const struct type sample_address_type;

struct sample {
	const char *id, *name, *email, *website, *birthday, *bio, *password_hint, *made_by, *row_key;
	int64_t count, created_at, limit;
	double ratio;
	bool on;
	unsigned colour;
	struct secret password;
	struct json extra;
	struct list tags, addresses;
	const struct sample_address *home;
	struct sample_address work;
	struct textmap labels;
	const char *fixed;
	struct opt_bool maybe;
	struct opt_int age, seen_at;
	struct opt_double score;
	struct opt_text nickname;
	struct opt_enum tint;
	uint64_t hide;
};
extern const struct type sample_type;

/* A call's surroundings for a test: an arena of its own, ended by sample_cx_end(). */
struct cx *sample_cx(void);
void sample_cx_end(struct cx *cx);
/* The errors noted in cx, "path: why (code)", a line each, in its arena. */
const char *sample_errors(struct cx *cx);
/* Fills a sample `s` with values that fit its table, each chosen by `seed`; texts from many scripts. */
void sample_fill(struct cx *cx, struct sample *s, uint64_t seed);

#endif
