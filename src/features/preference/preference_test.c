/* Preferences through the real gate: defaults, merging, replacing, one truth with the profile. */
#include "features/preference/preference.h"
#include "base/json.h"
#include "base/str.h"
#include "base/test.h"
#include "features/fixture_test.h"

#include <string.h>

static struct preference *read_own(const struct person *p)
{
	return HOME_OUT(preference, home_call(p->access, "preference_get", NULL));
}

static struct preference *patch(const struct person *p, const char *json)
{
	return HOME_OUT(preference, home_call(p->access, "preference_update", json));
}

static struct preference *put(const struct person *p, const char *json)
{
	return HOME_OUT(preference, home_call(p->access, "preference_replace", json));
}

TEST(preference, is_as_by_default_without_a_row)
{
	home_open();
	struct person ann = home_person("ann");
	const struct preference *p = read_own(&ann);
	CHECK_TEXT(p->theme, "light");
	CHECK_TEXT(p->language, "en");
	CHECK_TEXT(p->timezone, "UTC");
	CHECK_TEXT(p->date_format, "MM/DD/YYYY");
	CHECK_TEXT(p->time_format, "12h");
	CHECK_TEXT(p->custom.text, "{}");
	CHECK(p->email_notifications && p->push_notifications && !p->sms_notifications && !p->marketing_emails);
	CHECK(!p->show_email && p->show_location && p->show_online_status && p->allow_messages && p->allow_tagging &&
		p->allow_data_collection);
	CHECK_INT(p->profile_visibility, USER_PUBLIC);
	CHECK_INT(p->activity_visibility, USER_FOLLOWERS);
	CHECK_INT(rig_number("SELECT COUNT(*) FROM preference"), 0);
	home_close();
}

TEST(preference, a_change_sets_what_is_given_and_null_gives_the_default_back)
{
	home_open();
	struct person ann = home_person("ann");
	patch(&ann,
		"{\"theme\":\"dark\",\"timezone\":\"Europe/Berlin\",\"sms_notifications\":true,\"show_email\":true}");
	const struct preference *p = read_own(&ann);
	CHECK_TEXT(p->theme, "dark");
	CHECK_TEXT(p->timezone, "Europe/Berlin");
	CHECK(p->sms_notifications && p->show_email);
	p = patch(&ann, "{\"theme\":null,\"show_email\":null}");
	CHECK_TEXT(p->theme, "light");
	CHECK_TEXT(p->timezone, "Europe/Berlin");
	CHECK(!p->show_email && p->sms_notifications);
	CHECK_TEXT(patch(&ann, "{\"language\":\"pt_BR\"}")->language, "pt-BR"); /* as older clients write it */
	home_close();
}

TEST(preference, a_replacement_gives_defaults_to_what_is_absent_but_opens_no_profile)
{
	home_open();
	struct person ann = home_person("ann");
	patch(&ann, "{\"theme\":\"dark\",\"email\":false,\"profile_visibility\":\"private\",\"custom\":{\"a\":1}}");
	const struct preference *p = put(&ann, "{\"language\":\"de\"}");
	CHECK_TEXT(p->language, "de");
	CHECK_TEXT(p->theme, "light");
	CHECK_TEXT(p->custom.text, "{}");
	CHECK(p->email_notifications);
	CHECK_INT(p->profile_visibility, USER_PRIVATE);
	p = put(&ann, "{\"profile_visibility\":null}");
	CHECK_INT(p->profile_visibility, USER_PUBLIC); /* said aloud */
	CHECK_TEXT(p->language, "en");
	home_close();
}

TEST(preference, what_was_read_can_be_sent_back_with_one_of_two_names_changed)
{
	struct arena *a = home_open();
	struct person ann = home_person("ann");
	struct buf b = { .mem = a };
	json_write(&b, &preference_type, read_own(&ann), JSON_ANSWER);
	const char *text = buf_cstr(&b), *is = "\"email\":true", *hit = strstr(text, is);
	CHECK(hit);
	const char *changed = arena_printf(a, "%.*s\"email\":false%s", (int)(hit - text), text, hit + strlen(is));
	struct call *c = rig_call(op_find("preference_replace", NULL), changed);
	c->creds.bearer = ann.access;
	(void)!call_run(c);
	CHECK(!HOME_OUT(preference, c)->email_notifications);
	CHECK(!patch(&ann, "{\"email_notifications\":false,\"email\":false}")->email_notifications);
	home_close();
}

