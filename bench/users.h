/* The people the benchmarks log in as: made by a seeded generator (names in many scripts), kept with their tokens in a file
 * of tab-separated lines: e-mail, user name, name, password, refresh token, access token. */
#ifndef BENCH_USERS_H
#define BENCH_USERS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct user {
	char *email, *username, *name, *password, *refresh, *access; /* on the heap; "" when unknown */
};
struct users {
	struct user *list;
	size_t n;
};

/* The i-th user of the world that the seed makes: always the same one. */
void user_make(struct user *u, uint64_t seed, size_t i);
/* Replaces a text; takes over `value`, NULL changes nothing. */
void user_set(char **slot, char *value);

/* n users from the generator, the first being number `from`. */
void users_make(struct users *us, uint64_t seed, size_t from, size_t n);
bool users_load(struct users *us, const char *path);
bool users_save(const struct users *us, const char *path);

/* Lines of a text file (tokens, paths) on the heap. */
struct lines {
	char **line;
	size_t n;
};
bool lines_load(struct lines *ls, const char *path);

uint64_t random_next(uint64_t *state); /* splitmix64: for spreading load, never for secrets */

#endif
