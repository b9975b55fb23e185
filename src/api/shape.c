#include "api/shape.h"
#include "base/log.h"
#include "base/str.h"

#include <stdlib.h>
#include <string.h>

static const char *const camel_enums[] = { "active", "pending", "PENDING_VERIFICATION", "public", "followers",
	"FRIENDS_ONLY", NULL };

const struct shape shape_camel = {
	.name = "camel",
	.prefix = "/api/",
	.camel = true,
	.upper = true,
	.errors = ERRORS_MESSAGE,
	.limits = "X-Rate-Limit",
	.map = "invalid=400:Validation failed, email_taken=400:Email already registered, username_taken=400:Username already taken,"
	       " not_found=404:User not found, account_not_active=403:Account suspended, email_not_verified=403:Email not verified, unauthenticated=401:Authentication required,"
	       " token_invalid=401:Invalid token, session_ended=401:Invalid token, token_expired=401:Token expired,"
	       " rate_limited=429:Too many requests",
	.renamed = camel_enums,
};

const struct shape shape_bare = {
	.name = "bare",
	.prefix = "/auth/",
	.errors = ERRORS_DETAIL,
	.map = "email_taken=400:Email already registered, username_taken=400:Username already registered,"
	       " unauthenticated=403:Not authenticated, token_invalid=401:Invalid token, session_ended=401:Invalid session,"
	       " token_expired=401:Token has expired, bad_credentials=401:Invalid credentials, account_not_active=401:Inactive user,"
	       " email_not_verified=403:Email not verified",
};

/* The names and the enums of shape_camel, the codes of the canonical shape. */
const struct shape shape_graphql = {
	.name = "graphql",
	.prefix = "/graphql",
	.camel = true,
	.upper = true,
	.errors = ERRORS_GRAPHQL,
	.renamed = camel_enums,
};

struct parser {
	struct arena *mem;
	const struct shape_row *row;
	const char *at;
};

static _Noreturn void bad_row(const struct parser *p, const char *why, const char *what)
{
	log_error("a row of an older shape is wrong", LT("route", p->row->route), LT("why", why), LT("at", what));
	log_flush();
	abort();
}

static void skip(struct parser *p)
{
	p->at += strspn(p->at, " \n\t");
}

static bool take(struct parser *p, char c)
{
	skip(p);
	if (*p->at != c)
		return false;
	p->at++;
	return true;
}