TEST(preference, channels_and_visibility_are_one_truth_with_the_profile)
{
	home_open();
	struct person ann = home_person("ann");
	patch(&ann, "{\"push\":false,\"profile_visibility\":\"followers\"}");
	const struct user *u = HOME_OUT(user, home_call(ann.access, "user_me", NULL));
	CHECK(u->preferences.email && !u->preferences.push);
	CHECK_INT(u->visibility, USER_FOLLOWERS);
	HOME_OUT(
		user, home_call(ann.access, "user_update_me",
			      "{\"preferences\":{\"email\":false},\"visibility\":\"public\",\"show_location\":false}"));
	const struct preference *p = read_own(&ann);
	CHECK(!p->email_notifications && !p->push_notifications && !p->show_location);
	CHECK_INT(p->profile_visibility, USER_PUBLIC);
	home_close();
}

TEST(preference, the_event_says_what_changed_and_nothing_of_the_applications_own)
{
	home_open();
	struct person ann = home_person("ann");
	patch(&ann, "{\"theme\":\"dark\",\"language\":\"en\",\"custom\":{\"diary\":\"secret\"}}");
	CHECK_TEXT(rig_text("SELECT subject_id FROM outbox WHERE type = 'preference.updated'"), ann.id);
	CHECK_TEXT(rig_text("SELECT data FROM outbox WHERE type = 'preference.updated'"),
		home_text(
			"{\"user_id\":\"%s\",\"changed\":{\"theme\":\"dark\",\"language\":\"en\"},\"custom_changed\":true}",
			ann.id));
	CHECK_INT(rig_number("SELECT COUNT(*) FROM audit WHERE changes LIKE '%diary%'"), 0);
	CHECK_INT(home_events("user.updated"), 0);
	patch(&ann, "{\"theme\":\"dark\"}"); /* as it is */
	CHECK_INT(home_events("preference.updated"), 1);
	patch(&ann, "{\"show_email\":true}");
	CHECK_INT(home_events("user.updated"), 1); /* who shows profiles must know */
	CHECK_INT(home_events("preference.updated"), 2);
	HOME_OUT(user, home_call(ann.access, "user_update_me", "{\"preferences\":{\"push\":false}}"));
	CHECK_INT(home_events("preference.updated"), 3); /* by whichever way it was changed */
	HOME_OUT(user, home_call(ann.access, "user_update_me", "{\"bio\":\"x\"}"));
	CHECK_INT(home_events("preference.updated"), 3);
	home_close();
}

TEST(preference, wrong_values_are_told_all_at_once)
{
	static const char *const bad[] = { "{\"theme\":\"DARK\"}", "{\"language\":\"e\"}", "{\"language\":\"en--us\"}",
		"{\"language\":\"12\"}", "{\"language\":\"en-a\"}", "{\"language\":\"en-\"}",
		"{\"timezone\":\"Mars/Olympus\"}", "{\"timezone\":\"../../etc/passwd\"}",
		"{\"timezone\":\"/etc/localtime\"}", "{\"timezone\":\"Europe//Berlin\"}", "{\"timezone\":\"\"}",
		"{\"date_format\":\"\"}", "{\"date_format\":\"123456789012345678901\"}", "{\"time_format\":\"13h\"}",
		"{\"profile_visibility\":\"all\"}", "{\"custom\":[]}", "{\"custom\":\"x\"}", "{\"custom\":7}",
		"{\"show_email\":\"yes\"}", "{\"user_id\":\"x\"}", "{\"updated_at\":1}" };
	home_open();
	struct person ann = home_person("ann");
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
		CHECK_ERR(home_call(ann.access, "preference_update", bad[i])->result, ERR_INVALID);
	struct call *c =
		home_call(ann.access, "preference_update", "{\"theme\":\"x\",\"timezone\":\"x y\",\"language\":\"-\"}");
	CHECK_ERR(c->result, ERR_INVALID);
	CHECK(c->cx.fail.fields->next && c->cx.fail.fields->next->next);
	CHECK_INT(rig_number("SELECT COUNT(*) FROM preference"), 0);
	static const char *const good[] = { "en", "pt-BR", "zh-Hant-TW", "de-CH-1996", "sr-Latn", "en-a-bbb" };
	for (size_t i = 0; i < sizeof good / sizeof *good; i++)
		CHECK_TEXT(patch(&ann, home_text("{\"language\":\"%s\"}", good[i]))->language, good[i]);
	home_close();
}

