/* `roster mail test`: a letter at once, beside the queue, with what was said. */
#include "base/str.h"
#include "features/mail/mail_conf.h"
#include "features/mail/mail_letter.h"
#include "features/mail/mail_text.h"
#include "http/smtp.h"

struct trial {
	struct smtp_letter letter; /* first: done() finds the trial from it */
	struct arena *mem;
	enum smtp_verdict verdict;
	const char *reason;
};

static void trial_done(struct smtp_letter *letter, const struct smtp_outcome *o)
{
	struct trial *t = (struct trial *)(void *)letter;
	t->verdict = o->verdict;
	t->reason = arena_strdup(t->mem, o->reason);
}

static err_t write_letter(
	struct cx *cx, const struct mail_server *server, const char *to, const char *language, struct smtp_letter *out)
{
	struct mail m = { .id = id_new(cx), .recipient = to, .created_at = cx->now };
	struct mail_body body = { 0 };
	struct buf b = { .mem = cx->mem };
	struct mail_letter letter = { .to = to, .template_name = "test", .language = language };
	TRY(mail_letter_render(cx, &letter, &m.language, &m.subject, &body));
	mail_letter_write(&b, &(struct mail_sender){ server->from, server->from_name }, &m, &body);
	out->from = server->from;
	out->to = to;
	out->bytes = b.p;
	out->n = b.n;
	return ERR_OK;
}

err_t mail_test(struct cx *cx, const struct mail_test_in *in, struct mail_test_out *out)
{
	const struct mail_conf *conf = CONF_OF(cx, mail);
	struct mail_server server;
	struct buf talk = { .mem = cx->mem };
	struct trial t = { .letter = { .conversation = &talk, .done = trial_done }, .mem = cx->mem };
	const char *domain, *to = mail_text_address(cx->mem, in->address, &domain);
	if (!to)
		return cx_field(cx, "address", "must be an e-mail address");
	if (!mail_server_of(cx->mem, conf, &server)) {
		cx->fail.message = "No SMTP server is set (mail.smtp_url); letters stay in the built-in mailbox.";
		return FAIL(cx, ERR_CONFLICT, "no SMTP server");
	}
	TRY(write_letter(cx, &server, to, in->language, &t.letter));
	smtp_send(&(struct smtp_conf){ .url = server.url,
			  .user = server.user,
			  .password = server.password,
			  .ca_file = server.ca_file,
			  .starttls = server.starttls,
			  .connect_ms = conf->connect_timeout,
			  .total_ms = conf->timeout,
			  .at_once = 1 },
		&t.letter);
	out->conversation = buf_cstr(&talk);
	if (t.verdict == SMTP_TAKEN)
		return ERR_OK;
	cx->fail.message = arena_printf(cx->mem, "The letter was not taken: %s\n%s", t.reason, out->conversation);
	return FAIL(cx, ERR_UNAVAILABLE, "test letter: %s", t.reason);
}
