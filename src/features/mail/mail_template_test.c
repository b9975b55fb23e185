/* Templates: what they make of values, what is wrong with them, which one is taken. */
#include "features/mail/mail_template.h"
#include "base/str.h"
#include "base/test.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static struct arena *mem;

static const struct mail_value some[] = { { "name", "Ann <b>&\"'" }, { "code", "123456" }, { "minutes", NULL },
	{ "link", "" }, { NULL, NULL } };

static const char *fill(const char *text, enum mail_escape escape)
{
	struct buf b = { .mem = mem };
	struct mail_fault fault;
	bool good = mail_template_fill(&b, text, strlen(text), some, NULL, escape, &fault);
	return good ? buf_cstr(&b) : arena_printf(mem, "%d: %s", fault.line, fault.why);
}

TEST(mail_template, puts_values_in_and_escapes_them_for_html)
{
	mem = arena_new(0);
	CHECK_TEXT(fill("Hello {{name}}, {{code}}{{link}}!", MAIL_PLAIN), "Hello Ann <b>&\"', 123456!");
	CHECK_TEXT(fill("<p title=\"{{name}}\">", MAIL_HTML), "<p title=\"Ann &lt;b&gt;&amp;&quot;&#39;\">");
	arena_free(mem);
}

TEST(mail_template, values_are_not_templates)
{
	const struct mail_value values[] = { { "name", "{{code}}{{#link}}" }, { "code", "42" }, { NULL, NULL } };
	struct buf b = { .mem = mem = arena_new(0) };
	struct mail_fault fault;
	CHECK(mail_template_fill(&b, "{{name}}", 8, values, NULL, MAIL_HTML, &fault));
	CHECK_TEXT(buf_cstr(&b), "{{code}}{{#link}}");
	arena_free(mem);
}

TEST(mail_template, sections_stand_when_there_is_such_a_value)
{
	mem = arena_new(0);
	CHECK_TEXT(fill("a{{#code}}b{{code}}{{/code}}{{^code}}c{{/code}}{{#link}}d{{#code}}e{{/code}}{{/link}}"
			"{{^minutes}}f{{/minutes}}",
			   MAIL_PLAIN),
		"ab123456f");
	CHECK_TEXT(fill("a\n{{#code}}\nb\n{{/code}}\n{{#link}}\nc\n{{/link}}\nd\n", MAIL_PLAIN), "a\nb\nd\n");
	arena_free(mem);
}

TEST(mail_template, what_is_wrong_is_told_with_its_line)
{
	mem = arena_new(0);
	CHECK_TEXT(fill("a\nb {{nobody}}", MAIL_PLAIN), "2: there is no value of that name");
	CHECK_TEXT(fill("{{name", MAIL_PLAIN), "1: {{ is never closed by }}");
	CHECK_TEXT(fill("{{name}", MAIL_PLAIN), "1: {{ is never closed by }}");
	CHECK_TEXT(fill("{{content}}", MAIL_PLAIN), "1: there is no value of that name");
	CHECK_TEXT(fill("{{#name}}\n", MAIL_PLAIN), "2: a section is never closed");
	CHECK_TEXT(fill("{{/name}}", MAIL_PLAIN), "1: closes a section that is not the last one opened");
	CHECK_TEXT(fill("{{#name}}{{#code}}{{/name}}{{/code}}", MAIL_PLAIN),
		"1: closes a section that is not the last one opened");
	CHECK_TEXT(fill("{{#name}}{{#name}}{{#name}}{{#name}}{{#name}}", MAIL_PLAIN),
		"1: sections stand in each other too deep");
	arena_free(mem);
}

static const char *check(const char *name, const char *text)
{
	struct mail_template t = { name, text, strlen(text) };
	struct mail_fault fault;
	return mail_template_check(&t, &fault) ? NULL : fault.why;
}

TEST(mail_template, a_subject_is_a_must_and_holds_no_secret)
{
	CHECK(!check("x.en.txt", "Subject: Hello {{name}}\n\nText {{link}}\n"));
	CHECK(check("x.en.txt", "Hello\n"));
	CHECK(check("x.en.txt", "Subject: Hello\nText\n"));
	CHECK(check("x.en.txt", "Subject: \n\nText\n"));
	CHECK(check("x.en.txt", "Subject: {{code}}\n\nText\n"));
	CHECK(check("x.en.txt", "Subject: {{link}}\n\nText\n"));
	CHECK(check("x.en.txt", "Subject: \xff\n\nText\n"));
	CHECK(!check("x.en.html", "<p>{{link}}</p>"));
	CHECK(!check("layout.html", "<body>{{content}}</body>"));
	CHECK(check("layout.html", "<body></body>"));
	CHECK(check("layout.html", "<body>{{content}}{{content}}</body>"));
}

