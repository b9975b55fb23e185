#include "cli/outcome.h"
#include "base/json.h"
#include "cli/format.h"

#include <jansson.h>
#include <string.h>

/* --- the server's answer ---------------------------------------------------------------------------------------- */

static const char *text_of(struct arena *a, const json_t *object, const char *name)
{
	return arena_strdup(a, json_string_value(json_object_get(object, name)));
}

static struct field_error *fields_of(struct arena *a, json_t *details)
{
	struct field_error *first = NULL, **last = &first;
	const char *path;
	json_t *whys, *why;
	size_t i;
	json_object_foreach(details, path, whys)
	{
		json_array_foreach(whys, i, why)
		{
			struct field_error *f = arena_new_of(a, struct field_error);
			const char *text = json_string_value(why);
			*f = (struct field_error){ .path = arena_strdup(a, path),
				.why = arena_strdup(a, text ? text : "") };
			*last = f;
			last = &f->next;
		}
	}
	return first;
}

struct outcome outcome_of_answer(struct arena *a, const struct control_answer *answer)
{
	struct outcome o = { .status = answer->status, .envelope = answer->body, .n = answer->n };
	if (answer->status >= 200 && answer->status < 300)
		return o;
	json_t *body = json_loadb(answer->body, answer->n, 0, NULL);
	o.message = text_of(a, body, "message");
	o.fields = fields_of(a, json_object_get(body, "details"));
	o.correlation_id = answer->status >= 500 ? text_of(a, body, "correlation_id") : NULL;
	json_decref(body);
	return o;
}

/* --- a call in this process ------------------------------------------------------------------------------------- */

static const struct field *field_of(const struct type *t, const char *name)
{
	return type_field(t, name, strlen(name));
}

static void write_envelope(struct buf *b, const struct op *op, const void *out)
{
	const struct type *t = op->call->out;
	buf_str(b, "{\"data\":");
	if (op_is_list(op)) {
		json_write_value(b, field_of(t, "items"), out, JSON_ANSWER, false);
		buf_str(b, ",\"meta\":");
		json_write_value(b, field_of(t, "page"), out, JSON_ANSWER, false);
	} else {
		json_write(b, t, out, JSON_ANSWER);
	}
	buf_char(b, '}');
}

struct outcome outcome_of_call(
	struct arena *a, const struct op *op, err_t e, const struct cx *cx, const void *out, const char *why)
{
	if (e) {
		const char *said = cx && cx->fail.message ? cx->fail.message : why;
		struct outcome o = outcome_of_error(e, said);
		o.fields = cx ? cx->fail.fields : NULL;
		return o;
	}
	struct buf b = { .mem = a };
	write_envelope(&b, op, out);
	return (struct outcome){ .status = 200, .envelope = buf_cstr(&b), .n = b.n };
}

struct outcome outcome_of_error(err_t e, const char *why)
{
	const struct err_info *info = err_info(e);
	return (struct outcome){ .status = info->http, .message = why ? why : info->text };
}

/* --- showing it ------------------------------------------------------------------------------------------------- */

/* The field that a flag sets; NULL when no flag does. */
static const struct field *flag_of(const struct flags *f, const char *path)
{
	const struct field *d = field_of(f->op->call->in, path);
	return d && flags_offer(d) ? d : NULL;
}

static int show_failure(struct cli *c, const struct flags *f, const struct outcome *o)
{
	buf_printf(&c->err, "roster: %s\n", o->message ? o->message : "The server gave an answer that makes no sense.");
	for (const struct field_error *e = o->fields; e; e = e->next) {
		const struct field *d = flag_of(f, e->path);
		const char *name = d ? flags_name(c->mem, d) : e->path;
		bool secret =
			d && d->kind == KIND_SECRET; /* --password-stdin or --password-file: it is no flag itself */
		buf_printf(&c->err, "  %s%s: %s\n", d && !secret ? "--" : "", name, e->why);
	}
	if (o->fields)
		buf_printf(&c->err, "Try: roster %s --help\n", f->command);
	if (o->correlation_id)
		buf_printf(&c->err, "The server's log tells more under correlation id %s.\n", o->correlation_id);
	int status = cli_exit_of(o->status);
	return status ? status : CLI_FAILED;
}

static bool is_empty(const json_t *data)
{
	return !data || json_is_null(data) || (json_is_object(data) && json_object_size(data) == 0);
}

/* Of what type the data is that an answer shows; a list's: of what its items are. */
static const struct type *type_of(const struct op *op)
{
	return op_is_list(op) ? field_of(op->call->out, "items")->type : op->call->out;
}

static bool show_success(struct cli *c, const struct flags *f, const struct outcome *o, const json_t *data)
{
	const struct format *format = c->format ? c->format : &formats[0];
	if (data && (format != &formats[0] || !is_empty(data)))
		return format->write(c, &(struct shown){ data, type_of(f->op), o->envelope, o->n });
	if (format == &formats[0])
		buf_printf(&c->out, "%s\n", f->op->message ? f->op->message : "Done.");
	return true;
}

int outcome_show(struct cli *c, const struct flags *f, const struct outcome *o)
{
	if (o->status < 200 || o->status > 299 || o->message)
		return show_failure(c, f, o);
	json_t *envelope = o->n ? json_loadb(o->envelope, o->n, 0, NULL) : json_object();
	const json_t *data = json_object_get(envelope, "data"); /* a standard's own answer has no envelope */
	bool ok = envelope && show_success(c, f, o, data ? data : envelope);
	json_decref(envelope);
	return ok ? CLI_OK : show_failure(c, f, &(struct outcome){ .status = 500 });
}
