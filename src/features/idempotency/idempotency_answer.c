#include "features/idempotency/idempotency_answer.h"
#include "base/record.h"

#include <string.h>

/* The first byte says which of the two follows. */
enum { SUCCESS = 1, FAILURE = 2 };

struct kept_field {
	const char *path, *why, *code;
};
TYPE(kept_field, FIELD(kept_field, path, 0, ""), FIELD(kept_field, why, 0, ""), FIELD(kept_field, code, 0, ""));
struct kept_failure {
	const char *code, *message;
	struct list fields;
};
TYPE(kept_failure, FIELD(kept_failure, code, 0, ""), FIELD(kept_failure, message, 0, ""),
	FIELD_LIST(kept_failure, fields, kept_field, 0, ""));

void answer_write(struct buf *b, int status, const struct type *t, const void *answer, unsigned flags)
{
	int32_t s = status;
	buf_char(b, SUCCESS);
	buf_add(b, &s, sizeof s);
	record_write(b, t, answer, flags);
}

void answer_write_failure(struct cx *cx, struct buf *b, err_t code)
{
	size_t n = 0;
	for (const struct field_error *f = cx->fail.fields; f; f = f->next)
		n++;
	struct kept_field *fields = arena_array_of(cx->mem, struct kept_field, n);
	n = 0;
	for (const struct field_error *f = cx->fail.fields; f; f = f->next)
		fields[n++] = (struct kept_field){ f->path, f->why, f->code };
	const struct kept_failure kept = { err_info(code)->code, cx->fail.message, { fields, n } };
	buf_char(b, FAILURE);
	record_write(b, &kept_failure_type, &kept, 0);
}

static err_t code_of(const char *wire)
{
	for (int e = ERR_OK + 1; wire && e < ERR_COUNT; e++)
		if (strcmp(err_info((err_t)e)->code, wire) == 0)
			return (err_t)e;
	return ERR_OK;
}

static void note_fields(struct cx *cx, const struct list *kept)
{
	const struct kept_field *fields = kept->items;
	struct field_error **last = &cx->fail.fields;
	for (size_t i = 0; i < kept->n; i++) {
		struct field_error *f = arena_new_of(cx->mem, struct field_error);
		*f = (struct field_error){ NULL, fields[i].path ? fields[i].path : "",
			fields[i].why ? fields[i].why : "", fields[i].code ? fields[i].code : "" };
		*last = f;
		last = &f->next;
	}
}

static err_t read_failure(struct cx *cx, const char *bytes, size_t n)
{
	struct kept_failure kept = { 0 };
	if (!record_read(cx->mem, &kept_failure_type, &kept, bytes, n) || !code_of(kept.code))
		return FAIL(cx, ERR_INTERNAL, "a kept failure cannot be read");
	cx_forgive(cx);
	cx->from.replayed = true;
	cx->fail.message = kept.message;
	note_fields(cx, &kept.fields);
	return FAIL(cx, code_of(kept.code), "as before");
}

err_t answer_read(struct cx *cx, const struct type *t, const void *bytes, size_t n, void *answer)
{
	const char *p = bytes;
	int32_t status;
	if (n > 1 && *p == FAILURE)
		return read_failure(cx, p + 1, n - 1);
	if (n <= 1 + sizeof status || *p != SUCCESS)
		return FAIL(cx, ERR_INTERNAL, "a kept answer is none");
	memcpy(&status, p + 1, sizeof status);
	if (!record_read(cx->mem, t, answer, p + 1 + sizeof status, n - 1 - sizeof status))
		return FAIL(cx, ERR_INTERNAL, "a kept answer cannot be read");
	cx->status = status;
	cx->from.replayed = true;
	return ERR_OK;
}
