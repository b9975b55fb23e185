#include "features/mail/mail_conf.h"
#include "base/str.h"
#include "features/mail/mail_text.h"

#include <string.h>

static const char *check_url(const char *s)
{
	static const char why[] = "must be smtp://host:587 or smtps://host:465, without a name, a password or a path";
	if (!*s)
		return NULL;
	if (!str_starts(s, "smtp://") && !str_starts(s, "smtps://"))
		return why;
	const char *host = strstr(s, "://") + 3;
	return !*host || host[strcspn(host, "/?#@ \\")] ? why : NULL;
}

static const char *check_host(const char *s)
{
	return s[strcspn(s, "/?#@ \\:")] ? "must be the name of a host" : NULL;
}

static const char *check_from(const char *s)
{
	struct arena *a = arena_new(0);
	const char *domain;
	bool good = !*s || mail_text_address(a, s, &domain);
	arena_free(a);
	return good ? NULL : "must be an e-mail address";
}

static const char *check_language(const char *s)
{
	bool good = strlen(s) >= 2 && !s[strspn(s, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-")];
	return good ? NULL : "must be a language such as en, de or pt-BR";
}

static const char *const starttls[] = { "auto", "always", "never", NULL };

/* clang-format off: a table */
CONF_GROUP(mail, "mail",
	CONF(mail, smtp_url, CONF_PLAIN, "",
		"Server that letters are given to, smtp://host:587 or smtps://host:465; empty: letters stay in the built-in mailbox",
		.check = check_url),
	CONF(mail, smtp_host, CONF_PLAIN, "", "The same as a host's name, when smtp_url is empty", .env = "SMTP_HOST",
		.check = check_host),
	CONF(mail, smtp_port, CONF_PLAIN, "587", "Port of smtp_host; 465 speaks TLS at once", .env = "SMTP_PORT",
		.min = 1, .max = 65535),
	CONF(mail, smtp_user, CONF_PLAIN, "", "Name to log in with at that server", .env = "SMTP_USER|SMTP_USERNAME",
		.max = 256),
	CONF(mail, smtp_password, CONF_SECRET, "", "Password of that name", .env = "SMTP_PASS|SMTP_PASSWORD",
		.max = 1024),
	CONF(mail, smtp_password_file, CONF_PLAIN, "", "File that holds it instead"),
	CONF(mail, smtp_ca_file, CONF_PLAIN, "", "Certificates (PEM) that vouch for that server; empty: the system's"),
	CONF(mail, starttls, CONF_PLAIN, "auto",
		"Whether smtp:// must go over to TLS: always; never; auto: unless the server is on this host",
		.names = starttls),
	CONF(mail, from, CONF_PLAIN, "", "Address that letters come from", .env = "FROM_EMAIL", .check = check_from),
	CONF(mail, from_name, CONF_PLAIN, "", "Name beside it", .env = "FROM_NAME", .max = 200),
	CONF(mail, application, CONF_RELOAD, "Roster", "What letters call this service", .max = 100),
	CONF(mail, language, CONF_RELOAD, "en", "Language of letters to people of whom none is known",
		.check = check_language),
	CONF(mail, templates, CONF_PLAIN, "", "Folder with templates that replace those built in"),
	CONF(mail, connect_timeout, CONF_DURATION, "15s", "How long the server may take to answer the connection",
		.min = 100, .max = 600000),
	CONF(mail, timeout, CONF_DURATION, "60s", "How long giving it one letter may take", .min = 100, .max = 3600000),
	CONF(mail, give_up_after, CONF_DURATION | CONF_RELOAD, "3d", "How long sending a letter is tried", .min = 1000,
		.max = INT64_C(2592000000)),
	CONF(mail, keep, CONF_DURATION | CONF_RELOAD, "30d",
		"How long letters are kept that were sent (without what they said), given up, or are in the built-in mailbox",
		.min = 60000, .max = INT64_C(31536000000)),
	CONF(mail, at_once, CONF_PLAIN, "8",
		"Most letters that are being given to the server at once; to one domain half of them", .min = 1,
		.max = 100));
