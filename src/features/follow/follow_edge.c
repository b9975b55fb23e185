/* What leads from people to people, for many of them at once. */
#include "features/follow/follow.h"

/* Of those whose ties the caller may see; the others have none for him. */
static err_t lists_of(struct cx *cx, size_t n, const void *const *users, const struct follow_some *some,
	enum user_tied_by by, const void **out)
{
	const char **owners = arena_array_of(cx->mem, const char *, n);
	struct user_list *lists = arena_array_of(cx->mem, struct user_list, n);
	size_t shown = 0;
	for (size_t i = 0; i < n; i++)
		if (person_shows_ties(users[i]))
			owners[shown++] = ((const struct user *)users[i])->id;
	const struct user_tied_some wanted = { owners, shown, by, RELATION_FOLLOW, some->limit };
	if (shown)
		TRY(user_tied_some(cx, &wanted, lists));
	for (size_t i = 0, k = 0; i < n; i++)
		out[i] = person_shows_ties(users[i]) ? &lists[k++] : NULL;
	return ERR_OK;
}

err_t follow_edge_followers(struct cx *cx, size_t n, const void *const *users, const void *some, const void **out)
{
	return lists_of(cx, n, users, some, USER_TIED_TO, out);
}

err_t follow_edge_following(struct cx *cx, size_t n, const void *const *users, const void *some, const void **out)
{
	return lists_of(cx, n, users, some, USER_TIED_FROM, out);
}
