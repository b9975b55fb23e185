/* Letters from the call that writes them to who reads them, on a real database. */
#include "base/str.h"
#include "base/test.h"
#include "api/jobs.h"
#include "features/fixture_test.h"
#include "features/mail/mail_queue.h"
#include "features/mail/mail_seal.h"

#include <string.h>

static err_t send_one(struct cx *cx, void *arg)
{
	return mail_send(cx, arg);
}

static const struct mail_value reset[] = { { "link", "https://id.example.org/reset#abc" }, { "code", "123456" },
	{ "minutes", "15" }, { NULL, NULL } };

static const char *newest(void)
{
	return rig_text("SELECT id FROM mail ORDER BY rowid DESC LIMIT 1");
}

static const char *ref(const char *id)
{
	return home_text("{\"id\":\"%s\"}", id);
}

/* Writes a letter and shows it as the command line of this host sees it. */
static struct mail *letter(const char *kind, const char *language, const char *user_id, const struct mail_value *values)
{
	CHECK_OK(rig_tx(send_one, &(struct mail_letter){ .to = "ann@example.org",
					  .template_name = kind,
					  .language = language,
					  .user_id = user_id,
					  .values = values }));
	return HOME_OUT(mail, home_local("mail_show", ref(newest())));
}

TEST(mail, a_letter_is_written_and_read_here)
{
	home_open();
	struct person ann = home_person("ann");
	struct mail *m = letter("reset_password", "de-AT", ann.id, reset);
	CHECK_INT(m->status, MAIL_KEPT);
	CHECK_TEXT(m->recipient, "ann@example.org");
	CHECK_TEXT(m->language, "de");
	CHECK_TEXT(m->subject, "Wählen Sie ein neues Passwort");
	CHECK(strstr(m->text, "\nhttps://id.example.org/reset#abc\n"));
	CHECK(strstr(m->text, "123456"));
	CHECK(strstr(m->html, "<html lang=\"de\">"));
	CHECK(strstr(m->html, "href=\"https://id.example.org/reset#abc\""));
	CHECK_INT(rig_number("SELECT COUNT(*) FROM mail WHERE sealed LIKE '%reset%' OR subject LIKE '%123456%'"), 0);
	home_close();
}

TEST(mail, what_is_no_address_gets_no_letter)
{
	static const char *const bad[] = { "", "ann", "@example.org", "ann@", "ann@a b",
		"ann@x\r\nBcc: eve@example.org", "a\nb@example.org", "ann>@example.org", "<ann@example.org",
		"a b@example.org", "ann@example.org, eve@example.org", "ann@example.org\n" };
	home_open();
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
		CHECK_ERR(rig_tx(send_one, &(struct mail_letter){ .to = bad[i], .template_name = "invitation" }),
			ERR_INVALID);
	CHECK_INT(rig_number("SELECT COUNT(*) FROM mail"), 0);
	home_close();
}

TEST(mail, mistakes_of_ours_are_told)
{
	static const struct mail_value unknown[] = { { "nobody", "x" }, { NULL, NULL } };
	static const struct mail_value script[] = { { "link", "javascript:alert(1)" }, { NULL, NULL } };
	static const struct mail_value quote[] = { { "link", "https://x/\"onclick=" }, { NULL, NULL } };
	struct mail_letter wrong[] = { { .template_name = "nothing" },
		{ .template_name = "invitation", .values = unknown },
		{ .template_name = "invitation", .values = script },
		{ .template_name = "invitation", .values = quote } };
	home_open();
	for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
		wrong[i].to = "ann@example.org";
		CHECK_ERR(rig_tx(send_one, &wrong[i]), ERR_INTERNAL);
	}
	home_close();
}

