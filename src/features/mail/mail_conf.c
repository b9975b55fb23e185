#include "features/mail/mail_conf.h"
#include "base/str.h"
#include "features/mail/mail_seal.h"
#include "features/mail/mail_template.h"
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

static void check_server(struct arena *a, const void *values, struct buf *problems);

/* clang-format off: a table */
CONF_GROUP_CHECKED(mail, "mail", check_server,
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
/* clang-format on */

/* --- what follows from them --------------------------------------------------------------------------------------- */

enum { PORT_TLS = 465 };

/* From smtp_password_file; as long as the program. */
static const char *file_password;

bool mail_server_set(const struct cx *cx)
{
	const struct mail_conf *conf = CONF_OF(cx, mail);
	return *conf->smtp_url || *conf->smtp_host;
}

static bool is_loopback(const char *url)
{
	const char *host = strstr(url, "://") + 3;
	size_t n = strcspn(host, ":");
	if (str_starts(host, "[::1]") || (n == 9 && memcmp(host, "localhost", 9) == 0))
		return true;
	/* 127.0.0.0/8, but not a host name that begins so */
	return str_starts(host, "127.") && strspn(host, "0123456789.") == n;
}

static const char *url_of(struct arena *a, const struct mail_conf *conf)
{
	if (*conf->smtp_url)
		return conf->smtp_url;
	const char *scheme = conf->smtp_port == PORT_TLS ? "smtps" : "smtp";
	return arena_printf(a, "%s://%s:%lld", scheme, conf->smtp_host, (long long)conf->smtp_port);
}

bool mail_server_of(struct arena *a, const struct mail_conf *conf, struct mail_server *out)
{
	const char *domain;
	if (!*conf->smtp_url && !*conf->smtp_host)
		return false;
	*out = (struct mail_server){ .url = url_of(a, conf),
		.user = conf->smtp_user,
		.password = file_password ? file_password : conf->smtp_password,
		.ca_file = conf->smtp_ca_file,
		.from = mail_text_address(a, conf->from, &domain),
		.from_name = conf->from_name };
	bool plain = str_starts(out->url, "smtp://");
	bool never = strcmp(conf->starttls, "never") == 0, always = strcmp(conf->starttls, "always") == 0;
	out->starttls = plain && !never && (always || !is_loopback(out->url));
	return true;
}

static void check_server(struct arena *a, const void *values, struct buf *problems)
{
	const struct mail_conf *conf = values;
	struct mail_server s;
	if (!mail_server_of(a, conf, &s))
		return;
	if (!s.from)
		buf_str(problems, "mail.from: set it too; letters need an address that they come from\n");
	if (*s.user && !*conf->smtp_password && !*conf->smtp_password_file)
		buf_str(problems, "mail.smtp_user: set mail.smtp_password_file too\n");
	if (*s.user && str_starts(s.url, "smtp://") && !s.starttls && !is_loopback(s.url))
		buf_str(problems, "mail.starttls: a password is not sent to another host in plain text\n");
}

err_t mail_init(struct arena *a, const struct mail_conf *conf, const struct secret *password, const char **why)
{
	struct buf problems = { .mem = a };
	const char *templates = "";
	if (password && password->s && !file_password)
		file_password = strdup(password->s);
	if (mail_template_load(conf->templates, &templates))
		buf_str(&problems, templates);
	*why = buf_cstr(&problems);
	return problems.n ? ERR_INVALID : ERR_OK;
}
