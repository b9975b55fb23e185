/* Neighbours' events: each counts once, and the numbers can be built again. */
#include "features/inbox/inbox.h"
#include "base/test.h"
#include "features/fixture_test.h"

static const char *say(const char *id, const char *type, const char *data)
{
	return HOME_OUT(inbox_result,
		home_local("inbox_receive",
			home_text("{\"eventId\":\"%s\",\"eventType\":\"%s\",\"data\":%s}", id, type, data)))
	        ->outcome;
}

static const char *about(const struct person *p)
{
	return home_text("{\"userId\":\"%s\"}", p->id);
}

static struct inbox_profile *profile(const struct person *p)
{
	return HOME_OUT(inbox_profile, home_local("inbox_profile", home_text("{\"id\":\"%s\"}", p->id)));
}

static struct inbox_synced *sync_all(void)
{
	return HOME_OUT(inbox_synced, home_local("inbox_sync", NULL));
}

TEST(inbox, counts_an_event_once)
{
	home_open();
	struct person ann = home_person("ann");
	CHECK_TEXT(say("e-1", "social.post.created", about(&ann)), "counted");
	CHECK_TEXT(say("e-1", "social.post.created", about(&ann)), "repeated");
	CHECK_TEXT(say("e-2", "social.story.created", about(&ann)), "ignored");
	CHECK_INT(profile(&ann)->now.posts, 1);
	CHECK_INT(rig_number("SELECT posts_count FROM users WHERE username = 'ann'"), 1);
	CHECK_INT(home_events("user.counted"), 1);
	home_close();
}

TEST(inbox, a_removal_that_comes_first_waits_for_what_it_removes)
{
	home_open();
	struct person ann = home_person("ann");
	say("e-1", "social.post.removed", about(&ann));
	CHECK_INT(rig_number("SELECT posts_count FROM users WHERE username = 'ann'"), 0);
	say("e-2", "social.post.created", about(&ann));
	CHECK_INT(rig_number("SELECT posts_count FROM users WHERE username = 'ann'"), 0);
	say("e-3", "social.post.created", about(&ann));
	CHECK_INT(rig_number("SELECT posts_count FROM users WHERE username = 'ann'"), 1);
	home_close();
}

TEST(inbox, a_word_from_the_future_does_not_silence_the_next)
{
	home_open();
	struct person ann = home_person("ann");
	const char *word = "{\"event_id\":\"%s\",\"event_type\":\"%s\",\"timestamp\":\"%s\",\"data\":%s}";
	HOME_OUT(inbox_result, home_local("inbox_receive", home_text(word, "e-1", "moderation.user.suspended",
								   "2999-01-01T00:00:00Z", about(&ann))));
	CHECK_INT(rig_number("SELECT COUNT(*) FROM users WHERE username = 'ann' AND status = 'suspended'"), 1);
	CHECK_TEXT(say("e-2", "moderation.user.unsuspended", about(&ann)), "counted");
	CHECK_INT(rig_number("SELECT COUNT(*) FROM users WHERE username = 'ann' AND status = 'active'"), 1);
	home_close();
}

TEST(inbox, numbers_are_built_again_from_what_was_kept)
{
	home_open();
	struct person ann = home_person("ann"), bob = home_person("bob");
	say("e-1", "social.follow.created",
		home_text("{\"followerId\":\"%s\",\"followingId\":\"%s\"}", ann.id, bob.id));
	say("e-2", "social.post.created", about(&bob));
	say("e-3", "moderation.report.created", about(&bob));
	CHECK_INT(sync_all()->changed, 0);
	rig_change("UPDATE social_profile SET posts_count = 7");
	rig_change("DELETE FROM moderation_profile");
	rig_change("UPDATE users SET posts_count = 7");
	struct inbox_synced *s = sync_all();
	CHECK_INT(s->people, 2);
	CHECK_INT(s->changed, 2);
	CHECK_INT(profile(&bob)->now.posts, 1);
	CHECK_INT(profile(&bob)->now.open_reports, 1);
	CHECK_INT(profile(&bob)->now.followers, 1);
	CHECK_INT(rig_number("SELECT posts_count FROM users WHERE username = 'bob'"), 1);
	CHECK_INT(rig_number("SELECT followers_count FROM users WHERE username = 'bob'"), 1);
	CHECK_INT(sync_all()->changed, 0);
	home_close();
}

