/* SQL of the relation feature. Included by relation*.c only. */
#ifndef FEATURES_RELATION_STORE_H
#define FEATURES_RELATION_STORE_H

#include "features/relation/relation.h"

/* One row of what is between somebody and another. */
struct relation_tie {
	const char *other;
	unsigned kind;
	bool back; /* it is the other's */
};
extern const struct type relation_tie_type;

/* `others` as json_texts() writes them. */
err_t relation_store_ties(struct cx *cx, const char *id, const char *others, size_t most, struct list *out) CHECKED;
/* Those who follow, and have not muted; `among` as json_texts() wrote it, NULL: all. */
err_t relation_store_hearers(struct cx *cx, const char *id, const char *among, size_t most, struct list *out) CHECKED;
err_t relation_store_lock(struct cx *cx, const char *key) CHECKED;
err_t relation_store_add(struct cx *cx, const struct relation *r) CHECKED;
err_t relation_store_get(
	struct cx *cx, const char *from, const char *to, const char *kind, struct relation *out) CHECKED;
err_t relation_store_remove(
	struct cx *cx, const char *from, const char *to, const char *kind, int64_t *removed) CHECKED;
err_t relation_store_turn(
	struct cx *cx, const char *from, const char *to, const char *kind, const char *into, int64_t *turned) CHECKED;
err_t relation_store_erase(struct cx *cx, const char *user_id) CHECKED;
/* His own rows, and those of others that he may know of, behind a place in the order of from, to and kind. */
err_t relation_store_part(
	struct cx *cx, const char *user_id, const struct relation *after, int64_t most, struct list *out) CHECKED;

#endif
