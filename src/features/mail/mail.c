#include "features/mail/mail.h"
#include "base/json.h"
#include "crypto/cursor.h"
#include "features/mail/mail_letter.h"
#include "features/preference/preference.h"
#include "features/mail/mail_seal.h"
#include "features/mail/mail_store.h"
#include "features/mail/mail_text.h"
#include "features/role/role.h"
#include "features/user/user.h"

#include <string.h>

const char *const mail_status_names[] = { "queued", "sent", "dead", "kept", NULL };
static const char cursor_kind[] = "mail";

static void audit(struct cx *cx, const struct mail *m)
{
	cx->audit.subject_type = "mail";
	cx->audit.subject_id = m->id;
}

/* --- writing ------------------------------------------------------------------------------------------------------ */

static err_t write_letter(struct cx *cx, const struct mail_letter *given, struct mail *m)
{
	struct mail_letter copy = *given, *letter = &copy;
	struct mail_body body = { 0 };
	bool server = mail_server_set(cx);
	*m = (struct mail){ .id = id_new(cx),
		.user_id = letter->user_id,
		.template_name = letter->template_name,
		.status = server ? MAIL_QUEUED : MAIL_KEPT,
		.due_at = server ? cx->now : 0,
		.created_at = cx->now };
	m->recipient = mail_text_address(cx->mem, letter->to, &m->domain);
	if (!m->recipient)
		return FAIL(cx, ERR_INVALID, "a letter to what is no address");
	if (!letter->language && letter->user_id)
		TRY(preference_language(cx, letter->user_id, &letter->language));
	TRY(mail_letter_render(cx, letter, &m->language, &m->subject, &body));
	m->sealed = mail_seal(cx->mem, m->id, &body);
	return mail_store_add(cx, m);
}

err_t mail_send(struct cx *cx, const struct mail_letter *letter)
{
	struct mail m;
	return write_letter(cx, letter, &m);
}

err_t mail_test_queued(struct cx *cx, const struct mail_test_in *in, struct mail *out)
{
	const char *domain;
	if (!mail_text_address(cx->mem, in->address, &domain))
		return cx_field(cx, "address", "must be an e-mail address");
	struct mail_letter letter = { .to = in->address, .template_name = "test", .language = in->language };
	TRY(write_letter(cx, &letter, out));
	audit(cx, out);
	return ERR_OK;
}

/* --- reading ------------------------------------------------------------------------------------------------------ */

err_t mail_list(struct cx *cx, const struct mail_query *in, struct mail_list *out)
{
	struct place before = { 0 };
	TRY(cursor_read(cx, cursor_kind, in->want.cursor, &before));
	TRY(mail_store_list(cx, in, before.text, in->want.limit + 1, &out->items));
	out->page = cursor_page(cx, &in->want, cursor_kind, &mail_type, &out->items);
	return ERR_OK;
}

/* What the account may do that the letter concerns; everything when it concerns none that is known. */
static err_t perms_of_account(struct cx *cx, const struct mail *m, uint64_t *perms)
{
	struct user u = { 0 };
	*perms = PERM_ALL;
	if (!m->user_id)
		return ERR_OK;
	err_t e = user_by_id(cx, m->user_id, &u);
	if (e == ERR_NOT_FOUND)
		return ERR_OK;
	TRY(e);
	return role_perms(cx, u.role, perms);
}

/* A letter may hold a link that opens the account. Who may read it there could as well be the account: so nobody reads it
 * whose permissions are fewer; and once letters are sent, the mailbox of the person is the only place for it. */
static err_t may_read(struct cx *cx, const struct mail *m, bool *out)
{
	uint64_t perms;
	*out = cx->who.kind == ACTOR_LOCAL;
	if (*out || m->status != MAIL_KEPT || mail_server_set(cx))
		return ERR_OK;
	TRY(perms_of_account(cx, m, &perms));
	*out = (perms & ~cx->who.perms) == 0;
	return ERR_OK;
}

err_t mail_show(struct cx *cx, const struct mail_ref *in, struct mail *out)
{
	bool readable;
	struct mail_body body = { 0 };
	TRY(mail_store_get(cx, in->id, out));
	audit(cx, out);
	TRY(may_read(cx, out, &readable));
	if (!readable || !out->sealed)
		return ERR_OK;
	TRY(mail_unseal(cx, out, &body));
	out->text = body.text;
	out->html = body.html;
	return ERR_OK;
}

err_t mail_retry(struct cx *cx, const struct mail_ref *in, struct mail *out)
{
	TRY(mail_store_get(cx, in->id, out));
	audit(cx, out);
	if (!mail_server_set(cx)) {
		cx->fail.message = "No SMTP server is set, so nothing can be sent.";
		return FAIL(cx, ERR_CONFLICT, "no SMTP server");
	}
	if (!out->sealed || out->status == MAIL_SENT) {
		cx->fail.message = "This letter was delivered; what it said is gone.";
		return FAIL(cx, ERR_CONFLICT, "delivered");
	}
	TRY(mail_store_requeue(cx, out));
	return mail_store_get(cx, in->id, out);
}

err_t mail_erase(struct cx *cx, const char *user_id)
{
	struct user u = { 0 };
	const char *domain;
	TRY(user_by_id(cx, user_id, &u));
	/* An invitation, say, went to the address before there was an account. */
	return mail_store_erase(cx, user_id, u.email ? mail_text_address(cx->mem, u.email, &domain) : NULL);
}