/* --- what pages say ----------------------------------------------------------------------------------------------- */

#define NOBODY "01a1fc88-7a2d-7c34-9404-6091f8f70010"

static struct inbox_put_out *put(const char *from, const char *profiles)
{
	return HOME_OUT(inbox_put_out,
		home_local("inbox_put", home_text("{\"from\":\"%s\",\"profiles\":[%s]}", from, profiles)));
}

static const char *posts(const struct person *p, int64_t n, const char *at)
{
	return home_text("{\"user_id\":\"%s\",\"posts_count\":%lld,\"at\":%s}", p->id, (long long)n,
		at ? home_text("\"%s\"", at) : "null");
}

static void say_at(const char *id, const char *type, const char *at, const struct person *p)
{
	const char *word = "{\"event_id\":\"%s\",\"event_type\":\"%s\",\"timestamp\":\"%s\",\"data\":%s}";
	HOME_OUT(inbox_result, home_local("inbox_receive", home_text(word, id, type, at, about(p))));
}

static int64_t posts_of_ann(void)
{
	return rig_number("SELECT posts_count FROM users WHERE username = 'ann'");
}

TEST(inbox, a_page_sets_the_numbers_and_the_account_shows_them)
{
	home_open();
	struct person ann = home_person("ann");
	rig_change("UPDATE users SET posts_count = 40, followers_count = 7"); /* as an import left them */
	struct inbox_put_out *out =
		put("social", home_text("{\"user_id\":\"%s\",\"posts_count\":43,\"likes_count\":9,\"reports_count\":5},"
					"{\"user_id\":\"" NOBODY "\",\"posts_count\":1}",
				      ann.id));
	CHECK_INT(out->people, 1);
	CHECK_INT(out->changed, 1);
	CHECK_INT(out->unknown, 1);
	CHECK_INT(posts_of_ann(), 43);
	CHECK_INT(rig_number("SELECT followers_count FROM users WHERE username = 'ann'"), 7);
	CHECK_INT(profile(&ann)->now.posts, 43);
	CHECK_INT(profile(&ann)->now.likes, 9);
	CHECK_INT(profile(&ann)->now.reports, 0); /* a social network says nothing of reports */
	CHECK_INT(home_events("user.counted"), 1);
	CHECK_INT(rig_number("SELECT COUNT(*) FROM social_profile"), 1);
	CHECK_INT(rig_number("SELECT COUNT(*) FROM audit WHERE operation = 'inbox_put' AND subject_id = 'social'"), 1);
	home_close();
}

TEST(inbox, a_page_that_comes_again_changes_nothing)
{
	home_open();
	struct person ann = home_person("ann");
	CHECK_INT(put("social", posts(&ann, 5, NULL))->changed, 1);
	CHECK_INT(put("social", posts(&ann, 5, NULL))->changed, 0);
	CHECK_INT(posts_of_ann(), 5);
	CHECK_INT(home_events("user.counted"), 1);
	home_close();
}

TEST(inbox, an_event_that_a_page_had_in_its_numbers_counts_no_more_and_a_newer_one_does)
{
	home_open();
	struct person ann = home_person("ann");
	say_at("e-1", "social.post.created", "2024-01-01T00:00:00Z", &ann);
	say_at("e-2", "social.post.created", "2024-03-01T00:00:00Z", &ann);
	CHECK_INT(put("social", posts(&ann, 10, "2024-02-01T00:00:00Z"))->changed, 1);
	CHECK_INT(posts_of_ann(), 11); /* the page's ten, and what happened after them */
	say_at("e-3", "social.post.created", "2024-01-15T00:00:00Z", &ann);
	CHECK_INT(posts_of_ann(), 11);
	say_at("e-4", "social.post.created", "2024-02-15T00:00:00Z", &ann);
	CHECK_INT(posts_of_ann(), 12);
	CHECK_INT(sync_all()->changed, 0);
	CHECK_INT(put("social", posts(&ann, 13, "2024-04-01T00:00:00Z"))->changed, 1);
	CHECK_INT(posts_of_ann(), 13);
	home_close();
}

