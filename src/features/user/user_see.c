/* What one person may see of another. This file and USER_VISIBLE_SQL with its kin (user_store.h) are the only places that
 * know. */
#include "features/relation/relation.h"
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

static const char *const of_ties[] = { "followers_count", "following_count", NULL };

static struct {
	uint64_t owner, account, contact, place, presence, profile, ties;
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
	masks.ties = bits(of_ties);
}

void person_own(struct user *u)
{
	u->hidden = 0;
}

bool person_limited(const struct user *u)
{
	return u->visibility != USER_PUBLIC || u->is_private;
}

/* Which fields (bits of user_type) are not for somebody who is neither the person itself nor sees all. */
static uint64_t hidden(const struct user *u, bool limited)
{
	uint64_t bits = masks.owner | masks.account;
	bits |= u->show_email ? 0 : masks.contact;
	bits |= u->show_location ? 0 : masks.place;
	bits |= u->show_online_status ? 0 : masks.presence;
	return bits | (limited ? masks.profile : 0);
}

static void know_masks(void)
{
	static pthread_once_t once = PTHREAD_ONCE_INIT;
	pthread_once(&once, make_masks);
}

uint64_t person_hidden_from_strangers(const struct user *u)
{
	know_masks();
	return hidden(u, person_limited(u));
}

bool person_limited_for(const struct user *u, unsigned ties)
{
	bool follower = ties & tie_to(RELATION_FOLLOW);
	return person_limited(u) && !(follower && u->visibility != USER_PRIVATE);
}

/* Whose eyes need no look at what is between the two. */
static bool sees_all(const struct actor *who)
{
	return who->kind == ACTOR_LOCAL || may(who, PERM_USER_READ);
}

const char *person_eyes(const struct cx *cx)
{
	return sees_all(&cx->who) ? "" : cx->who.kind == ACTOR_USER ? cx->who.id : "-";
}

static bool see(const struct cx *cx, struct user *target, unsigned ties)
{
	const struct actor *who = &cx->who;
	know_masks();
	if (who->kind == ACTOR_USER && strcmp(who->id, target->id) == 0) {
		person_own(target);
		return true;
	}
	target->hidden = sees_all(who) ? masks.owner : hidden(target, person_limited_for(target, ties));
	return sees_all(who) || (user_may_act(target, cx->now) && !ties_blocked(ties));
}

/* What is between the viewer and each of n people; nothing where it makes no difference. */
static err_t ties_of(struct cx *cx, const struct user *users, size_t n, unsigned *ties)
{
	memset(ties, 0, n * sizeof *ties);
	if (cx->who.kind != ACTOR_USER || sees_all(&cx->who) || !n || (n == 1 && strcmp(users->id, cx->who.id) == 0))
		return ERR_OK;
	const char **ids = arena_array_of(cx->mem, const char *, n);
	for (size_t i = 0; i < n; i++)
		ids[i] = users[i].id;
	return relation_ties(cx, cx->who.id, n, ids, ties);
}

void person_as_followers_see(struct user *u)
{
	know_masks();
	u->hidden = hidden(u, person_limited_for(u, tie_to(RELATION_FOLLOW)));
}

/* Who sees how many there are sees who they are. */
bool person_shows_ties(const struct user *u)
{
	return !(u->hidden & masks.ties);
}

/* Strangers may be kept from writing; whom he follows himself is none. */
bool person_takes_messages(const struct user *u, unsigned ties)
{
	return !ties_blocked(ties) && (u->allow_messages || (ties & tie_from(RELATION_FOLLOW)));
}

bool person_takes_tags(const struct user *u, unsigned ties)
{
	return !ties_blocked(ties) && u->allow_tagging;
}

err_t person_visible(struct cx *cx, struct user *target, bool *visible)
{
	unsigned ties;
	TRY(ties_of(cx, target, 1, &ties));
	*visible = see(cx, target, ties);
	return ERR_OK;
}

err_t person_shown(struct cx *cx, struct user *target)
{
	bool visible;
	return person_visible(cx, target, &visible);
}

err_t person_visible_some(struct cx *cx, struct list *users)
{
	unsigned *ties = arena_array_of(cx->mem, unsigned, users->n);
	struct user *u = users->items;
	size_t kept = 0;
	TRY(ties_of(cx, u, users->n, ties));
	for (size_t i = 0; i < users->n; i++)
		if (see(cx, &u[i], ties[i]))
			u[kept++] = u[i];
	users->n = kept;
	return ERR_OK;
}
