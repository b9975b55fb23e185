/* A neighbour's profiles, page after page: asked for over HTTP at an address of the settings. Whatever answers is taken for
 * hostile, but for where it is: the operator has named it, so it may be inside his own network. */
#ifndef FEATURES_INBOX_JOB_H
#define FEATURES_INBOX_JOB_H

#include "features/inbox/inbox_page.h"

struct inbox_walk;
/* NULL and *why (a sentence for the operator, in `mem`) when it cannot begin. `url`, unless NULL, stands in place of the
 * setting; the token goes along when both have the same origin, or the setting is empty. `mem`, settings and texts must
 * outlive it. For one thread. */
struct inbox_walk *inbox_walk_new(
	struct arena *mem, const struct inbox_conf *conf, enum inbox_source from, const char *url, const char **why);
/* The next page into *out, which lives in `page_mem`; waits while the neighbour asks to be left alone. False when none is
 * left, and when something is wrong: then *why is a sentence in page_mem, else NULL. */
bool inbox_walk_next(struct inbox_walk *w, struct arena *page_mem, struct inbox_page *out, const char **why);
/* How many pages came. */
int64_t inbox_walk_pages(const struct inbox_walk *w);
/* NULL is allowed. */
void inbox_walk_free(struct inbox_walk *w);

#endif
