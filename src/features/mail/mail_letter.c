#include "features/mail/mail_letter.h"
#include "base/str.h"
#include "base/time.h"
#include "features/mail/mail_template.h"
#include "features/mail/mail_text.h"
#include "features/user/user.h"

#include <string.h>

enum { VALUES = 16, VALUE_LONGEST = 200, NAME_LONGEST = 60, LINK_LONGEST = 2000, REASON_LONGEST = 1000 };

/* --- values ------------------------------------------------------------------------------------------------------- */

struct values {
	struct mail_value list[VALUES]; /* ends with a NULL name */
	size_t n;
};

static bool is(const char *a, const char *b)
{
	return strcmp(a, b) == 0;
}

/* What a stranger may have chosen for a person's letter must not be a link in it: our server would send his spam. */
static bool is_free_text(const char *name)
{
	return is(name, "name") || is(name, "device") || is(name, "inviter") || is(name, "role");
}

static bool is_good_link(const char *s)
{
	return (str_starts(s, "https://") || str_starts(s, "http://")) && !s[strcspn(s, " <>\"'\\^`{|}")] &&
	       strlen(s) <= LINK_LONGEST;
}

static size_t longest(const char *name)
{
	if (is(name, "link"))
		return LINK_LONGEST;
	return is(name, "name") ? NAME_LONGEST : is(name, "reason") ? REASON_LONGEST : VALUE_LONGEST;
}

static err_t add_value(struct cx *cx, struct values *v, const char *name, const char *value)
{
	size_t length = strlen(name);
	if (!mail_value_known(name, length) || v->n == VALUES - 1)
		return FAIL(cx, ERR_INTERNAL, "letters have no value %s", name);
	if (!value || !*value || mail_value_of(v->list, name, length))
		return ERR_OK;
	if (is(name, "link") && !is_good_link(value))
		return FAIL(cx, ERR_INTERNAL, "the link of a letter is no URL");
	size_t most = longest(name);
	const char *line = mail_text_line(cx->mem, value, most);
	if (is_free_text(name) && mail_text_looks_like_link(line))
		return ERR_OK;
	v->list[v->n++] = (struct mail_value){ name, line };
	return ERR_OK;
}

static const char *name_of(const struct user *u)
{
	return u->display_name ? u->display_name : u->first_name ? u->first_name : u->name;
}

/* An account that is gone has no name; its last letter goes out all the same. */
static err_t add_account_name(struct cx *cx, struct values *v, const char *user_id)
{
	struct user u = { 0 };
	err_t e = user_by_id(cx, user_id, &u);
	if (e == ERR_NOT_FOUND)
		return ERR_OK;
	TRY(e);
	return add_value(cx, v, "name", name_of(&u));
}

static const char *time_text(struct arena *a, int64_t ms)
{
	char text[TIME_TEXT];
	time_format(text, ms); /* 2026-11-21T10:11:35.000Z */
	return arena_printf(a, "%.10s %.5s UTC", text, text + 11);
}

static err_t gather(struct cx *cx, const struct mail_letter *letter, struct values *v)
{
	bool named = false;
	for (const struct mail_value *given = letter->values; given && given->name; given++) {
		named = named || (is(given->name, "name") && given->value);
		TRY(add_value(cx, v, given->name, given->value));
	}
	if (!named && letter->user_id)
		TRY(add_account_name(cx, v, letter->user_id));
	TRY(add_value(cx, v, "time", time_text(cx->mem, cx->now)));
	return add_value(cx, v, "application", CONF_OF(cx, mail)->application);
}

/* --- rendering ---------------------------------------------------------------------------------------------------- */

static err_t fill(struct cx *cx, const struct mail_template *t, const struct values *v, const char *content,
	enum mail_escape escape, const char **out)
{
	struct buf b = { .mem = cx->mem };
	struct mail_fault fault = { 0 };
	if (!mail_template_fill(&b, t->text, t->n, v->list, content, escape, &fault))
		return FAIL(cx, ERR_INTERNAL, "%s:%d: %s", t->name, fault.line, fault.why);
	*out = buf_cstr(&b);
	return ERR_OK;
}

static err_t render_html(
	struct cx *cx, const char *kind, const char *language, const struct values *v, const char **out)
{
	const struct mail_template *t = mail_template_html(kind, language);
	const char *content = "";
	*out = NULL;
	if (!t)
		return ERR_OK;
	TRY(fill(cx, t, v, NULL, MAIL_HTML, &content));
	return fill(cx, mail_template_layout(), v, content, MAIL_HTML, out);
}

err_t mail_letter_render(struct cx *cx, const struct mail_letter *letter, const char **language, const char **subject,
	struct mail_body *body)
{
	struct values v = { 0 };
	const char *kind = letter->template_name, *fallback = CONF_OF(cx, mail)->language;
	const struct mail_template *t = mail_template_text(cx->mem, kind, letter->language, fallback, language);
	struct mail_template subject_of = { 0 }, body_of = { 0 };
	if (!t || !mail_template_split(t, &subject_of, &body_of))
		return FAIL(cx, ERR_INTERNAL, "there is no template %s", kind);
	TRY(gather(cx, letter, &v));
	TRY(add_value(cx, &v, "language", *language));
	TRY(fill(cx, &subject_of, &v, NULL, MAIL_PLAIN, subject));
	TRY(fill(cx, &body_of, &v, NULL, MAIL_PLAIN, &body->text));
	return render_html(cx, kind, *language, &v, &body->html);
}

/* --- the message -------------------------------------------------------------------------------------------------- */

static void write_part(struct buf *b, const char *boundary, const char *type, const char *text)
{
	if (boundary)
		buf_printf(b, "--%s\r\n", boundary);
	buf_printf(b, "Content-Type: %s; charset=utf-8\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n", type);
	mail_text_quoted(b, text);
}

void mail_letter_write(
	struct buf *b, const struct mail_sender *sender, const struct mail *mail, const struct mail_body *body)
{
	struct arena *a = arena_new(0);
	const char *host = strrchr(sender->from, '@');
	mail_text_mailbox(b, "From", sender->from_name, sender->from);
	mail_text_mailbox(b, "To", NULL, mail->recipient);
	mail_text_header(b, "Subject", mail->subject);
	buf_printf(b, "Date: %s\r\nMessage-ID: <%s%s>\r\n", mail_text_date(a, mail->created_at), mail->id, host);
	/* RFC 3834: no vacation notes in answer, please. */
	buf_str(b, "Auto-Submitted: auto-generated\r\nX-Auto-Response-Suppress: All\r\nMIME-Version: 1.0\r\n");
	buf_printf(b, "Content-Language: %s\r\n", mail->language);
	if (body->html) {
		/* "=_" cannot stand in quoted-printable text (RFC 2045 section 6.7) */
		const char *boundary = arena_printf(a, "=_%s", mail->id);
		buf_printf(b, "Content-Type: multipart/alternative;\r\n boundary=\"%s\"\r\n\r\n", boundary);
		write_part(b, boundary, "text/plain", body->text);
		write_part(b, boundary, "text/html", body->html);
		buf_printf(b, "--%s--\r\n", boundary);
	} else {
		write_part(b, NULL, "text/plain", body->text);
	}
	arena_free(a);
}
