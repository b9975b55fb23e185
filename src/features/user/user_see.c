/* What one person may see of another. This file and USER_VISIBLE_SQL with its kin (user_store.c) are the only places that
 * know. */
#include "features/user/user_profile.h"

#include <assert.h>
#include <pthread.h>
#include <string.h>

/* Shown to the account's owner alone; to those who may read every account also most of these. */
static const char *const of_the_owner[] = { "user_id", "push_token", "preferences", NULL };
static const char *const of_the_account[] = { "number", "email_verified", "gender", "date_of_birth", "status_reason",
	"status_until", "erase_at", "last_login_at", NULL };
/* Shown when the owner says so: show_email, show_location, show_online_status. */
static const char *const of_contact[] = { "email", NULL };
static const char *const of_place[] = { "location", NULL };
static const char *const of_presence[] = { "last_active_at", NULL };
/* Of a limited profile, its name alone is left. */
static const char *const of_the_profile[] = { "name", "first_name", "last_name", "bio", "website", "email", "location",
	"last_active_at", "cover_url", "followers_count", "following_count", "posts_count", "created_at", "updated_at",
	NULL };

static struct {
	uint64_t owner, account, contact, place, presence, profile;
} masks;

static uint64_t bits(const char *const *names)
{
	uint64_t mask = 0;
	for (; *names; names++) {
		const struct field *f = type_field(&user_type, *names, strlen(*names));
		assert(f);
		mask |= UINT64_C(1) << (f - user_type.fields);
	}
	return mask;
}

static void make_masks(void)
{
	masks.owner = bits(of_the_owner);
	masks.account = bits(of_the_account);
	masks.contact = bits(of_contact);
	masks.place = bits(of_place);
	masks.presence = bits(of_presence);
	masks.profile = bits(of_the_profile);
}

void person_own(struct user *u)
{
	u->hidden = 0;
}

bool person_limited(const struct user *u)
{
	return u->visibility != USER_PUBLIC || u->is_private;
}

uint64_t person_hidden_from_strangers(const struct user *u)
{
	static pthread_once_t once = PTHREAD_ONCE_INIT;
	pthread_once(&once, make_masks);
	uint64_t hidden = masks.owner | masks.account;
	hidden |= u->show_email ? 0 : masks.contact;
	hidden |= u->show_location ? 0 : masks.place;
	hidden |= u->show_online_status ? 0 : masks.presence;
	return hidden | (person_limited(u) ? masks.profile : 0);
}

bool person_visible(const struct cx *cx, struct user *target)
{
	const struct actor *who = &cx->who;
	const uint64_t strangers = person_hidden_from_strangers(target);
	if (who->kind == ACTOR_USER && strcmp(who->id, target->id) == 0) {
		person_own(target);
		return true;
	}
	target->hidden = masks.owner;
	if (who->kind == ACTOR_LOCAL || may(who, PERM_USER_READ))
		return true;
	target->hidden = strangers;
	return user_may_act(target, cx->now);
}
