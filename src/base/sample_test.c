#include "base/sample_test.h"
#include "base/buf.h"

#include <stdlib.h>

static const char *const colours[] = { "red", "green", "blue", NULL };

static const char *begins_with_letter(const char *s)
{
	return *s >= '0' && *s <= '9' ? "must begin with a letter" : NULL;
}

TYPE(sample_address, FIELD(sample_address, street, REQUIRED, "Street and number", .max = 20),
	FIELD(sample_address, city, 0, "City", .dflt = "Bern"),
	FIELD_TEXTS(sample_address, lines, 0, "Further lines", .max = 3),
	FIELD(sample_address, zip, 0, "Postal code", .min = 1, .max = 99999));

TYPE_HIDING(sample, hide, FIELD(sample, id, UUID | IN_PATH, "Identifier"),
	FIELD(sample, name, REQUIRED | TRIM, "Name", .min = 2, .max = 10, .alias = "title|label",
		.check = begins_with_letter, .pattern = "^[^0-9]"),
	FIELD(sample, email, EMAIL | SENSITIVE, "E-mail address"),
	FIELD(sample, website, URL | NULL_CLEARS, "Web page"), FIELD(sample, birthday, DATE, "Day of birth"),
	FIELD(sample, bio, MULTILINE, "About", .max = 200), FIELD(sample, password_hint, OMIT_NULL, "Hint"),
	FIELD(sample, made_by, READ_ONLY, "Who made it"), FIELD(sample, row_key, HIDDEN, "Key in the database"),
	FIELD(sample, count, 0, "A number", .min = -5, .max = 100), FIELD(sample, created_at, TIME, "When"),
	FIELD(sample, limit, IN_QUERY, "Items of a page", .min = 1, .max = 50, .dflt = "20"),
	FIELD(sample, ratio, 0, "A fraction"), FIELD(sample, on, 0, "A switch"),
	FIELD(sample, colour, 0, "A colour", .names = colours, .dflt = "green"),
	FIELD(sample, password, 0, "A secret", .min = 4), FIELD(sample, extra, 0, "Anything", .max = 1000),
	FIELD_TEXTS(sample, tags, 0, "Words", .max = 5),
	FIELD_LIST(sample, addresses, sample_address, 0, "Where", .max = 4),
	FIELD_OBJECT(sample, home, sample_address, 0, "Home"), FIELD_EMBEDDED(sample, work, sample_address, 0, "Work"),
	FIELD(sample, fixed, CONSTANT, "Always the same", .dflt = "constant"),
	FIELD(sample, labels, 0, "Names to texts", .max = 5), FIELD(sample, maybe, 0, "A switch that may be unset"),
	FIELD(sample, age, 0, "Years", .min = 0, .max = 150), FIELD(sample, seen_at, TIME, "When last seen"),
	FIELD(sample, score, 0, "A fraction that may be unset"),
	FIELD(sample, nickname, NULL_CLEARS, "Another name", .max = 20),
	FIELD(sample, tint, 0, "A colour that may be unset", .names = colours));

struct cx *sample_cx(void)
{
	struct arena *mem = arena_new(0);
	struct cx *cx = arena_new_of(mem, struct cx);
	cx->mem = mem;
	cx->now = INT64_C(1767323045678);
	return cx;
}

void sample_cx_end(struct cx *cx)
{
	arena_free(cx->mem);
}

const char *sample_errors(struct cx *cx)
{
	struct buf b = { .mem = cx->mem };
	for (const struct field_error *f = cx->fail.fields; f; f = f->next)
		buf_printf(&b, "%s: %s (%s)\n", f->path, f->why, f->code);
	return buf_cstr(&b);
}

/* splitmix64: the same seed gives the same sample on every machine. */
static uint64_t next(uint64_t *state)
{
	uint64_t z = (*state += UINT64_C(0x9e3779b97f4a7c15));
	z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
	z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
	return z ^ z >> 31;
}

static uint64_t below(uint64_t *state, uint64_t n)
{
	return next(state) % n;
}

