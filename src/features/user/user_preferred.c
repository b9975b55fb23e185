/* The preferences that stand in the user's row: setting them, and telling which are others now. */
#include "features/user/user_preferred.h"

static void set_bool(bool *to, const struct opt_bool *from)
{
	if (from->has == IS_SET)
		*to = from->v;
}

void user_preferred_apply(const struct user_change *in, struct user *u)
{
	const struct user_channels_change *p = in->preferences;
	if (in->visibility.has == IS_SET)
		u->visibility = in->visibility.v;
	set_bool(&u->show_email, &in->show_email);
	set_bool(&u->show_location, &in->show_location);
	set_bool(&u->show_online_status, &in->show_online_status);
	set_bool(&u->allow_messages, &in->allow_messages);
	set_bool(&u->allow_tagging, &in->allow_tagging);
	if (!p)
		return;
	set_bool(&u->preferences.email, &p->email);
	set_bool(&u->preferences.push, &p->push);
}

static bool note_bool(struct opt_bool *to, bool before, bool after)
{
	if (before != after)
		*to = (struct opt_bool){ IS_SET, after };
	return before != after;
}

bool user_preferred_differ(const struct user *a, const struct user *b, struct user_preferred *to)
{
	bool any = note_bool(&to->email_notifications, a->preferences.email, b->preferences.email);
	any |= note_bool(&to->push_notifications, a->preferences.push, b->preferences.push);
	any |= note_bool(&to->show_email, a->show_email, b->show_email);
	any |= note_bool(&to->show_location, a->show_location, b->show_location);
	any |= note_bool(&to->show_online_status, a->show_online_status, b->show_online_status);
	any |= note_bool(&to->allow_messages, a->allow_messages, b->allow_messages);
	any |= note_bool(&to->allow_tagging, a->allow_tagging, b->allow_tagging);
	if (a->visibility != b->visibility)
		to->profile_visibility = (struct opt_enum){ IS_SET, b->visibility };
	return any || a->visibility != b->visibility;
}

err_t user_preferred_tell(struct cx *cx, const struct user *before, const struct user *u)
{
	struct user_preferred *p = arena_new_of(cx->mem, struct user_preferred);
	if (!user_preferred_differ(before, u, p))
		return ERR_OK;
	struct user_preference_note *note = arena_new_of(cx->mem, struct user_preference_note);
	*note = (struct user_preference_note){ u->id, p };
	return emit(cx, &user_preference_updated, u->id, note);
}