TEST(mail, the_name_comes_from_the_account_when_none_is_given)
{
	home_open();
	struct person ann = home_person("ann");
	CHECK(strstr(letter("password_changed", NULL, ann.id, NULL)->text, "Hello ann,\n"));
	HOME_OUT(user, home_call(ann.access, "user_update_me", "{\"display_name\":\"Ann O'Hara\"}"));
	struct mail *m = letter("password_changed", NULL, ann.id, NULL);
	CHECK(strstr(m->text, "Hello Ann O'Hara,\n"));
	CHECK(strstr(m->html, "Hello Ann O&#39;Hara,"));
	CHECK(strstr(m->text, "UTC\n"));
	CHECK(strstr(letter("password_changed", NULL, "01a1fdb6-e5bf-711f-ab24-480d9b536e2f", NULL)->text, "Hello,\n"));
	home_close();
}

TEST(mail, the_language_is_the_one_that_the_person_chose)
{
	home_open();
	struct person ann = home_person("ann");
	rig_set("mail.language", "de");
	CHECK_TEXT(letter("invitation", NULL, ann.id, reset)->language, "de");
	CHECK_OK(home_call(ann.access, "preference_update", "{\"theme\":\"dark\"}")->result);
	CHECK_TEXT(letter("invitation", NULL, ann.id, reset)->language, "de"); /* one was not chosen by it */
	CHECK_OK(home_call(ann.access, "preference_update", "{\"language\":\"en\"}")->result);
	CHECK_TEXT(letter("invitation", NULL, ann.id, reset)->language, "en");
	CHECK_OK(home_call(ann.access, "preference_update", "{\"language\":null}")->result);
	CHECK_TEXT(letter("invitation", NULL, ann.id, reset)->language, "de");
	rig_set("mail.language", "en");
	CHECK_OK(home_call(ann.access, "preference_update", "{\"language\":\"de-AT\"}")->result);
	CHECK_TEXT(letter("invitation", NULL, ann.id, reset)->language, "de");
	home_close();
}

TEST(mail, advisory_a_display_name_writes_no_html_and_no_header)
{
	/* Zitadel CVE-2024-41953, and display names in mails of Kanidm */
	static const char evil[] = "<img src=x onerror=alert(1)>\r\nBcc: all\r\n\r\n{{code}}";
	const struct mail_value values[] = { { "name", evil }, { "inviter", evil }, { "device", evil },
		{ "role", evil }, { "address", evil }, { "ip", evil }, { "code", "123456" },
		{ "link", "https://x.example/" }, { NULL, NULL } };
	static const char *const kinds[] = { "invitation", "login_from_new_device", "change_email", "email_changed" };
	home_open();
	rig_set("mail.application", "<b>App</b>");
	for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
		struct mail *m = letter(kinds[i], NULL, NULL, values);
		struct buf b = { 0 };
		struct mail_body body = { m->text, m->html };
		mail_letter_write(&b, &(struct mail_sender){ "id@example.org", evil }, m, &body);
		CHECK(!strstr(m->html, "<img") && !strstr(m->html, "<b>App"));
		CHECK(strstr(m->html, "&lt;img src=x onerror=alert(1)&gt;  Bcc: all"));
		CHECK(!strstr(m->text, "\nBcc:"));
		CHECK(!strchr(m->subject, '\n') && !strchr(m->subject, '\r'));
		CHECK(!strstr(buf_cstr(&b), "\nBcc:"));
		buf_free(&b);
	}
	home_close();
}

TEST(mail, advisory_a_stranger_sends_no_link_under_our_name)
{
	const struct mail_value values[] = { { "name", "You won! http://evil.example/" },
		{ "link", "https://x.example/a" }, { "inviter", "evil.example" }, { NULL, NULL } };
	home_open();
	struct mail *m = letter("verify_email", NULL, NULL, values);
	CHECK(strstr(m->text, "Hello,\n") && !strstr(m->text, "evil"));
	m = letter("invitation", NULL, NULL, values);
	CHECK(strstr(m->text, "You are invited to Roster.") && !strstr(m->html, "evil"));
	home_close();
}

