/* What people send about themselves: preferences and profiles. Whatever was taken obeys the rules that others rely on. */
#include "base/json.h"
#include "base/str.h"
#include "features/preference/preference.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

static bool plain(const char *s, const char *also)
{
	for (; *s; s++)
		if (!strchr("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789", *s) && !strchr(also, *s))
			return false;
	return true;
}

static void check_preferences(const struct preference_change *p)
{
	if (p->language.has == IS_SET && (!plain(p->language.v, "-_") || strlen(p->language.v) > 35))
		abort();
	if (p->timezone.has == IS_SET && (!plain(p->timezone.v, "_-+/") || strstr(p->timezone.v, "//")))
		abort();
	if (p->theme.has == IS_SET && strlen(p->theme.v) > 5)
		abort();
	if (p->custom.text && (strlen(p->custom.text) > PREFERENCE_CUSTOM_MAX ||
				      (*p->custom.text != '{' && strcmp(p->custom.text, "null") != 0)))
		abort();
}

static void check_address(const struct opt_text *t)
{
	if (t->has == IS_SET && !url_valid(t->v))
		abort();
}

static void check_profile(const struct user_change *u)
{
	check_address(&u->website);
	if (u->avatar_url.has == IS_SET && !str_starts(u->avatar_url.v, "/uploads/"))
		check_address(&u->avatar_url);
	if (u->date_of_birth.has == IS_SET && strlen(u->date_of_birth.v) != 10)
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	struct arena *mem = arena_new(0);
	struct cx cx = { .mem = mem };
	struct preference_change p = { 0 };
	struct user_change u = { 0 };
	const char *text = arena_memdup0(mem, data, n);
	if (json_read(&cx, &preference_change_type, &p, text, n, false) == ERR_OK)
		check_preferences(&p);
	cx_forgive(&cx);
	if (json_read(&cx, &user_own_change_type, &u, text, n, false) == ERR_OK)
		check_profile(&u);
	arena_free(mem);
	return 0;
}