/* `least` to `most` characters out of several scripts, with all that JSON has to escape. */
static const char *words(struct cx *cx, uint64_t *state, uint64_t least, uint64_t most)
{
	static const char *const letters[] = { "a", "Z", "\"", "\\", "/", "<", "é", "ß", "Ж", "中", "ع", "😀", " x", "'",
		"&", "{", "]", "0" };
	struct buf b = { .mem = cx->mem };
	buf_char(&b, 'x');
	for (uint64_t n = least + below(state, most - least + 1); n > 2; n--)
		buf_str(&b, letters[below(state, sizeof letters / sizeof *letters)]);
	buf_char(&b, 'y');
	return buf_cstr(&b);
}

static const char *maybe_words(struct cx *cx, uint64_t *state, uint64_t most)
{
	return below(state, 3) ? words(cx, state, 2, most) : NULL;
}

static struct list some_words(struct cx *cx, uint64_t *state, uint64_t most)
{
	struct list list = { .n = below(state, most + 1) };
	const char **items = arena_array_of(cx->mem, const char *, list.n);
	for (size_t i = 0; i < list.n; i++)
		items[i] = words(cx, state, 2, 9);
	list.items = items;
	return list;
}

static void fill_address(struct cx *cx, struct sample_address *a, uint64_t *state)
{
	*a = (struct sample_address){
		.street = words(cx, state, 2, 9), .city = maybe_words(cx, state, 9), .lines = some_words(cx, state, 3)
	};
	a->zip.has = (enum has)below(state, 3);
	a->zip.v = a->zip.has == IS_SET ? 1 + (int64_t)below(state, 99999) : 0;
}

static void fill_parts(struct cx *cx, struct sample *s, uint64_t *state)
{
	s->addresses.n = below(state, 5);
	struct sample_address *list = arena_array_of(cx->mem, struct sample_address, s->addresses.n);
	for (size_t i = 0; i < s->addresses.n; i++)
		fill_address(cx, &list[i], state);
	s->addresses.items = list;
	struct sample_address *home = arena_new_of(cx->mem, struct sample_address);
	fill_address(cx, home, state);
	s->home = below(state, 2) ? home : NULL;
	fill_address(cx, &s->work, state);
	s->labels.n = below(state, 6);
	s->labels.items = arena_array_of(cx->mem, struct pair, s->labels.n);
	for (size_t i = 0; i < s->labels.n; i++)
		s->labels.items[i] = (struct pair){ arena_printf(cx->mem, "key %zu", i), words(cx, state, 2, 12) };
}

static double fraction(uint64_t *state)
{
	double v = (double)(int64_t)next(state) / (double)(1 + below(state, 1000000));
	return below(state, 2) ? v : 1 / v;
}

static void fill_optionals(struct cx *cx, struct sample *s, uint64_t *state)
{
	s->maybe = (struct opt_bool){ IS_SET, below(state, 2) };
	s->age = (struct opt_int){ (enum has)below(state, 3), 0 };
	s->age.v = s->age.has == IS_SET ? (int64_t)below(state, 151) : 0;
	s->seen_at = (struct opt_int){ IS_SET, (int64_t)below(state, UINT64_C(4000000000000)) };
	s->score = (struct opt_double){ IS_SET, fraction(state) };
	s->nickname.has = (enum has)below(state, 3);
	s->nickname.v = s->nickname.has == IS_SET ? words(cx, state, 2, 9) : NULL;
	s->tint = (struct opt_enum){ IS_SET, (unsigned)below(state, 3) };
}

void sample_fill(struct cx *cx, struct sample *s, uint64_t seed)
{
	uint64_t *state = &seed;
	*s = (struct sample){ .id = "0192f8a0-1111-7abc-8def-0123456789ab",
		.name = words(cx, state, 2, 6),
		.email = "anna@example.org",
		.website = below(state, 2) ? "https://example.org/a?b=c#d" : NULL,
		.birthday = below(state, 2) ? "2000-02-29" : NULL,
		.bio = maybe_words(cx, state, 99),
		.password_hint = maybe_words(cx, state, 9),
		.count = (int64_t)below(state, 106) - 5,
		.created_at = (int64_t)below(state, UINT64_C(4000000000000)),
		.limit = 1 + (int64_t)below(state, 50),
		.ratio = fraction(state),
		.on = below(state, 2),
		.colour = (unsigned)below(state, 3),
		.extra = { below(state, 2) ? "{\"a\":[1,0.1,null,\"\\u0001\"],\"b\":{}}" : NULL },
		.tags = some_words(cx, state, 5) };
	fill_parts(cx, s, state);
	fill_optionals(cx, s, state);
}
