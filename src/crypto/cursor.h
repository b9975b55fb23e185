/* Cursors: where a page of a list ended, for who wants the next one. Signed, so that nobody can make one up; `kind` names the
 * list with all that its order hangs on, so that the cursor of one means nothing in another. */
#ifndef CRYPTO_CURSOR_H
#define CRYPTO_CURSOR_H

#include "base/page.h"

/* A place: a number, a text, or both. */
struct place {
	int64_t n;
	const char *text; /* not NULL when it was read; may hold anything */
};

const char *cursor_write(struct cx *cx, const char *kind, const struct place *p);
/* Leaves `out`, the place before the first page, as it is when there is no cursor (NULL). ERR_MALFORMED, with a sentence for
 * the client, when it is none of that list. */
err_t cursor_read(struct cx *cx, const char *kind, const char *cursor, struct place *out) CHECKED;
/* page_fill() for a list that goes by the field `id` of its type, without totals: its cursor is the id that stood last. */
struct page *cursor_page(
	struct cx *cx, const struct page_want *want, const char *kind, const struct type *t, struct list *items);

#endif