TEST(mail, a_message_is_as_rfc_5322_and_mime_have_it)
{
	home_open();
	struct mail *m = letter("reset_password", "de", NULL, reset);
	struct mail_body body = { m->text, m->html };
	struct buf b = { 0 };
	mail_letter_write(&b, &(struct mail_sender){ "id@example.org", "Rösti" }, m, &body);
	const char *s = buf_cstr(&b);
	const char *const parts[] = {
		"From: =?UTF-8?B?UsO2c3Rp?=\r\n <id@example.org>\r\nTo: ann@example.org\r\nSubject: ",
		home_text("\r\nMessage-ID: <%s@example.org>\r\n", m->id), "\r\nAuto-Submitted: auto-generated\r\n",
		"\r\nMIME-Version: 1.0\r\n",
		home_text("\r\nContent-Type: multipart/alternative;\r\n boundary=\"=_%s\"\r\n\r\n", m->id),
		"Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\nHallo,\r\n",
		"Content-Type: text/html; charset=utf-8\r\n", home_text("--=_%s--\r\n", m->id)
	};
	for (size_t i = 0; i < sizeof parts / sizeof *parts; i++)
		CHECK(strstr(s, parts[i]));
	CHECK(strstr(s, "\r\nDate: "));
	while (*s) {
		size_t n = strcspn(s, "\r\n");
		CHECK(n <= 78 && s[n] == '\r' && s[n + 1] == '\n');
		s += n + 2;
	}
	buf_free(&b);
	home_close();
}

/* --- who may read ------------------------------------------------------------------------------------------------- */

TEST(mail, advisory_nobody_takes_over_a_higher_account_by_its_reset_link)
{
	home_open();
	struct person ann = home_person("ann"), mo = home_with_role("moe", "moderator");
	home_with_role("eve", "admin");
	struct person eve = home_login("eve");
	const char *of_ann = letter("reset_password", NULL, ann.id, reset)->id;
	const char *of_eve = letter("reset_password", NULL, eve.id, reset)->id;
	const char *of_none = letter("invitation", NULL, NULL, reset)->id;
	const char *all[] = { of_ann, of_eve, of_none };
	for (size_t i = 0; i < 3; i++) {
		CHECK_ERR(home_call(ann.access, "mail_show", ref(all[i]))->result, ERR_DENIED);
		CHECK_ERR(home_call(mo.access, "mail_show", ref(all[i]))->result, ERR_DENIED);
		CHECK(HOME_OUT(mail, home_call(eve.access, "mail_show", ref(all[i])))->text);
	}
	home_close();
}

struct reading {
	uint64_t perms;
	const char *id;
	struct mail mail;
};

static err_t read_as(struct cx *cx, void *arg)
{
	struct reading *r = arg;
	cx->who =
		(struct actor){ .kind = ACTOR_USER, .id = "somebody", .session_id = "", .role = "", .perms = r->perms };
	return mail_show(cx, &(struct mail_ref){ r->id }, &r->mail);
}

static bool reads(uint64_t perms, const char *id)
{
	struct reading r = { .perms = perms, .id = id };
	CHECK_OK(rig_tx(read_as, &r));
	CHECK(!r.mail.text == !r.mail.html);
	return r.mail.text;
}

