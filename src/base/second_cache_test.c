/* Structs through a second cache; here one value in memory stands for it. */
#include "base/second_cache.h"
#include "base/test.h"

#include <string.h>

struct kept_thing {
	const char *name;
	int64_t n;
};
TYPE(kept_thing, FIELD(kept_thing, name, 0, ""), FIELD(kept_thing, n, 0, ""));
/* The same as another version of the program has it. */
struct later_thing {
	const char *name;
	int64_t n;
	const char *more;
};
TYPE(later_thing, FIELD(later_thing, name, 0, ""), FIELD(later_thing, n, 0, ""), FIELD(later_thing, more, 0, ""));

static char kept[256];
static size_t kept_n;
static int64_t kept_version;

static void *get(const struct second_cache *c, struct arena *a, const char *kind, const char *id, size_t *n,
	struct second_claim *claim)
{
	CHECK(c->own == &kept_n && strcmp(kind, "thing") == 0 && strcmp(id, "x") == 0);
	claim->own = &kept;
	*n = kept_n;
	return kept_n ? arena_memdup0(a, kept, kept_n) : NULL;
}

static void put(const struct second_cache *c, struct second_claim *claim, int64_t version, const void *p, size_t n)
{
	CHECK(c->own == &kept_n && claim->own == &kept && n < sizeof kept);
	memcpy(kept, p, n);
	kept_n = n;
	kept_version = version;
}

static const struct second_cache cache = { .own = &kept_n, .get = get, .put = put };

TEST(second_cache, a_struct_comes_back_as_it_was)
{
	struct arena *a = arena_new(0);
	struct second_claim claim;
	struct kept_thing out = { 0 };
	CHECK(!second_get(&cache, a, "thing", "x", &kept_thing_type, &out, &claim));
	second_put(&cache, a, &claim, 5, &kept_thing_type, &(struct kept_thing){ "ann", 42 });
	CHECK_INT(kept_version, 5);
	CHECK(second_get(&cache, a, "thing", "x", &kept_thing_type, &out, &claim));
	CHECK_TEXT(out.name, "ann");
	CHECK_INT(out.n, 42);
	arena_free(a);
}

TEST(second_cache, what_a_program_with_other_fields_put_there_is_not_taken)
{
	struct arena *a = arena_new(0);
	struct second_claim claim = { &kept };
	struct later_thing out = { 0 };
	second_put(&cache, a, &claim, 5, &kept_thing_type, &(struct kept_thing){ "ann", 42 });
	CHECK(!second_get(&cache, a, "thing", "x", &later_thing_type, &out, &claim));
	kept_n = 3; /* cut off */
	CHECK(!second_get(&cache, a, "thing", "x", &kept_thing_type, &(struct kept_thing){ 0 }, &claim));
	arena_free(a);
}

TEST(second_cache, none_says_nothing_and_takes_nothing)
{
	struct arena *a = arena_new(0);
	struct second_claim claim = { &kept };
	struct kept_thing out = { "as it was", 1 };
	CHECK(!second_get(NULL, a, "thing", "x", &kept_thing_type, &out, &claim));
	CHECK(!claim.own);
	second_put(NULL, a, &claim, 1, &kept_thing_type, &out);
	second_drop(NULL, "thing", "x");
	second_drop_all(NULL);
	CHECK_TEXT(out.name, "as it was");
	arena_free(a);
}
