/* The grammar of executable documents (October 2021, appendix B). Each function reads what its name says, beginning at the
 * token that stands now, and leaves the one behind it; false means that the fault is noted. */
#include "graphql/lex.h"

#include <stdlib.h>

struct parser {
	struct gql_lexer lex; /* first */
	const struct gql_limits *limits;
	uint32_t depth, aliases, directives, fragments;
};

/* --- small ones --------------------------------------------------------------------------------------------------- */

static const struct gql_token *now(const struct parser *p)
{
	return &p->lex.token;
}

static bool too_much(struct parser *p, const char *message)
{
	(void)gql_fail(&p->lex, now(p)->text.at, message);
	p->lex.fault->limit = true;
	return false;
}

static bool unexpected(struct parser *p, const char *wanted)
{
	struct arena *a = p->lex.mem;
	return gql_fail(
		&p->lex, now(p)->text.at, arena_printf(a, "Expected %s, found %s.", wanted, gql_token_text(a, now(p))));
}

static bool is(const struct parser *p, char punctuator)
{
	return now(p)->kind == GQL_PUNCTUATOR && now(p)->punctuator == punctuator;
}

static bool is_word(const struct parser *p, const char *word)
{
	return now(p)->kind == GQL_NAME && gql_name_is(&now(p)->text, word, strlen(word));
}

static bool skip(struct parser *p)
{
	return gql_lex(&p->lex);
}

static bool expect(struct parser *p, char punctuator)
{
	char wanted[] = { '"', punctuator, '"', 0 };
	return is(p, punctuator) ? skip(p) : unexpected(p, wanted);
}

static bool read_name(struct parser *p, struct gql_name *out)
{
	if (now(p)->kind != GQL_NAME)
		return unexpected(p, "a name");
	*out = now(p)->text;
	return skip(p);
}

/* Something that may hold itself: how deep it is, is known before it is read. */
static bool deeper(struct parser *p)
{
	return ++p->depth <= p->limits->depth
	               ? true
	               : too_much(p, "The document is nested more deeply than this server reads.");
}

/* --- values ------------------------------------------------------------------------------------------------------- */

static bool read_value(struct parser *p, bool constant, struct gql_value *out);

static bool read_variable_name(struct parser *p, struct gql_name *out)
{
	return skip(p) && read_name(p, out);
}

static bool read_list(struct parser *p, bool constant, struct gql_value *out)
{
	struct gql_value **last = &out->items;
	out->kind = GQL_LIST;
	if (!deeper(p) || !skip(p))
		return false;
	while (!is(p, ']')) {
		*last = arena_new_of(p->lex.mem, struct gql_value);
		if (!read_value(p, constant, *last))
			return false;
		last = &(*last)->next;
	}
	p->depth--;
	return skip(p);
}

static bool read_named_values(struct parser *p, bool constant, char end, struct gql_argument **last)
{
	while (!is(p, end)) {
		*last = arena_new_of(p->lex.mem, struct gql_argument);
		if (!read_name(p, &(*last)->name) || !expect(p, ':') || !read_value(p, constant, &(*last)->value))
			return false;
		last = &(*last)->next;
	}
	return skip(p);
}

static bool read_object(struct parser *p, bool constant, struct gql_value *out)
{
	out->kind = GQL_OBJECT;
	if (!deeper(p) || !skip(p) || !read_named_values(p, constant, '}', &out->fields))
		return false;
	p->depth--;
	return true;
}

static bool read_word(struct parser *p, struct gql_value *out)
{
	out->kind = GQL_ENUM;
	out->is_true = is_word(p, "true");
	if (out->is_true || is_word(p, "false"))
		out->kind = GQL_BOOLEAN;
	else if (is_word(p, "null"))
		out->kind = GQL_NULL;
	out->text = now(p)->text;
	return skip(p);
}

static bool read_scalar(struct parser *p, enum gql_value_kind kind, struct gql_value *out)
{
	out->kind = kind;
	out->text = now(p)->text;
	return skip(p);
}

static bool read_punctuated(struct parser *p, bool constant, struct gql_value *out)
{
	switch (now(p)->punctuator) {
	case '[':
		return read_list(p, constant, out);
	case '{':
		return read_object(p, constant, out);
	case '$':
		if (constant)
			return gql_fail(
				&p->lex, out->at, "A variable cannot stand here: the value must be a constant.");
		out->kind = GQL_VARIABLE;
		return read_variable_name(p, &out->text);
	default:
		return unexpected(p, "a value");
	}
}

