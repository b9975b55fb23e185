/* Pages of a neighbour: the people on them are found where the JSON library finds them, numbers are within their bounds, no
 * moment lies after the question, and what is told can be shown on a terminal. The first byte chooses the neighbour. */
#include "features/inbox/inbox_page.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

#define ASKED INT64_C(1750000000000)

static void check_told(const char *s)
{
	for (; s && *s; s++)
		if (*s < ' ' || *s >= 0x7f)
			abort();
}

static void check_number(const struct opt_int *i)
{
	if (i->has == IS_SET && (i->v < 0 || i->v > INBOX_COUNT_MAX))
		abort();
}

static void check_entry(const struct inbox_entry *e)
{
	const struct opt_int *all[] = { &e->posts, &e->likes, &e->followers, &e->following, &e->reports,
		&e->open_reports, &e->suspensions };
	for (size_t i = 0; i < sizeof all / sizeof *all; i++)
		check_number(all[i]);
	if (!e->user_id || strlen(e->user_id) != 36 || e->at <= 0 || e->at > ASKED)
		abort();
}

/* Where the library can read the whole, it sees as many people. */
static void check_people(const char *text, size_t n, const struct inbox_page *p)
{
	static const char *const names[] = { "data", "items", "profiles" };
	json_t *v = json_loadb(text, n, JSON_REJECT_DUPLICATES, NULL);
	bool same = !v;
	for (size_t i = 0; v && i < sizeof names / sizeof *names; i++) {
		const json_t *list = json_object_get(v, names[i]);
		same = same || (json_is_array(list) && (int64_t)json_array_size(list) == p->people);
	}
	json_decref(v);
	if (!same)
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	if (!n)
		return 0;
	struct arena *mem = arena_new(0);
	struct inbox_page p;
	const char *text = (const char *)data + 1;
	const char *why = inbox_page_read(mem, data[0] % INBOX_SOURCES, ASKED, text, n - 1, &p);
	check_told(why);
	if (!why) {
		const struct inbox_entry *e = p.profiles.items;
		for (size_t i = 0; i < p.profiles.n; i++)
			check_entry(&e[i]);
		if ((int64_t)p.profiles.n + p.wrong != p.people || (p.wrong > 0) != (p.why != NULL))
			abort();
		check_told(p.why);
		check_people(text, n - 1, &p);
	}
	arena_free(mem);
	return 0;
}
