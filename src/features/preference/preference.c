#include "features/preference/preference.h"
#include "base/str.h"
#include "features/preference/preference_store.h"

#include <string.h>

#define LANGUAGE_DEFAULT "en"

/* --- reading ------------------------------------------------------------------------------------------------------ */

static void from_row(struct preference *p, const struct preference_row *r)
{
	p->theme = r->theme;
	p->language_chosen = *r->language;
	p->language = *r->language ? r->language : LANGUAGE_DEFAULT;
	p->timezone = r->timezone;
	p->date_format = r->date_format;
	p->time_format = r->time_format;
	p->sms_notifications = r->sms_notifications;
	p->marketing_emails = r->marketing_emails;
	p->activity_visibility = r->activity_visibility;
	p->allow_data_collection = r->allow_data_collection;
	p->custom.text = r->custom;
}

static struct preference_row row_of(const struct preference *p, const char *user_id)
{
	return (struct preference_row){ .user_id = user_id,
		.theme = p->theme,
		.language = p->language_chosen ? p->language : "",
		.timezone = p->timezone,
		.date_format = p->date_format,
		.time_format = p->time_format,
		.sms_notifications = p->sms_notifications,
		.marketing_emails = p->marketing_emails,
		.activity_visibility = p->activity_visibility,
		.allow_data_collection = p->allow_data_collection,
		.custom = p->custom.text };
}

static void from_user(struct preference *p, const struct user *u)
{
	p->email_notifications = u->preferences.email;
	p->push_notifications = u->preferences.push;
	p->show_email = u->show_email;
	p->show_location = u->show_location;
	p->show_online_status = u->show_online_status;
	p->allow_messages = u->allow_messages;
	p->allow_tagging = u->allow_tagging;
	p->profile_visibility = u->visibility;
}

err_t preference_of(struct cx *cx, const struct user *u, struct preference *out)
{
	struct preference_row row = { 0 };
	TRY(preference_cached(cx, u->id, &row));
	from_row(out, &row);
	from_user(out, u);
	return ERR_OK;
}

err_t preference_erase(struct cx *cx, const char *user_id)
{
	return preference_store_erase(cx, user_id);
}

err_t preference_part(struct cx *cx, const char *user_id, const char *after, struct list *out, const char **next)
{
	(void)after;
	struct user u = { 0 };
	struct preference *p = arena_new_of(cx->mem, struct preference);
	TRY(user_by_id(cx, user_id, &u));
	TRY(preference_of(cx, &u, p));
	*out = (struct list){ p, 1 };
	*next = NULL;
	return ERR_OK;
}

static err_t own(struct cx *cx, struct preference *out)
{
	struct user u = { 0 };
	if (cx->who.kind != ACTOR_USER)
		return FAIL(cx, ERR_DENIED, "only a person has preferences of its own");
	TRY(user_cached(cx, cx->who.id, &u));
	return preference_of(cx, &u, out);
}

err_t preference_language(struct cx *cx, const char *user_id, const char **out)
{
	struct preference_row row = { 0 };
	TRY(preference_cached(cx, user_id, &row));
	*out = *row.language ? row.language : NULL;
	return ERR_OK;
}

err_t preference_get(struct cx *cx, const struct none *in, struct preference *out)
{
	(void)in;
	return own(cx, out);
}

err_t preference_show(struct cx *cx, const struct user_removal *in, struct preference *out)
{
	struct user u = { 0 };
	TRY(user_by_id(cx, in->id, &u));
	return preference_of(cx, &u, out);
}

/* --- changing ----------------------------------------------------------------------------------------------------- */

static struct preference defaults(void)
{
	struct preference p = { .email_notifications = true,
		.push_notifications = true,
		.show_location = true,
		.show_online_status = true,
		.allow_messages = true,
		.allow_tagging = true };
	from_row(&p, &preference_row_default);
	return p;
}

/* An older name of a field beside its own: who sends back all that he read has changed one of them. */
static void merge_name(struct opt_bool *field, const struct opt_bool *other, bool now)
{
	bool says_other = other->has == IS_SET && other->v != now;
	if (other->has != ABSENT && (field->has == ABSENT || says_other))
		*field = *other;
}

static const struct field *twin(const struct field *f)
{
	return type_field(&preference_type, f->name, strlen(f->name));
}

static enum has given(const struct field *f, const struct preference_change *in, bool whole)
{
	enum has has = field_has(f, in);
	if (f->kind == KIND_JSON)
		has = !in->custom.text ? ABSENT : strcmp(in->custom.text, "null") == 0 ? IS_NULL : IS_SET;
	if (has == ABSENT && whole && f->off != offsetof(struct preference_change, profile_visibility))
		return IS_NULL;
	return has;
}

static size_t size_of(enum kind kind)
{
	return kind == KIND_BOOL ? sizeof(bool) : kind == KIND_ENUM ? sizeof(unsigned) : sizeof(const char *);
}