static bool read_value(struct parser *p, bool constant, struct gql_value *out)
{
	out->at = now(p)->text.at;
	switch (now(p)->kind) {
	case GQL_PUNCTUATOR:
		return read_punctuated(p, constant, out);
	case GQL_NAME:
		return read_word(p, out);
	case GQL_INT_TOKEN:
		return read_scalar(p, GQL_INT, out);
	case GQL_FLOAT_TOKEN:
		return read_scalar(p, GQL_FLOAT, out);
	case GQL_STRING_TOKEN:
		return read_scalar(p, GQL_STRING, out);
	case GQL_END:
		break;
	}
	return unexpected(p, "a value");
}

/* --- arguments, directives ---------------------------------------------------------------------------------------- */

/* Brackets that are there hold something: `()` and `{}` around nothing are no GraphQL. */
static bool read_arguments(struct parser *p, bool constant, struct gql_argument **out)
{
	if (!is(p, '('))
		return true;
	if (!skip(p))
		return false;
	if (is(p, ')'))
		return unexpected(p, "an argument");
	return read_named_values(p, constant, ')', out);
}

static bool read_directives(struct parser *p, bool constant, struct gql_directive **last)
{
	while (is(p, '@')) {
		if (++p->directives > p->limits->directives)
			return too_much(p, "The document has more directives than this server reads.");
		*last = arena_new_of(p->lex.mem, struct gql_directive);
		if (!skip(p) || !read_name(p, &(*last)->name) || !read_arguments(p, constant, &(*last)->arguments))
			return false;
		last = &(*last)->next;
	}
	return true;
}

/* --- selections --------------------------------------------------------------------------------------------------- */

static bool read_selections(struct parser *p, struct gql_selection **last);

static bool read_alias(struct parser *p, struct gql_selection *s)
{
	if (!read_name(p, &s->name))
		return false;
	if (!is(p, ':'))
		return true;
	if (++p->aliases > p->limits->aliases)
		return too_much(p, "The document has more aliases than this server reads.");
	s->alias = s->name;
	return skip(p) && read_name(p, &s->name);
}

static bool read_field(struct parser *p, struct gql_selection *s)
{
	s->kind = GQL_FIELD;
	s->meaning = arena_new_of(p->lex.mem, struct gql_meaning);
	if (!read_alias(p, s) || !read_arguments(p, false, &s->arguments) || !read_directives(p, false, &s->directives))
		return false;
	return !is(p, '{') || read_selections(p, &s->selections);
}

/* Behind the dots: the name of a fragment, or a piece of its own, with or without a type. */
static bool read_fragment(struct parser *p, struct gql_selection *s)
{
	if (!skip(p))
		return false;
	if (now(p)->kind == GQL_NAME && !is_word(p, "on")) {
		s->kind = GQL_SPREAD;
		return read_name(p, &s->name) && read_directives(p, false, &s->directives);
	}
	s->kind = GQL_INLINE;
	if (is_word(p, "on") && (!skip(p) || !read_name(p, &s->name)))
		return false;
	return read_directives(p, false, &s->directives) && read_selections(p, &s->selections);
}

static bool read_selections(struct parser *p, struct gql_selection **last)
{
	if (!deeper(p) || !expect(p, '{'))
		return false;
	do {
		*last = arena_new_of(p->lex.mem, struct gql_selection);
		(*last)->at = now(p)->text.at;
		if (!(is(p, '.') ? read_fragment(p, *last) : read_field(p, *last)))
			return false;
		last = &(*last)->next;
	} while (!is(p, '}'));
	p->depth--;
	return skip(p);
}

/* --- definitions -------------------------------------------------------------------------------------------------- */

static bool read_type(struct parser *p, struct gql_written_type **out)
{
	struct gql_written_type *t = *out = arena_new_of(p->lex.mem, struct gql_written_type);
	t->at = now(p)->text.at;
	if (is(p, '[')) {
		if (!deeper(p) || !skip(p) || !read_type(p, &t->of) || !expect(p, ']'))
			return false;
		p->depth--;
	} else if (!read_name(p, &t->name)) {
		return false;
	}
	t->non_null = is(p, '!');
	return !t->non_null || skip(p);
}

static bool read_default(struct parser *p, struct gql_value **out)
{
	if (!is(p, '='))
		return true;
	*out = arena_new_of(p->lex.mem, struct gql_value);
	return skip(p) && read_value(p, true, *out);
}

static bool read_variable(struct parser *p, struct gql_variable *v)
{
	if (!is(p, '$'))
		return unexpected(p, "a variable");
	return read_variable_name(p, &v->name) && expect(p, ':') && read_type(p, &v->type) &&
	       read_default(p, &v->dflt) && read_directives(p, true, &v->directives);
}

