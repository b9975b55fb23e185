#include "base/page.h"

TYPE_EMPTY(none);
/* clang-format off: a table */
TYPE(page, FIELD(page, total, 0, "How many there are that the caller may see; only with `page`, exact to 10,000"),
	FIELD(page, limit, REQUIRED, "How many a page holds"),
	FIELD(page, page, 0, "Number of this page, from 1; only with `page`"),
	FIELD(page, total_pages, 0, "How many pages there are; only with `page`"),
	FIELD(page, has_next, REQUIRED, "Whether more follow"),
	FIELD(page, has_previous, REQUIRED, "Whether some come before"),
	FIELD(page, next_cursor, OMIT_NULL, "Give it as `cursor` to get what follows"),
	FIELD(page, total_capped, 0, "True when there are more than `total` says"));
/* clang-format on */

err_t page_check(struct cx *cx, const struct page_want *want)
{
	if (want->page && want->cursor)
		return cx_field(cx, "cursor", "cannot be given together with page");
	if (want->page > PAGE_DEEPEST / want->limit)
		return cx_field(
			cx, "page", "pages end at %d rows; use the cursor of the answer to go deeper", PAGE_DEEPEST);
	return ERR_OK;
}

struct page *page_fill(struct cx *cx, const struct page_want *want, struct list *items, int64_t total)
{
	struct page *p = arena_new_of(cx->mem, struct page);
	p->limit = want->limit;
	p->has_next = items->n > (size_t)want->limit;
	p->has_previous = want->page > 1 || want->cursor;
	if (p->has_next)
		items->n = (size_t)want->limit;
	if (total < 0)
		return p;
	bool capped = total > PAGE_COUNT_MAX;
	if (capped) {
		total = PAGE_COUNT_MAX;
		p->total_capped = (struct opt_bool){ IS_SET, true };
	}
	p->total = (struct opt_int){ IS_SET, total };
	p->page = (struct opt_int){ IS_SET, want->page };
	p->total_pages = (struct opt_int){ IS_SET, (total + want->limit - 1) / want->limit };
	return p;
}
