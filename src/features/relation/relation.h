/* What one person is to another: he follows him, asked to, blocks or mutes him. This feature keeps the rows and knows no
 * user: what a row means for what somebody sees is said in user_see.c, and who may make one by the features above. */
#ifndef FEATURES_RELATION_H
#define FEATURES_RELATION_H

#include "base/page.h"

enum relation_kind { RELATION_FOLLOW, RELATION_ASK, RELATION_BLOCK, RELATION_MUTE, RELATION_KINDS };
extern const char *const relation_kind_names[];

struct relation {
	const char *id, *from_id, *to_id;
	const char *reason; /* of a block, for the eyes of who said it; may be NULL */
	unsigned kind;
	int64_t at; /* ms since 1970: when it began to be of this kind */
};
extern const struct type relation_type;

/* What is between two people, one bit each: what the first is to the second, and the second to the first. */
static inline unsigned tie_to(enum relation_kind k)
{
	return 1u << k;
}
static inline unsigned tie_from(enum relation_kind k)
{
	return 1u << (k + RELATION_KINDS);
}
/* Either blocks the other: they do not exist for each other. */
static inline bool ties_blocked(unsigned ties)
{
	return ties & (tie_to(RELATION_BLOCK) | tie_from(RELATION_BLOCK));
}

/* What is between `id` and each of the others, at once. */
err_t relation_ties(struct cx *cx, const char *id, size_t n, const char *const *others, unsigned *ties) CHECKED;

/* At most `most` of those who follow him and have not muted him: all, or those among n. */
err_t relation_hearers(struct cx *cx, const char *id, size_t n, const char *const *among, size_t most,
	struct list *out) CHECKED; /* texts */

/* Inside a transaction, first of all: no other changes what is between these two until it ends. */
err_t relation_lock(struct cx *cx, const char *a, const char *b) CHECKED;
/* Adds a row, with an identifier and a moment when it has none. Nothing when there is one of that kind. */
err_t relation_add(struct cx *cx, struct relation *r) CHECKED;
/* ERR_NOT_FOUND. */
err_t relation_get(
	struct cx *cx, const char *from, const char *to, enum relation_kind kind, struct relation *out) CHECKED;
err_t relation_remove(struct cx *cx, const char *from, const char *to, enum relation_kind kind, bool *removed) CHECKED;
/* What was asked for is granted: the same row, from now on. *turned: there was one. */
err_t relation_grant(struct cx *cx, const char *from, const char *to, bool *turned) CHECKED;

/* Every row of a person who is erased. */
err_t relation_erase(struct cx *cx, const char *user_id) CHECKED;
/* What he is to others, and who follows him or asks to; nobody learns who blocks or mutes him. */
err_t relation_part(struct cx *cx, const char *user_id, const char *after, struct list *out, const char **next) CHECKED;

#endif