static bool same_value(const struct field *f, const void *a, const void *b)
{
	if (f->kind == KIND_BOOL || f->kind == KIND_ENUM)
		return memcmp(a, b, size_of(f->kind)) == 0;
	return strcmp(*(const char *const *)a, *(const char *const *)b) == 0;
}

/* Sets in `p` what is asked for, and in `changed` what of it is other than before; false when nothing is. */
static bool apply(
	const struct preference_change *in, bool whole, struct preference *p, struct preference_change *changed)
{
	const struct preference dflt = defaults();
	bool any = false;
	for (const struct field *f = preference_change_type.fields; f->name; f++) {
		const struct field *to = twin(f);
		enum has has = given(f, in, whole);
		/* `email` and `push` have been merged into the fields that they are names of. */
		if (has == ABSENT || strcmp(f->name, "email") == 0 || strcmp(f->name, "push") == 0)
			continue;
		const void *value = has == IS_SET ? field_value(f, in) : field_value(to, &dflt);
		if (same_value(to, value, field_value(to, p)))
			continue;
		memcpy(field_at(to, p), value, size_of(to->kind));
		memcpy(field_at(f, changed), value, size_of(to->kind));
		field_mark(f, changed, IS_SET);
		any = true;
	}
	return any;
}

static struct user_change for_user(const struct preference_change *c, struct user_channels_change *channels)
{
	*channels = (struct user_channels_change){ c->email_notifications, c->push_notifications };
	return (struct user_change){ .visibility = c->profile_visibility,
		.show_email = c->show_email,
		.show_location = c->show_location,
		.show_online_status = c->show_online_status,
		.allow_messages = c->allow_messages,
		.allow_tagging = c->allow_tagging,
		.preferences = channels };
}

static bool same_rows(const struct preference_row *a, const struct preference_row *b)
{
	return strcmp(a->theme, b->theme) == 0 && strcmp(a->language, b->language) == 0 &&
	       strcmp(a->timezone, b->timezone) == 0 && strcmp(a->date_format, b->date_format) == 0 &&
	       strcmp(a->time_format, b->time_format) == 0 && strcmp(a->custom, b->custom) == 0 &&
	       a->sms_notifications == b->sms_notifications && a->marketing_emails == b->marketing_emails &&
	       a->activity_visibility == b->activity_visibility && a->allow_data_collection == b->allow_data_collection;
}

static err_t store(struct cx *cx, const struct preference *before, const struct preference *p,
	const struct preference_change *changed)
{
	struct user_channels_change channels;
	struct user_change change = for_user(changed, &channels);
	struct user *u = arena_new_of(cx->mem, struct user); /* the event that brings it outlives this function */
	struct preference_row was = row_of(before, cx->who.id), is = row_of(p, cx->who.id);
	TRY(user_set_preferred(cx, cx->who.id, &change, u));
	return same_rows(&was, &is) ? ERR_OK : preference_store_put(cx, &is);
}

static err_t tell(
	struct cx *cx, const struct preference *before, const struct preference *p, struct preference_change *changed)
{
	struct preference_note *note = arena_new_of(cx->mem, struct preference_note);
	*note = (struct preference_note){ cx->who.id, changed, changed->custom.text };
	cx->audit.subject_type = "user";
	cx->audit.subject_id = cx->who.id;
	cx->audit.type = &preference_type;
	cx->audit.before = before;
	cx->audit.after = p;
	return emit(cx, &preference_updated, cx->who.id, note);
}

static err_t change(struct cx *cx, const struct preference_change *in, bool whole, struct preference *out)
{
	struct preference *before = arena_new_of(cx->mem, struct preference),
			  *after = arena_new_of(cx->mem, struct preference);
	struct preference_change asked = *in, *changed = arena_new_of(cx->mem, struct preference_change);
	TRY(own(cx, before));
	merge_name(&asked.email_notifications, &in->email, before->email_notifications);
	merge_name(&asked.push_notifications, &in->push, before->push_notifications);
	if (asked.language.has == IS_SET)
		asked.language.v = str_replace_char(cx->mem, asked.language.v, '_', '-');
	*after = *before;
	if (asked.language.has != ABSENT || whole)
		after->language_chosen = asked.language.has == IS_SET;
	bool differs = apply(&asked, whole, after, changed);
	if (after->language_chosen != before->language_chosen) /* letters are in it, though it looks as before */
		changed->language = (struct opt_text){ .has = IS_SET, .v = after->language };
	if (differs || changed->language.has == IS_SET) {
		TRY(store(cx, before, after, changed));
		TRY(tell(cx, before, after, changed));
	}
	*out = *after;
	return ERR_OK;
}

err_t preference_update(struct cx *cx, const struct preference_change *in, struct preference *out)
{
	return change(cx, in, false, out);
}

err_t preference_replace(struct cx *cx, const struct preference_change *in, struct preference *out)
{
	return change(cx, in, true, out);
}