TEST(mail_template, every_template_built_in_is_right_and_in_both_languages)
{
	static const char *const kinds[] = { "verify_email", "reset_password", "change_email", "email_changed",
		"invitation", "password_changed", "session_stolen", "account_locked", "login_from_new_device",
		"already_registered", "account_deletion", "test" };
	static const char *const languages[] = { "en", "de" };
	const char *found;
	mem = arena_new(0);
	for (const struct mail_template *t = mail_templates_builtin; t->name; t++) {
		struct mail_fault fault;
		CHECK_INT(strlen(t->text), t->n);
		if (!mail_template_check(t, &fault))
			test_fail(__FILE__, __LINE__, "%s:%d: %s", t->name, fault.line, fault.why);
	}
	for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
		for (size_t k = 0; k < 2; k++) {
			CHECK(mail_template_text(mem, kinds[i], languages[k], "en", &found));
			CHECK_TEXT(found, languages[k]);
			CHECK(mail_template_html(kinds[i], languages[k]));
		}
	CHECK(mail_template_layout());
	arena_free(mem);
}

TEST(mail_template, the_language_nearest_to_the_wanted_is_taken)
{
	const char *found;
	mem = arena_new(0);
	mail_template_text(mem, "invitation", "DE_at", "en", &found);
	CHECK_TEXT(found, "de");
	mail_template_text(mem, "invitation", "fr", "de-CH", &found);
	CHECK_TEXT(found, "de");
	mail_template_text(mem, "invitation", NULL, "xx", &found);
	CHECK_TEXT(found, "en");
	mail_template_text(mem, "invitation", "../../../etc/passwd", "../", &found);
	CHECK_TEXT(found, "en");
	CHECK(!mail_template_text(mem, "greeting", "en", "en", &found));
	arena_free(mem);
}

static void put(const char *folder, const char *name, const char *text)
{
	FILE *f = fopen(arena_printf(mem, "%s/%s", folder, name), "we");
	CHECK(f && fputs(text, f) >= 0 && fclose(f) == 0);
}

TEST(mail_template, the_operators_folder_goes_before_what_is_built_in)
{
	char folder[] = "/tmp/roster-templates-XXXXXX";
	const char *why = "", *found;
	mem = arena_new(0);
	CHECK(mkdtemp(folder));
	put(folder, "test.en.txt", "Subject: ours\n\nText\n");
	put(folder, "test.pt-br.txt", "Subject: nosso\n\nTexto\n");
	put(folder, ".hidden", "x");
	put(folder, "README.md", "x");
	CHECK_OK(mail_template_load(folder, &why));
	CHECK(str_starts(mail_template_text(mem, "test", "en", "en", &found)->text, "Subject: ours"));
	CHECK(str_starts(mail_template_text(mem, "test", "pt-BR", "en", &found)->text, "Subject: nosso"));
	CHECK(str_starts(mail_template_text(mem, "test", "de", "en", &found)->text, "Subject: Testbrief"));
	put(folder, "nothing.en.txt", "Subject: x\n\nText\n");
	put(folder, "test.EN.txt", "Subject: x\n\nText\n");
	put(folder, "test.en.html", "{{#name}}");
	CHECK_ERR(mail_template_load(folder, &why), ERR_INVALID);
	CHECK(strstr(why, "/nothing.en.txt: there is no such template\n"));
	CHECK(strstr(why, "/test.EN.txt: there is no such template\n"));
	CHECK(strstr(why, "/test.en.html:1: a section is never closed\n"));
	CHECK_ERR(mail_template_load("/nowhere/at/all", &why), ERR_INVALID);
	CHECK_OK(mail_template_load("", &why));
	static const char *const files[] = { "test.en.txt", "test.pt-br.txt", ".hidden", "README.md", "nothing.en.txt",
		"test.EN.txt", "test.en.html" };
	for (size_t i = 0; i < sizeof files / sizeof *files; i++)
		CHECK(unlink(arena_printf(mem, "%s/%s", folder, files[i])) == 0);
	CHECK(rmdir(folder) == 0);
	arena_free(mem);
}
