#include "base/conf.h"
#include "base/conf_name.h"
#include "base/nearest.h"
#include "base/test.h"

#include <string.h>

struct test_server_conf {
	const char *listen;
};
struct tea_conf {
	int64_t steep, pot, cups;
	const char *kind, *recipe;
	bool milk;
};
static const char *const kinds[] = { "green", "black", NULL };
static const char *no_salt(const char *s)
{
	return strstr(s, "salt") ? "must not hold salt" : NULL;
}
extern const struct conf_group test_server_conf_group, tea_conf_group;
CONF_GROUP(test_server, "server", CONF(test_server, listen, 0, "here", "Where"));
CONF_GROUP(tea, "tea", CONF(tea, steep, CONF_DURATION, "3m", "How long", .min = 1000, .max = 600000),
	CONF(tea, pot, CONF_SIZE, "1MiB", "How large"), CONF(tea, cups, 0, "2", "How many", .min = 1, .max = 12),
	CONF(tea, kind, CONF_RELOAD, "green", "Which", .names = kinds),
	CONF(tea, recipe, CONF_SECRET, "", "How", .check = no_salt), CONF(tea, milk, 0, "off", "With milk"));
static const struct conf_group *const groups[] = { &test_server_conf_group, &tea_conf_group, NULL };

struct set {
	struct arena *a;
	struct conf *conf;
};

static struct set begin(void)
{
	conf_register(groups);
	return (struct set){ arena_new(0), conf_new() };
}

static void end(struct set *s)
{
	conf_free(s->conf);
	arena_free(s->a);
}

/* What is wrong with the text, or NULL. */
static const char *put(struct set *s, const char *name, const char *text)
{
	struct conf_key k = conf_by_file_name(name);
	CHECK(k.row);
	const char *why;
	err_t e = conf_set(s->conf, s->a, k.group, k.row, text, "test", &why);
	CHECK((e == ERR_OK) == (why == NULL));
	return why;
}

static const char *get(struct set *s, const char *name)
{
	struct conf_key k = conf_by_file_name(name);
	CHECK(k.row);
	return conf_text(s->conf, s->a, k.group, k.row);
}

TEST(conf, a_new_snapshot_holds_the_defaults)
{
	struct set s = begin();
	const struct tea_conf *tea = conf_get(s.conf, &tea_conf_group);
	CHECK_INT(tea->steep, 180000);
	CHECK_INT(tea->pot, 1 << 20);
	CHECK_TEXT(tea->kind, "green");
	CHECK_TEXT(tea->recipe, "");
	CHECK(!tea->milk);
	CHECK_TEXT(conf_where(s.conf, &tea_conf_group, tea_conf_group.rows), "default");
	end(&s);
}

TEST(conf, values_are_read_by_their_kind)
{
	struct set s = begin();
	const struct tea_conf *tea = conf_get(s.conf, &tea_conf_group);
	CHECK(!put(&s, "tea.steep", "90s") && tea->steep == 90000);
	CHECK(!put(&s, "tea.pot", "10GB") && tea->pot == 10000000000);
	CHECK(!put(&s, "tea.cups", "12") && tea->cups == 12);
	CHECK(!put(&s, "tea.kind", "black") && strcmp(tea->kind, "black") == 0);
	CHECK(!put(&s, "tea.milk", "Yes") && tea->milk);
	CHECK(!put(&s, "tea.milk", "0") && !tea->milk);
	CHECK_TEXT(conf_where(s.conf, &tea_conf_group, tea_conf_group.rows), "test");
	end(&s);
}

TEST(conf, what_does_not_fit_is_refused_with_the_reason_and_changes_nothing)
{
	struct set s = begin();
	CHECK_TEXT(put(&s, "tea.steep", "3 m"), "must be a duration such as 250ms, 15s, 15m, 12h or 7d");
	CHECK_TEXT(put(&s, "tea.steep", "1h"), "must be from 1s to 10m");
	CHECK_TEXT(put(&s, "tea.pot", "huge"), "must be a size such as 4096, 512KiB, 64MiB or 10GB");
	CHECK_TEXT(put(&s, "tea.cups", "13"), "must be from 1 to 12");
	CHECK_TEXT(put(&s, "tea.cups", "1.5"), "must be a whole number");
	CHECK_TEXT(put(&s, "tea.kind", "mint"), "must be green or black");
	CHECK_TEXT(put(&s, "tea.milk", "maybe"), "must be on or off");
	CHECK_TEXT(put(&s, "tea.recipe", "a pinch of salt"), "must not hold salt");
	CHECK_TEXT(put(&s, "listen", "a\nb"), "must not hold control characters");
	CHECK_TEXT(put(&s, "listen", "\xff"), "must be UTF-8");
	CHECK_TEXT(get(&s, "tea.steep"), "3m");
	CHECK_TEXT(get(&s, "tea.cups"), "2");
	CHECK_TEXT(get(&s, "listen"), "here");
	end(&s);
}

