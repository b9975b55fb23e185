#include "crypto/cursor.h"
#include "base/str.h"
#include "crypto/keyring.h"

#include <string.h>

const char *cursor_write(struct cx *cx, const char *kind, const struct place *p)
{
	return keyring_sign_text(
		cx->mem, kind, arena_printf(cx->mem, "%lld:%s", (long long)p->n, p->text ? p->text : ""));
}

err_t cursor_read(struct cx *cx, const char *kind, const char *cursor, struct place *out)
{
	if (!cursor)
		return ERR_OK;
	const char *text = keyring_open_text(cx->mem, kind, cursor);
	const char *colon = text ? strchr(text, ':') : NULL;
	if (!colon || !str_int(arena_memdup0(cx->mem, text, (size_t)(colon - text)), &out->n)) {
		cx->fail.message = "The cursor is not one that this list gave.";
		return FAIL(cx, ERR_MALFORMED, "cursor of %s", kind);
	}
	out->text = colon + 1;
	return ERR_OK;
}

struct page *cursor_page(
	struct cx *cx, const struct page_want *want, const char *kind, const struct type *t, struct list *items)
{
	struct page *p = page_fill(cx, want, items, -1);
	if (!p->has_next)
		return p;
	const char *last = (const char *)items->items + (items->n - 1) * t->size;
	const char *const *id = field_value(type_field(t, "id", 2), last);
	p->next_cursor = cursor_write(cx, kind, &(struct place){ .text = *id });
	return p;
}
