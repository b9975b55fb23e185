#include "features/user/user_rank.h"
#include "base/str.h"
#include "features/relation/relation.h"
#include "features/user/user_name.h"

#include <stdlib.h>
#include <string.h>

enum {
	NAME_IS = 8000,
	NAME_BEGINS = 4000,
	WORD_IS = 3000,
	WORD_BEGINS = 2000,
	FOLLOWED = 2500,
	FOLLOWS = 1000,
	TENFOLD = 600
};

static int64_t fit_of_words(const char *text, const char *q, size_t n)
{
	int64_t best = 0;
	while (*text) {
		size_t length = strcspn(text, " ");
		bool begins = length >= n && memcmp(text, q, n) == 0;
		int64_t fit = !begins ? 0 : length == n ? WORD_IS : WORD_BEGINS;
		best = fit > best ? fit : best;
		text += length + (text[length] == ' ');
	}
	return best;
}

static int64_t fit(struct cx *cx, const struct user *u, const char *q)
{
	const char *name = search_normal(cx->mem, u->username);
	if (strcmp(name, q) == 0)
		return NAME_IS;
	int64_t best = str_starts(name, q) ? NAME_BEGINS : 0;
	int64_t words = u->display_name ? fit_of_words(search_normal(cx->mem, u->display_name), q, strlen(q)) : 0;
	return words > best ? words : best;
}

/* Each ten times as many weigh as much. */
static int64_t fame(const struct user *u)
{
	int64_t weight = 0;
	for (int64_t n = person_shows_ties(u) ? u->followers_count : 0; n > 0; n /= 10)
		weight += n >= 10 ? TENFOLD : TENFOLD * n / 10;
	return weight;
}

bool user_ranked_behind(const struct user_ranked *r, int64_t score, int64_t number)
{
	return r->score < score || (r->score == score && r->user->number > number);
}

static int by_score(const void *a, const void *b)
{
	const struct user_ranked *x = a, *y = b;
	if (x->score != y->score)
		return x->score > y->score ? -1 : 1;
	return x->user->number < y->user->number ? -1 : x->user->number > y->user->number;
}

static err_t ties_of(struct cx *cx, const struct list *users, unsigned *ties)
{
	const struct user *u = users->items;
	const char *ids[USER_SOME];
	memset(ties, 0, users->n * sizeof *ties);
	if (cx->who.kind != ACTOR_USER)
		return ERR_OK;
	for (size_t i = 0; i < users->n; i++)
		ids[i] = u[i].id;
	return relation_ties(cx, cx->who.id, users->n, ids, ties);
}

err_t user_rank(struct cx *cx, const char *q, const struct list *users, struct user_ranked *out)
{
	struct user *u = users->items;
	unsigned ties[USER_SOME];
	TRY(ties_of(cx, users, ties));
	for (size_t i = 0; i < users->n; i++) {
		int64_t tie = ((ties[i] & tie_to(RELATION_FOLLOW)) ? FOLLOWED : 0) +
		              ((ties[i] & tie_from(RELATION_FOLLOW)) ? FOLLOWS : 0);
		out[i] = (struct user_ranked){ &u[i], fit(cx, &u[i], q) + tie + fame(&u[i]) };
	}
	if (users->n)
		qsort(out, users->n, sizeof *out, by_score);
	return ERR_OK;
}