TEST(inbox, an_older_page_does_not_take_back_what_a_newer_one_said)
{
	home_open();
	struct person ann = home_person("ann");
	put("social", posts(&ann, 10, "2024-02-01T00:00:00Z"));
	struct inbox_put_out *out = put("social", posts(&ann, 3, "2024-01-01T00:00:00Z"));
	CHECK_INT(out->older, 1);
	CHECK_INT(out->people, 1);
	CHECK_INT(out->changed, 0);
	CHECK_INT(posts_of_ann(), 10);
	home_close();
}

TEST(inbox, a_page_from_the_future_does_not_silence_the_events_until_then)
{
	home_open();
	struct person ann = home_person("ann");
	put("social", posts(&ann, 10, "2999-01-01T00:00:00Z"));
	home_later = 1000;
	say("e-1", "social.post.created", about(&ann));
	CHECK_INT(posts_of_ann(), 11);
	CHECK_INT(put("social", posts(&ann, 4, NULL))->changed, 1);
	CHECK_INT(posts_of_ann(), 4);
	home_close();
}

TEST(inbox, what_a_page_does_not_tell_stays)
{
	home_open();
	struct person ann = home_person("ann");
	say_at("e-1", "moderation.report.created", "2024-01-01T00:00:00Z", &ann);
	put("moderation", home_text("{\"user_id\":\"%s\",\"suspensions_count\":2}", ann.id));
	struct inbox_profile *p = profile(&ann);
	CHECK_INT(p->now.reports, 1);
	CHECK_INT(p->now.open_reports, 1);
	CHECK_INT(p->now.suspensions, 2);
	CHECK_INT(rig_number("SELECT COUNT(*) FROM users WHERE username = 'ann' AND status = 'active'"), 1);
	CHECK_INT(sync_all()->changed, 0);
	home_close();
}

TEST(inbox, numbers_that_only_a_page_told_are_built_again)
{
	home_open();
	struct person ann = home_person("ann");
	put("social", posts(&ann, 10, NULL));
	rig_change("UPDATE social_profile SET posts_count = 1");
	rig_change("UPDATE users SET posts_count = 1");
	struct inbox_synced *s = sync_all();
	CHECK_INT(s->people, 1);
	CHECK_INT(s->changed, 1);
	CHECK_INT(posts_of_ann(), 10);
	home_close();
}

static void is_refused(const struct person *p, const char *what)
{
	struct call *c = home_local(
		"inbox_put", home_text("{\"from\":\"social\",\"profiles\":[{\"user_id\":\"%s\",%s}]}", p->id, what));
	CHECK_INT(c->result, ERR_INVALID);
}

TEST(inbox, advisory_numbers_that_lie_are_refused)
{
	home_open();
	struct person ann = home_person("ann");
	is_refused(&ann, "\"posts_count\":-1");
	is_refused(&ann, "\"posts_count\":1000000000001");
	is_refused(&ann, "\"posts_count\":99999999999999999999999");
	is_refused(&ann, "\"posts_count\":1.5");
	is_refused(&ann, "\"posts_count\":\"7\"");
	is_refused(&ann, "\"role\":\"administrator\"");
	CHECK_INT(rig_number("SELECT COUNT(*) FROM social_profile"), 0);
	CHECK_INT(home_call(ann.access, "inbox_put", "{\"from\":\"social\",\"profiles\":[]}")->result, ERR_DENIED);
	home_close();
}

TEST(inbox, of_people_who_are_not_here_nothing_is_kept)
{
	home_open();
	CHECK_TEXT(
		say("e-1", "social.post.created", "{\"userId\":\"01a1fc88-7a2d-7c34-9404-6091f8f70010\"}"), "ignored");
	CHECK_INT(rig_number("SELECT COUNT(*) FROM inbox"), 0);
	home_close();
}

TEST(inbox, of_an_erased_person_nothing_stays)
{
	home_open();
	struct person ann = home_person("ann"), bob = home_person("bob");
	say("e-1", "social.follow.created",
		home_text("{\"followerId\":\"%s\",\"followingId\":\"%s\"}", ann.id, bob.id));
	HOME_OUT(none, home_local("user_delete", home_text("{\"id\":\"%s\"}", bob.id)));
	CHECK_INT(rig_number("SELECT COUNT(*) FROM inbox"), 0);
	CHECK_INT(rig_number("SELECT COUNT(*) FROM social_profile"), 1);
	home_close();
}
