/* Pages of lists, and nothing: the two shapes of input and output that every feature shares. */
#ifndef BASE_PAGE_H
#define BASE_PAGE_H

#include "base/cx.h"

/* Nothing taken or given. */
struct none {
	char unused;
};
extern const struct type none_type;

/* What is told of a list beside its items: `total` and its kin only when a page number was asked for. */
struct page {
	struct opt_int total, page, total_pages;
	int64_t limit;
	bool has_next, has_previous;
	struct opt_bool total_capped;
	const char *next_cursor;
};
extern const struct type page_type;

/* What every list takes. */
struct page_want {
	int64_t page, limit; /* page 0: by cursor */
	const char *cursor;
};
enum { PAGE_LIMIT = 20, PAGE_LIMIT_MAX = 100, PAGE_DEEPEST = 10000, PAGE_COUNT_MAX = 10000 };

/* ERR_INVALID when page*limit goes deeper than PAGE_DEEPEST: from there on a cursor serves. */
err_t page_check(struct cx *cx, const struct page_want *want) CHECKED;
/* Fills `out` for a list that read one row more than the limit; cuts the list. `cursor` is of the last row kept. `total`
 * is what a count capped at PAGE_COUNT_MAX + 1 said; -1 when none was made. */
struct page *page_fill(struct cx *cx, const struct page_want *want, struct list *items, int64_t total);

#endif