TEST(mail, a_letter_is_read_by_who_may_all_that_its_account_may)
{
	uint64_t reader = PERM_BIT(PERM_MAIL_READ), more = reader | PERM_BIT(PERM_USER_READ) |
	                                                   PERM_BIT(PERM_USER_STATUS) | PERM_BIT(PERM_REPORT_READ) |
	                                                   PERM_BIT(PERM_REPORT_RESOLVE);
	home_open();
	struct person ann = home_person("ann"), mo = home_with_role("moe", "moderator"),
		      eve = home_with_role("eve", "admin");
	const char *of_ann = letter("reset_password", NULL, ann.id, reset)->id;
	const char *of_mo = letter("reset_password", NULL, mo.id, reset)->id;
	const char *of_eve = letter("reset_password", NULL, eve.id, reset)->id;
	const char *of_none = letter("invitation", NULL, NULL, reset)->id;
	CHECK(reads(reader, of_ann) && !reads(reader, of_mo) && !reads(reader, of_eve) && !reads(reader, of_none));
	CHECK(reads(more, of_ann) && reads(more, of_mo) && !reads(more, of_eve) && !reads(more, of_none));
	CHECK(reads(PERM_ALL, of_eve) && reads(PERM_ALL, of_none));
	/* an account that rises takes its letters along */
	HOME_OUT(user, home_local("user_update", home_text("{\"id\":\"%s\",\"role\":\"admin\"}", ann.id)));
	CHECK(!reads(more, of_ann));
	/* with an SMTP server the mailbox of the person is the only place */
	rig_set("mail.smtp_url", "smtp://127.0.0.1:9");
	CHECK(!reads(PERM_ALL, of_ann) && !reads(PERM_ALL, of_eve));
	CHECK(HOME_OUT(mail, home_local("mail_show", ref(of_eve)))->text);
	home_close();
}

TEST(mail, lists_go_on_by_cursor_and_by_filter)
{
	home_open();
	struct person ann = home_person("ann");
	home_with_role("eve", "admin");
	struct person eve = home_login("eve");
	for (int i = 0; i < 5; i++)
		letter("password_changed", NULL, i % 2 ? ann.id : NULL, NULL);
	struct mail_list *l = HOME_OUT(mail_list, home_call(eve.access, "mail_list", "{\"limit\":2}"));
	CHECK_INT(l->items.n, 2);
	CHECK(l->page->has_next && !((struct mail *)l->items.items)->text);
	l = HOME_OUT(mail_list,
		home_call(eve.access, "mail_list", home_text("{\"limit\":3,\"cursor\":\"%s\"}", l->page->next_cursor)));
	CHECK_INT(l->items.n, 3);
	CHECK(!l->page->has_next);
	const char *by_ann = home_text("{\"user_id\":\"%s\",\"status\":\"kept\"}", ann.id);
	CHECK_INT(HOME_OUT(mail_list, home_call(eve.access, "mail_list", by_ann))->items.n, 2);
	CHECK_INT(HOME_OUT(mail_list, home_call(eve.access, "mail_list", "{\"status\":\"dead\"}"))->items.n, 0);
	CHECK_ERR(home_call(ann.access, "mail_list", NULL)->result, ERR_DENIED);
	CHECK_ERR(home_call(eve.access, "mail_list", "{\"cursor\":\"x\"}")->result, ERR_MALFORMED);
	home_close();
}

/* --- the queue ---------------------------------------------------------------------------------------------------- */

TEST(mail, waits_grow_from_seconds_to_hours_and_differ)
{
	for (uint32_t r = 0; r < 4000000000u; r += 99999989u) {
		CHECK(mail_wait(1, r) >= 3750 && mail_wait(1, r) <= 6250);
		CHECK(mail_wait(2, r) >= 7500 && mail_wait(2, r) <= 12500);
		CHECK(mail_wait(100, r) >= 3 * 3600000 && mail_wait(100, r) <= 5 * 3600000);
	}
	CHECK(mail_wait(3, 1) != mail_wait(3, 2));
	CHECK(mail_wait(0, 0) > 0 && mail_wait(INT64_MAX, UINT32_MAX) > 0);
}

static void queued(const char *to)
{
	CHECK_OK(rig_tx(send_one, &(struct mail_letter){ .to = to, .template_name = "test" }));
}

static err_t take(struct cx *cx, void *arg)
{
	return mail_take(cx, arg);
}

struct noting {
	struct mail_result result;
	bool dead;
};

static err_t note(struct cx *cx, void *arg)
{
	struct noting *n = arg;
	return mail_note(cx, &n->result, &n->dead);
}

static bool ended(const struct mail *m, enum mail_end end, const char *reason)
{
	struct noting n = { { m->id, m->claim, m->domain, m->attempts, m->queued_at, end, reason }, false };
	CHECK_OK(rig_tx(note, &n));
	return n.dead;
}

