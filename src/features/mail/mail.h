/* Mail: letters to people. A feature says what happened (a template and its values); the letter is rendered at once and
 * written into the queue inside the caller's transaction, and a thread of its own sends it after the commit. As long as no
 * SMTP server is set, letters stay in the built-in mailbox, where administrators read them.
 *
 * A letter may hold a link that is as good as a password. So what it says is sealed in the database, dropped once it is
 * delivered, and shown to nobody but the command line of this host while an SMTP server is set (see mail_show()). */
#ifndef FEATURES_MAIL_H
#define FEATURES_MAIL_H

#include "base/conf.h"
#include "base/page.h"

struct mail_conf {
	const char *smtp_url, *smtp_host, *smtp_user, *smtp_password, *smtp_password_file, *smtp_ca_file, *starttls,
		*from, *from_name, *application, *language, *templates;
	int64_t smtp_port, connect_timeout, timeout, give_up_after, keep, at_once;
};
extern const struct conf_group mail_conf_group;

/* --- for other features ------------------------------------------------------------------------------------------- */

/* What a template may show. Callers give those that make sense; the others are left out of the letter.
 *
 *	name         how to address the person; when not given, from the account `user_id`. One that looks like an
 *	             address of the web is left out: a stranger may have chosen it
 *	link         what to open: a whole URL, http or https
 *	code         what to type
 *	minutes      how long the code is good
 *	lifetime     how long the link is, with its unit: "24 h", "60 min"
 *	address      the e-mail address that it is about (the new one of a change)
 *	device, ip   where somebody logged in
 *	role         what somebody is invited as
 *	inviter      by whom
 *	time         when it happened; when not given, now
 *	application  what the service is called; when not given, the setting mail.application
 *
 * A name that is none of these is a mistake of ours: ERR_INTERNAL. Values are plain text however they came: they are
 * escaped for HTML, and hold no line breaks or control characters when they stand in a letter. */
struct mail_value {
	const char *name, *value; /* a NULL value is the same as none */
};

/* Templates: verify_email, reset_password, change_email (to the new address), email_changed (a note to the old),
 * invitation, password_changed, session_stolen, account_locked, login_from_new_device, already_registered,
 * account_deletion. */
struct mail_letter {
	const char *to; /* one address, as user.email has it */
	const char *template_name;
	const char
		*language; /* "de", "de-AT"; NULL: as user_id prefers; none, or one without templates: mail.language */
	const char *user_id; /* the account that it concerns; NULL: none (an invitation) */
	const struct mail_value *values; /* ends with a NULL name; may be NULL */
};

/* Writes a letter, inside the caller's transaction: nothing is sent unless that commits. Returns before anything is sent,
 * whether or not an SMTP server is set. ERR_INVALID when `to` is no address. */
err_t mail_send(struct cx *cx, const struct mail_letter *letter) CHECKED;

/* --- letters ------------------------------------------------------------------------------------------------------ */

enum mail_status {
	MAIL_QUEUED, /* waits to be sent, or to be tried again */
	MAIL_SENT, /* a server took it; what it said is gone */
	MAIL_DEAD, /* given up: `reason` says why */
	MAIL_KEPT, /* written while no SMTP server was set: in the built-in mailbox */
};
extern const char *const mail_status_names[];

struct mail {
	const char *id, *recipient, *user_id, *template_name, *language, *subject, *reason;
	unsigned status;
	int64_t attempts, due_at, created_at, queued_at, done_at;
	const char *html, *text; /* mail_show() alone; NULL when the caller may not see them, or they are gone */
	const char *sealed, *domain, *claim; /* the store's */
};
struct mail_query {
	struct page_want want;
	struct opt_enum status;
	const char *user_id;
};
struct mail_list {
	struct list items; /* struct mail */
	struct page *page;
};
struct mail_ref {
	const char *id;
};
extern const struct type mail_type, mail_query_type, mail_list_type, mail_ref_type;
extern const struct event mail_given_up;

/* Newest first. */
err_t mail_list(struct cx *cx, const struct mail_query *in, struct mail_list *out) CHECKED;
/* One letter. What it says is told to the command line of this host; by other doors only in the built-in mailbox (no SMTP
 * server is set), and only to who has every permission that the account has which the letter concerns, so that nobody
 * takes over an account above his own by its reset link. A letter that concerns no account is shown to who has all
 * permissions. ERR_NOT_FOUND. */
err_t mail_show(struct cx *cx, const struct mail_ref *in, struct mail *out) CHECKED;
/* Puts a dead letter, or one of the built-in mailbox, into the queue. ERR_CONFLICT when there is nothing to send. */
err_t mail_retry(struct cx *cx, const struct mail_ref *in, struct mail *out) CHECKED;

struct mail_test_in {
	const char *address, *language;
};
struct mail_test_out {
	const char *conversation;
};
extern const struct type mail_test_in_type, mail_test_out_type;

/* Sends a letter at once, beside the queue, and tells what was said with the server. ERR_UNAVAILABLE, with the same in the
 * message, when it was not taken. For the command line of this host. */
err_t mail_test(struct cx *cx, const struct mail_test_in *in, struct mail_test_out *out) CHECKED;

/* The same by the queue, as any other letter goes; into the built-in mailbox when no SMTP server is set. */
err_t mail_test_queued(struct cx *cx, const struct mail_test_in *in, struct mail *out) CHECKED;

/* --- for who watches ---------------------------------------------------------------------------------------------- */

/* For an erasure: letters that concern the account go, also those that wait. */
err_t mail_erase(struct cx *cx, const char *user_id) CHECKED;

#endif
