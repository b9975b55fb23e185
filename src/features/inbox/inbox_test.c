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
	CHECK_INT(profile(&ann)->posts_count, 1);
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
	CHECK_INT(profile(&bob)->posts_count, 1);
	CHECK_INT(profile(&bob)->open_reports, 1);
	CHECK_INT(profile(&bob)->followers_count, 1);
	CHECK_INT(rig_number("SELECT posts_count FROM users WHERE username = 'bob'"), 1);
	CHECK_INT(rig_number("SELECT followers_count FROM users WHERE username = 'bob'"), 1);
	CHECK_INT(sync_all()->changed, 0);
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