TEST(conf, a_value_written_as_text_reads_back_the_same)
{
	static const char *const texts[][2] = { { "90s", "90s" }, { "60", "1m" }, { "1500ms", "1500ms" } };
	struct set s = begin();
	for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
		CHECK(!put(&s, "tea.steep", texts[i][0]));
		CHECK_TEXT(get(&s, "tea.steep"), texts[i][1]);
	}
	CHECK(!put(&s, "tea.pot", "1536KiB"));
	CHECK_TEXT(get(&s, "tea.pot"), "1536KiB");
	CHECK(!put(&s, "tea.pot", "0"));
	CHECK_TEXT(get(&s, "tea.pot"), "0");
	CHECK(!put(&s, "tea.pot", "1025"));
	CHECK_TEXT(get(&s, "tea.pot"), "1025");
	end(&s);
}

TEST(conf, a_secret_is_never_shown)
{
	struct set s = begin();
	CHECK_TEXT(get(&s, "tea.recipe"), "");
	CHECK(!put(&s, "tea.recipe", "two spoons"));
	CHECK_TEXT(get(&s, "tea.recipe"), "(set)");
	end(&s);
}

TEST(conf, a_copy_is_its_own_and_values_can_be_taken_back)
{
	struct set s = begin();
	struct conf_key kind = conf_by_file_name("tea.kind");
	struct conf *copy = conf_copy(s.conf);
	CHECK(!put(&s, "tea.kind", "black"));
	CHECK(!conf_same(copy, s.conf, kind.group, kind.row));
	CHECK_TEXT(conf_text(copy, s.a, kind.group, kind.row), "green");
	conf_take(copy, s.conf, kind.group, kind.row);
	CHECK(conf_same(copy, s.conf, kind.group, kind.row));
	CHECK_TEXT(conf_where(copy, kind.group, kind.row), "test");
	end(&s);
	CHECK_TEXT(((const struct tea_conf *)conf_get(copy, &tea_conf_group))->kind, "black");
	conf_free(copy);
}

TEST(conf, calls_that_run_keep_their_snapshot)
{
	struct set s = begin();
	conf_publish(conf_copy(s.conf));
	const struct conf *before = conf_current();
	CHECK(!put(&s, "tea.cups", "5"));
	conf_publish(conf_copy(s.conf));
	CHECK_INT(((const struct tea_conf *)conf_get(before, &tea_conf_group))->cups, 2);
	CHECK_INT(((const struct tea_conf *)conf_get(conf_current(), &tea_conf_group))->cups, 5);
	end(&s);
}

TEST(conf_name, one_row_has_a_name_in_every_place)
{
	struct set s = begin();
	struct conf_key k = conf_by_file_name("tea.steep");
	CHECK_TEXT(conf_env_name(s.a, k), "ROSTER_TEA_STEEP");
	CHECK_TEXT(conf_flag_name(s.a, k), "tea-steep");
	CHECK(conf_by_env_name("ROSTER_TEA_STEEP").row == k.row);
	CHECK(conf_by_flag_name("tea-steep=1m", 9).row == k.row);
	CHECK(!conf_by_flag_name("tea-steep", 8).row);
	end(&s);
}

TEST(conf_name, the_server_s_own_settings_stand_without_a_group)
{
	struct set s = begin();
	struct conf_key k = conf_by_file_name("listen");
	CHECK_TEXT(conf_env_name(s.a, k), "ROSTER_LISTEN");
	CHECK_TEXT(conf_flag_name(s.a, k), "listen");
	CHECK(!conf_by_file_name("server.listen").row);
	end(&s);
}

TEST(conf_name, a_slip_is_told_what_was_meant)
{
	struct set s = begin();
	CHECK_TEXT(conf_nearest_file_name(s.a, "tea.stepe"), "tea.steep");
	CHECK_TEXT(conf_nearest_env_name(s.a, "ROSTER_LISTN"), "ROSTER_LISTEN");
	CHECK_TEXT(conf_nearest_flag_name(s.a, "tea_milk"), "tea-milk");
	CHECK_TEXT(conf_nearest_file_name(s.a, "coffee"), NULL);
	end(&s);
}

TEST(nearest, counts_letters_put_in_left_out_changed_and_swapped)
{
	CHECK_INT(edit_distance("", ""), 0);
	CHECK_INT(edit_distance("", "abc"), 3);
	CHECK_INT(edit_distance("listen", "listn"), 1);
	CHECK_INT(edit_distance("listen", "lsiten"), 1);
	CHECK_INT(edit_distance("listen", "Listan"), 1);
	CHECK_INT(edit_distance("kitten", "sitting"), 3);
}