static const char *word(struct parser *p)
{
	skip(p);
	size_t n = strspn(p->at, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_");
	if (!n)
		bad_row(p, "a name was expected", p->at);
	const char *w = arena_memdup0(p->mem, p->at, n);
	p->at += n;
	return w;
}

/* The operation's field for a name of the shape: itself, or (camel shapes) by its camelCase form. */
static const struct field *find(const struct parser *p, const struct type *t, const char *name)
{
	const struct field *f = type_field(t, name, strlen(name));
	for (const struct field *g = t->fields; !f && p->row->shape->camel && g->name; g++)
		if (strcmp(str_camel(p->mem, g->name), name) == 0)
			f = g;
	return f;
}

static const char *const *enum_names(const struct parser *p, const char *const *names)
{
	const struct shape *s = p->row->shape;
	size_t n = 0;
	while (names[n])
		n++;
	const char **out = arena_array_of(p->mem, const char *, n + 1);
	for (size_t i = 0; i < n; i++) {
		char *up = arena_strdup(p->mem, names[i]);
		for (char *c = up; *c; c++)
			*c = *c >= 'a' && *c <= 'z' ? (char)(*c - 32) : *c;
		out[i] = up;
		for (const char *const *r = s->renamed; r && *r; r += 3)
			if (strcmp(r[0], names[0]) == 0 && strcmp(r[1], names[i]) == 0)
				out[i] = r[2];
	}
	return out;
}

static const struct type *derive(struct parser *p, const struct type *t);

enum { NEVER_HIDDEN = 65 };

/* What the operation's type hides from a viewer this one hides too, wherever it stands here. */
static unsigned place_of(const struct type *t, const struct field *f)
{
	return f->place ? f->place : (unsigned)(f - t->fields) + 1;
}

/* A field as this shape shows it, without a selection of its own: nested objects follow the shape's naming too. */
static struct field restyle(struct parser *p, const struct field *f, const char *name)
{
	struct field out = *f;
	out.name = name;
	if ((f->flags & WORD) && p->row->shape->upper)
		out.flags |= UPPER;
	if (f->kind == KIND_ENUM && p->row->shape->upper)
		out.names = enum_names(p, f->names);
	if (f->type && p->row->shape->camel) {
		struct parser all = { p->mem, p->row, "*" };
		out.type = derive(&all, f->type);
	}
	return out;
}

static const char *shape_name(const struct parser *p, const char *name)
{
	return p->row->shape->camel ? str_camel(p->mem, name) : name;
}

/* One item: name, name=source, name{...}, name=source{...}; name=.{...} nests fields of the same struct; `message` is the
 * row's sentence. */
static struct field item(struct parser *p, const struct type *t)
{
	const char *name = word(p), *source = name;
	bool renamed = take(p, '=');
	bool same = renamed && take(p, '.');
	if (renamed && !same)
		source = word(p);
	if (!renamed && strcmp(name, "message") == 0 && p->row->message)
		return (struct field){ .name = name,
			.kind = KIND_TEXT,
			.flags = CONSTANT,
			.dflt = p->row->message,
			.doc = "",
			.place = NEVER_HIDDEN };
	const struct field *f = same ? NULL : find(p, t, source);
	bool braces = take(p, '{');
	if (!f && !(same && braces))
		bad_row(p, "the operation has no such field", source);
	if (!f)
		return (struct field){ .name = name,
			.kind = KIND_OBJECT,
			.flags = EMBEDDED,
			.type = derive(p, t),
			.doc = "",
			.place = NEVER_HIDDEN };
	struct field out = restyle(p, f, name);
	out.place = place_of(t, f);
	if (braces)
		out.type = derive(p, f->type);
	return out;
}

/* Items up to the closing brace or the end; "*" is every field. */
static const struct type *derive(struct parser *p, const struct type *t)
{
	enum { ITEMS = 64 };
	struct field fields[ITEMS]; /* most types are far smaller, and what is kept of them is kept for ever */
	size_t n = 0;
	if (take(p, '*')) {
		for (const struct field *f = t->fields; f->name && n < ITEMS; f++) {
			fields[n] = restyle(p, f, shape_name(p, f->name));
			fields[n++].place = place_of(t, f);
		}
	} else {
		do
			fields[n++] = item(p, t);
		while (n < ITEMS && take(p, ','));
	}
	skip(p);
	if (*p->at && !take(p, '}'))
		bad_row(p, "a comma or a closing brace was expected", p->at);
	struct field *kept = arena_array_of(p->mem, struct field, n + 1);
	memcpy(kept, fields, n * sizeof *kept);
	struct type *out = arena_new_of(p->mem, struct type);
	*out = (struct type){ arena_printf(p->mem, "%s_%s", t->name, p->row->shape->name), t->size, kept, n, t->hide };
	return out;
}

/* Input: every field under its shape's name, those of "a=b" also under theirs; `fixed` gives defaults. */
const struct type *view_input(struct arena *a, const struct shape_row *row, const struct type *t)
{
	struct parser p = { a, row, "*" };
	struct type *out = (struct type *)(size_t)derive(&p, t);
	struct field *fields = (struct field *)(size_t)out->fields;
	for (size_t i = 0; i < t->n; i++)
		fields[i].alias = t->fields[i].alias ? arena_printf(a, "%s|%s", t->fields[i].name, t->fields[i].alias)
		                                     : t->fields[i].name;
	struct parser in = { a, row, row->in ? row->in : "" };
	while (*in.at) {
		const char *theirs = word(&in);
		if (!take(&in, '='))
			bad_row(&in, "name=field was expected", in.at);
		const char *ours = word(&in);
		const struct field *f = type_field(t, ours, strlen(ours));
		if (!f)
			bad_row(&in, "the operation takes no such field", ours);
		fields[f - t->fields].name = theirs;
		take(&in, ',');
	}
	struct parser fixed = { a, row, row->fixed ? row->fixed : "" };
	while (*fixed.at) {
		const char *ours = word(&fixed);
		const struct field *f = type_field(t, ours, strlen(ours));
		if (!f || !take(&fixed, '='))
			bad_row(&fixed, "field=value was expected", ours);
		fields[f - t->fields].dflt = word(&fixed);
		fields[f - t->fields].flags &= ~(unsigned)REQUIRED;
		take(&fixed, ',');
	}
	return out;
}

struct field view_field(struct arena *a, const struct shape *shape, const struct type *t, const struct field *f)
{
	const struct shape_row row = { .shape = shape };
	struct parser p = { a, &row, "" };
	struct field alone = *f;
	alone.type = NULL;
	struct field out = restyle(&p, &alone, shape_name(&p, f->name));
	out.type = f->type;
	out.place = place_of(t, f);
	return out;
}

/* "code=status:Sentence, code=status": a sentence may hold no comma. */
static void parse_errors(struct arena *a, const char *map, struct view *v, const struct shape_row *row)
{
	struct parser p = { a, row, map ? map : "" };
	while (*p.at) {
		struct shape_error *e = &v->errors[v->errors_n++];
		e->code = word(&p);
		if (!take(&p, '='))
			bad_row(&p, "code=status was expected", p.at);
		int64_t status;
		if (!str_int(word(&p), &status))
			bad_row(&p, "a status was expected", e->code);
		e->status = (int)status;
		if (take(&p, ':')) {
			size_t n = strcspn(p.at, ",");
			e->text = arena_memdup0(a, p.at, n);
			p.at += n;
		}
		take(&p, ',');
		skip(&p);
	}
}

const struct view *view_new(struct arena *a, const struct shape_row *row, const struct op *op)
{
	enum { ERRORS = 40 };
	struct view *v = arena_new_of(a, struct view);
	v->row = row;
	v->op = op;
	v->in = view_input(a, row, op->call->in);
	struct parser p = { a, row, row->out ? row->out : "*" };
	v->root = take(&p, '@');
	v->out = derive(&p, op->call->out);
	v->errors = arena_array_of(a, struct shape_error, ERRORS);
	parse_errors(a, row->errors, v, row);
	parse_errors(a, row->shape->map, v, row); /* the row's own come first and win */
	return v;
}

const struct shape_error *view_error(const struct view *v, const char *code)
{
	for (size_t i = 0; i < v->errors_n; i++)
		if (strcmp(v->errors[i].code, code) == 0)
			return &v->errors[i];
	return NULL;
}