TEST(preference, the_applications_own_is_bounded_and_null_empties_it)
{
	struct arena *a = home_open();
	struct person ann = home_person("ann");
	CHECK_TEXT(patch(&ann, "{\"custom\":{\"k\":[1,true,null,\"x\"]}}")->custom.text, "{\"k\":[1,true,null,\"x\"]}");
	char *fill = arena_alloc(a, PREFERENCE_CUSTOM_MAX + 1);
	memset(fill, 'x', PREFERENCE_CUSTOM_MAX - 8);
	CHECK_INT(strlen(patch(&ann, arena_printf(a, "{\"custom\":{\"k\":\"%s\"}}", fill))->custom.text),
		PREFERENCE_CUSTOM_MAX);
	CHECK_INT(strlen(read_own(&ann)->custom.text), PREFERENCE_CUSTOM_MAX);
	memset(fill, 'x', PREFERENCE_CUSTOM_MAX - 7);
	CHECK_ERR(home_call(ann.access, "preference_update", arena_printf(a, "{\"custom\":{\"k\":\"%s\"}}", fill))
			  ->result,
		ERR_INVALID);
	CHECK_TEXT(patch(&ann, "{\"custom\":null}")->custom.text, "{}");
	home_close();
}

TEST(preference, if_match_is_held_against_what_stands)
{
	struct arena *a = home_open();
	struct person ann = home_person("ann");
	const char *tag = op_etag(a, op_find("preference_get", NULL), read_own(&ann));
	for (int i = 0; i < 2; i++) {
		struct call *c = rig_call(
			op_find("preference_update", NULL), i ? "{\"theme\":\"auto\"}" : "{\"theme\":\"dark\"}");
		c->creds.bearer = ann.access;
		c->if_match = tag;
		(void)!call_run(c);
		CHECK_ERR(c->result, i ? ERR_PRECONDITION : ERR_OK);
	}
	CHECK_TEXT(read_own(&ann)->theme, "dark");
	home_close();
}

TEST(preference, memory_forgets_at_a_change_and_keeps_nothing_long)
{
	struct arena *a = home_open();
	struct person ann = home_person("ann");
	read_own(&ann);
	rig_change(
		"INSERT INTO preference SELECT id, 'dark', 'en', 'UTC', 'x', '12h', FALSE, FALSE, 'public', TRUE, '{}', 1 FROM users");
	CHECK_TEXT(read_own(&ann)->theme, "light"); /* from memory */
	preference_changed(ann.id);
	CHECK_TEXT(read_own(&ann)->theme, "dark");
	char *fill = arena_alloc(a, 2001);
	memset(fill, 'x', 2000);
	patch(&ann, arena_printf(a, "{\"custom\":{\"k\":\"%s\"}}", fill));
	read_own(&ann);
	rig_change("UPDATE preference SET theme = 'auto'");
	CHECK_TEXT(read_own(&ann)->theme, "auto");
	home_close();
}

TEST(preference, advisory_they_are_nobody_elses)
{
	home_open();
	struct person ann = home_person("ann"), bob = home_person("bob");
	CHECK_ERR(home_call(NULL, "preference_get", NULL)->result, ERR_UNAUTHENTICATED);
	CHECK_ERR(home_call(NULL, "preference_update", "{\"theme\":\"dark\"}")->result, ERR_UNAUTHENTICATED);
	CHECK_ERR(
		home_call(bob.access, "preference_update", home_text("{\"user_id\":\"%s\",\"theme\":\"dark\"}", ann.id))
			->result,
		ERR_INVALID);
	CHECK_ERR(home_local("preference_get", NULL)->result, ERR_DENIED);
	patch(&bob, "{\"theme\":\"dark\"}");
	CHECK_TEXT(read_own(&ann)->theme, "light");
	home_close();
}

TEST(preference, an_erased_account_leaves_none)
{
	home_open();
	struct person ann = home_person("ann");
	patch(&ann, "{\"theme\":\"dark\"}");
	CHECK_INT(rig_number("SELECT COUNT(*) FROM preference"), 1);
	HOME_OUT(none, home_local("user_delete", home_text("{\"id\":\"%s\"}", ann.id)));
	CHECK_INT(rig_number("SELECT COUNT(*) FROM preference"), 0);
	home_close();
}

TEST(zone, names_are_those_of_the_system_and_look_like_names)
{
	static const char *const good[] = { "UTC", "Europe/Berlin", "America/Argentina/Buenos_Aires" };
	static const char *const bad[] = { "", "/", "Europe/", "/Europe/Berlin", "Europe//Berlin", "..",
		"Europe/../Berlin", "Europe/Berlin ", "Europe\nBerlin", "<b>",
		"a234567890123456789012345678901234567890123456789012" };
	for (size_t i = 0; i < sizeof good / sizeof *good; i++)
		CHECK(zone_known(good[i]));
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
		CHECK(!zone_known(bad[i]));
}
