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
/* Its fields, in the table of an input whose member `want` it is: by cursor alone, or by number as well. */
#define CURSOR_FIELDS(S) \
	FIELD_AS(S, want.limit, "limit", 0, "How many a page holds", .min = 1, .max = 100, .dflt = "20"), \
		FIELD_AS(S, want.cursor, "cursor", NULL_CLEARS, "Goes on after a page whose `next_cursor` this was", \
			.max = 400)
#define PAGE_FIELDS(S) \
	FIELD_AS(S, want.page, "page", 0, "Number of the page, from 1; gives totals", .min = 0, .max = 10000), \
		CURSOR_FIELDS(S)
enum { PAGE_LIMIT = 20, PAGE_LIMIT_MAX = 100, PAGE_DEEPEST = 10000, PAGE_COUNT_MAX = 10000 };

/* Rows before the page; 0 by cursor. */
static inline int64_t page_offset(const struct page_want *want)
{
	return want->page ? (want->page - 1) * want->limit : 0;
}
/* ERR_INVALID when page*limit goes deeper than PAGE_DEEPEST: from there on a cursor serves. */
err_t page_check(struct cx *cx, const struct page_want *want) CHECKED;
/* Fills `out` for a list that read one row more than the limit; cuts the list. `cursor` is of the last row kept. `total`
 * is what a count capped at PAGE_COUNT_MAX + 1 said; -1 when none was made. */
struct page *page_fill(struct cx *cx, const struct page_want *want, struct list *items, int64_t total);

#endif