/* Of the oldest letter: status, attempts, what is left of it. */
static const char *oldest(void)
{
	return rig_text(
		"SELECT status || ' ' || attempts || ' ' || CASE WHEN sealed IS NULL THEN 'gone' ELSE 'there' END ||"
		" ' ' || COALESCE(reason, '-') || ' ' || CASE WHEN claim IS NULL THEN 'free' ELSE 'claimed' END FROM mail"
		" ORDER BY id LIMIT 1");
}

static void make_due(void)
{
	rig_change("UPDATE mail SET due_at = 1 WHERE due_at IS NOT NULL");
}

static void open_queue(void)
{
	home_open();
	rig_set("mail.smtp_url", "smtp://127.0.0.1:9");
	rig_set("mail.from", "id@example.org");
}

TEST(mail, a_letter_is_in_one_hand_until_its_claim_lapses)
{
	struct mail m = { 0 }, other = { 0 };
	open_queue();
	queued("ann@a.example");
	CHECK_OK(rig_tx(take, &m));
	CHECK_INT(m.attempts, 1);
	CHECK(m.claim && m.due_at > m.created_at);
	CHECK_ERR(rig_tx(take, &other), ERR_NOT_FOUND);
	make_due(); /* who had it died */
	CHECK_OK(rig_tx(take, &other));
	CHECK(!ended(&m, MAIL_END_REFUSED, "too late"));
	CHECK_TEXT(oldest(), "queued 2 there - claimed");
	ended(&other, MAIL_END_TAKEN, NULL);
	CHECK_TEXT(oldest(), "sent 2 gone - free");
	CHECK_INT(rig_number("SELECT COUNT(*) FROM mail WHERE due_at IS NOT NULL"), 0);
	home_close();
}

TEST(mail, what_fails_waits_and_what_is_refused_is_dead)
{
	struct mail m = { 0 };
	open_queue();
	queued("ann@a.example");
	CHECK_OK(rig_tx(take, &m));
	CHECK(!ended(&m, MAIL_END_LATER, "451 later"));
	CHECK_TEXT(oldest(), "queued 1 there 451 later free");
	CHECK_ERR(rig_tx(take, &m), ERR_NOT_FOUND);
	make_due();
	CHECK_OK(rig_tx(take, &m));
	ended(&m, MAIL_END_BACK, "stopped");
	CHECK_TEXT(oldest(), "queued 1 there stopped free");
	make_due();
	CHECK_OK(rig_tx(take, &m));
	CHECK(ended(&m, MAIL_END_REFUSED, "550 no"));
	CHECK_TEXT(oldest(), "dead 2 there 550 no free");
	CHECK_INT(home_events("mail.given_up"), 1);
	CHECK(!strstr(rig_text("SELECT data FROM outbox WHERE type = 'mail.given_up'"), "can send mail"));
	HOME_OUT(mail, home_local("mail_retry", ref(newest())));
	CHECK_TEXT(oldest(), "queued 0 there - free");
	home_close();
}

TEST(mail, a_letter_is_given_up_when_its_time_is_over)
{
	struct mail m = { 0 };
	open_queue();
	queued("ann@a.example");
	queued("bob@b.example");
	rig_change("UPDATE mail SET queued_at = queued_at - 4 * 86400000");
	CHECK_OK(rig_tx(take, &m));
	CHECK(ended(&m, MAIL_END_LATER, "451 later"));
	rig_change("UPDATE mail SET due_at = due_at + 3600000 WHERE status = 'queued'");
	CHECK_OK(job_run(&(struct feature_job){ "give up", 1000, mail_give_up, JOB_WRITE }));
	CHECK_INT(rig_number("SELECT COUNT(*) FROM mail WHERE status = 'dead'"), 2);
	CHECK_INT(home_events("mail.given_up"), 2);
	home_close();
}

