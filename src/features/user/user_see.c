/* What one person may see of another. This file and USER_VISIBLE_SQL (user_store.c) are the only places that know. */
#include "features/user/user.h"

#include <assert.h>
#include <string.h>

/* Shown to the account's owner alone; to those who may read every account also most of these. */
static const char *const of_the_owner[] = { "user_id", "push_token", "preferences", NULL };
static const char *const of_the_account[] = { "number", "email", "email_verified", "gender", "date_of_birth",
	"status_reason", "status_until", "erase_at", "last_login_at", "last_active_at", NULL };
/* Of a profile that is not public, its name alone is left. */
static const char *const of_the_profile[] = { "name", "first_name", "last_name", "bio", "website", "location",
	"cover_url", "followers_count", "following_count", "posts_count", "created_at", "updated_at", NULL };

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

void person_own(struct user *u)
{
	u->hidden = 0;
}

bool person_visible(const struct cx *cx, struct user *target)
{
	const struct actor *who = &cx->who;
	if (who->kind == ACTOR_USER && strcmp(who->id, target->id) == 0) {
		person_own(target);
		return true;
	}
	target->hidden = bits(of_the_owner);
	if (who->kind == ACTOR_LOCAL || may(who, PERM_USER_READ))
		return true;
	target->hidden |= bits(of_the_account);
	if (target->visibility != USER_PUBLIC)
		target->hidden |= bits(of_the_profile);
	return user_may_act(target, cx->now);
}