static bool read_variables(struct parser *p, struct gql_variable **last)
{
	if (!is(p, '('))
		return true;
	if (!skip(p))
		return false;
	do {
		*last = arena_new_of(p->lex.mem, struct gql_variable);
		if (!read_variable(p, *last))
			return false;
		last = &(*last)->next;
	} while (!is(p, ')'));
	return skip(p);
}

static bool read_operation(struct parser *p, enum gql_operation_kind kind, struct gql_operation *op)
{
	op->kind = kind;
	op->at = now(p)->text.at;
	if (!is(p, '{')) {
		if (!skip(p) || (now(p)->kind == GQL_NAME && !read_name(p, &op->name)))
			return false;
		if (!read_variables(p, &op->variables) || !read_directives(p, false, &op->directives))
			return false;
	}
	return read_selections(p, &op->selections);
}

static bool read_fragment_definition(struct parser *p, struct gql_fragment *f)
{
	if (++p->fragments > p->limits->fragments)
		return too_much(p, "The document has more fragments than this server reads.");
	f->at = now(p)->text.at;
	if (!skip(p))
		return false;
	if (is_word(p, "on"))
		return unexpected(p, "the name of a fragment");
	if (!read_name(p, &f->name))
		return false;
	if (!is_word(p, "on"))
		return unexpected(p, "\"on\"");
	return skip(p) && read_name(p, &f->on) && read_directives(p, false, &f->directives) &&
	       read_selections(p, &f->selections);
}

/* What an operation begins with; false: none does. */
static bool operation_kind(const struct parser *p, enum gql_operation_kind *kind)
{
	static const char *const words[] = { "query", "mutation", "subscription" };
	*kind = GQL_QUERY;
	if (is(p, '{'))
		return true;
	for (unsigned i = 0; i < sizeof words / sizeof *words; i++)
		if (is_word(p, words[i])) {
			*kind = (enum gql_operation_kind)i;
			return true;
		}
	return false;
}

static bool read_document(struct parser *p, struct gql_document *d)
{
	struct gql_operation **operation = &d->operations;
	struct gql_fragment **fragment = &d->fragments;
	do {
		enum gql_operation_kind kind;
		if (is_word(p, "fragment")) {
			*fragment = arena_new_of(p->lex.mem, struct gql_fragment);
			if (!read_fragment_definition(p, *fragment))
				return false;
			fragment = &(*fragment)->next;
		} else if (operation_kind(p, &kind)) {
			*operation = arena_new_of(p->lex.mem, struct gql_operation);
			if (!read_operation(p, kind, *operation))
				return false;
			operation = &(*operation)->next;
		} else {
			return unexpected(p, "a query, a mutation, a subscription or a fragment");
		}
	} while (now(p)->kind != GQL_END);
	return true;
}

static int by_name(const void *a, const void *b)
{
	const struct gql_name *x = &(*(const struct gql_fragment *const *)a)->name,
			      *y = &(*(const struct gql_fragment *const *)b)->name;
	int order = memcmp(x->s, y->s, x->n < y->n ? x->n : y->n);
	return order ? order : x->n < y->n ? -1 : x->n > y->n;
}

static void sort_fragments(struct arena *a, struct gql_document *d)
{
	for (const struct gql_fragment *f = d->fragments; f; f = f->next) {
		ARENA_ROOM(a, d->by_name, d->n_fragments);
		d->by_name[d->n_fragments++] = f;
	}
	if (d->n_fragments)
		qsort(d->by_name, d->n_fragments, sizeof *d->by_name, by_name);
}

const struct gql_fragment *gql_fragment_find(const struct gql_document *d, const struct gql_name *name)
{
	const struct gql_fragment wanted = { .name = *name }, *key = &wanted;
	const struct gql_fragment *const *found =
		d->n_fragments ? bsearch(&key, d->by_name, d->n_fragments, sizeof *d->by_name, by_name) : NULL;
	return found ? *found : NULL;
}

struct gql_document *gql_parse(
	struct arena *a, const char *source, size_t n, const struct gql_limits *limits, struct gql_fault *fault)
{
	struct parser p = { .lex = { .mem = a,
				    .source = source,
				    .p = source,
				    .end = source + n,
				    .tokens_max = limits->tokens,
				    .fault = fault },
		.limits = limits };
	struct gql_document *d = arena_new_of(a, struct gql_document);
	*fault = (struct gql_fault){ 0 };
	d->source = source;
	if (n > limits->bytes) {
		*fault = (struct gql_fault){ .message = "The document is longer than this server reads.",
			.limit = true };
		return NULL;
	}
	if (!skip(&p) || !read_document(&p, d))
		return NULL;
	sort_fragments(a, d);
	return d;
}