TEST(mail, advisory_a_domain_that_is_silent_delays_no_other)
{
	/* ory/kratos#1598: one letter stalls all */
	struct mail m = { 0 };
	open_queue();
	for (int i = 0; i < 9; i++)
		queued("many@slow.example");
	queued("ann@a.example");
	for (int i = 0; i < 5; i++)
		CHECK_OK(rig_tx(take, &m)); /* half of eight from slow.example, and the one letter of the other */
	CHECK_ERR(rig_tx(take, &m), ERR_NOT_FOUND);
	CHECK_INT(rig_number("SELECT COUNT(*) FROM mail WHERE claim IS NOT NULL AND domain = 'slow.example'"), 4);
	CHECK_INT(rig_number("SELECT COUNT(*) FROM mail WHERE claim IS NOT NULL AND domain = 'a.example'"), 1);
	rig_change("UPDATE mail SET claim = NULL, due_at = 1");
	CHECK_OK(rig_tx(take, &m));
	while (strcmp(m.domain, "slow.example") != 0)
		CHECK_OK(rig_tx(take, &m));
	ended(&m, MAIL_END_SILENT, "no answer");
	CHECK_INT(rig_number("SELECT failures FROM mail_queue WHERE domain = 'slow.example'"), 1);
	queued("bob@b.example");
	rig_change("UPDATE mail SET claim = NULL, due_at = 1");
	while (rig_tx(take, &m) == ERR_OK)
		CHECK(strcmp(m.domain, "slow.example") != 0);
	rig_change("UPDATE mail_queue SET held_until = 0");
	CHECK_OK(rig_tx(take, &m));
	CHECK_TEXT(m.domain, "slow.example");
	ended(&m, MAIL_END_LATER, "451 later"); /* it answers: alive */
	CHECK_INT(rig_number("SELECT failures FROM mail_queue WHERE domain = 'slow.example'"), 0);
	home_close();
}

TEST(mail, what_is_old_goes_and_what_concerns_erased_accounts)
{
	open_queue();
	struct person ann = home_person("ann");
	home_with_role("eve", "admin");
	struct person eve = home_login("eve");
	rig_set("mail.smtp_url", "");
	letter("password_changed", NULL, eve.id, NULL);
	rig_change("UPDATE mail SET recipient = 'eve@example.org'");
	letter("password_changed", NULL, ann.id, NULL);
	letter("invitation", NULL, NULL, NULL); /* from before there was an account */
	CHECK_INT(rig_number("SELECT COUNT(*) FROM mail WHERE user_id IS NULL AND recipient = 'ann@example.org'"), 1);
	letter("password_changed", NULL, NULL, NULL);
	rig_change("UPDATE mail SET recipient = 'x@example.org' WHERE id = (SELECT MAX(id) FROM mail)");
	rig_change(
		"UPDATE mail SET created_at = created_at - CAST(31 AS BIGINT) * 86400000 WHERE recipient = 'x@example.org'");
	HOME_OUT(none, home_call(eve.access, "user_delete", home_text("{\"id\":\"%s\"}", ann.id)));
	CHECK_OK(job_run(&(struct feature_job){ "clean", 1000, mail_clean, JOB_WRITE }));
	CHECK_OK(job_run(&(struct feature_job){ "erased", 1000, mail_clean_erased, true }));
	CHECK_TEXT(rig_text("SELECT user_id FROM mail"), eve.id);
	CHECK_INT(rig_number("SELECT COUNT(*) FROM mail"), 1);
	home_close();
}

TEST(mail, queues_of_domains_come_and_go)
{
	open_queue();
	queued("ann@a.example");
	queued("bob@b.example");
	rig_change("UPDATE mail SET status = 'sent', due_at = NULL WHERE domain = 'a.example'");
	rig_change("DELETE FROM mail_queue WHERE domain = 'b.example'");
	CHECK_OK(job_run(&(struct feature_job){ "tidy", 1000, mail_tidy, true }));
	CHECK_TEXT(rig_text("SELECT domain FROM mail_queue"), "b.example");
	CHECK_INT(rig_number("SELECT COUNT(*) FROM mail_queue"), 1);
	home_close();
}
