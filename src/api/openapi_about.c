#include "api/openapi_about.h"
#include "base/json.h"

/* Whoever has the permission; `own`, OP_SERVICE and OP_LOOPBACK widen that. */
static void write_permission(struct buf *text, const struct op *op)
{
	buf_printf(text, "Needs the permission `%s`", perm_info(op->need)->name);
	if (op->own)
		buf_str(text, ", except for what is the caller's own");
	if (op->flags & OP_LOOPBACK)
		buf_str(text, ", except on this very host");
	buf_str(text, op->flags & OP_SERVICE ? "; service credentials may have it as a scope." : ".");
}

static void write_caller(struct buf *text, const struct op *op)
{
	if (op->flags & OP_ANYONE)
		buf_str(text, "Anyone may call it.");
	else if (op->need != PERM_NONE)
		write_permission(text, op);
	else if (op->flags & OP_SERVICE)
		buf_str(text, "For people who are logged in, and for service credentials.");
	else
		buf_str(text, "For people who are logged in.");
}

void openapi_about(struct buf *b, const struct op *op)
{
	struct buf text = { .mem = b->mem };
	write_caller(&text, op);
	if (op->reads)
		buf_str(&text, " With `If-Match`, only while the ETag of what it changes is still that one.");
	if (op->flags & OP_NO_STORE)
		buf_str(&text, " The answer must not be kept by caches.");
	buf_str(b, "\"description\":");
	json_write_text(b, buf_cstr(&text));
}
