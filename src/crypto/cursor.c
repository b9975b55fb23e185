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
