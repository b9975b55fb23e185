/* Letters from the call that writes them to who reads them, on a real database. */
#include "base/str.h"
#include "base/test.h"
#include "features/fixture_test.h"
#include "features/mail/mail_seal.h"

#include <string.h>

static err_t send_one(struct cx *cx, void *arg)
{
	return mail_send(cx, arg);
}

static const struct mail_value reset[] = { { "link", "https://id.example.org/reset#abc" }, { "code", "123456" },
	{ "minutes", "15" }, { NULL, NULL } };

static struct mail *show_as(struct call *c)
{
	return HOME_OUT(mail, c);
}

static const char *newest(void)
{
	return rig_text("SELECT id FROM mail ORDER BY id DESC LIMIT 1");
}

static const char *ref(const char *id)
{
	return home_text("{\"id\":\"%s\"}", id);
}

TEST(mail, a_letter_is_written_and_read_here)
{
	home_open();
	struct person ann = home_person("ann");
	CHECK_OK(rig_tx(send_one, &(struct mail_letter){ .to = "ann@example.org",
					  .template_name = "reset_password",
					  .language = "de-AT",
					  .user_id = ann.id,
					  .values = reset }));
	struct mail *m = show_as(home_local("mail_show", ref(newest())));
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
		"a b@example.org", "ann@example.org, eve@example.org" };
	home_open();
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
		CHECK_ERR(rig_tx(send_one, &(struct mail_letter){ .to = bad[i], .template_name = "invitation" }),
			ERR_INVALID);
	home_close();
}
