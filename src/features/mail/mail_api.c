/* clang-format off */
#include "api/graph.h"
#include "api/op.h"
#include "features/features.h"
#include "features/mail/mail_conf.h"
#include "features/mail/mail_job.h"
#include "features/mail/mail_queue.h"
#include "features/user/user.h"

TYPE(mail_body,
	FIELD(mail_body, text, SENSITIVE | MULTILINE, ""),
	FIELD(mail_body, html, SENSITIVE | MULTILINE, ""));
TYPE(mail,
	FIELD(mail, id, UUID | REQUIRED, "Identifier; its Message-ID begins with it"),
	FIELD_ENUM(mail, status, mail_status_names, REQUIRED,
		"queued; sent: a server took it; dead: given up; kept: in the built-in mailbox, since no SMTP server was set"),
	FIELD_AS(mail, template_name, "template", REQUIRED, "What it is about"),
	FIELD(mail, recipient, REQUIRED, "Address that it goes to"),
	FIELD(mail, subject, REQUIRED, "Its subject"),
	FIELD(mail, language, REQUIRED, "Its language"),
	FIELD(mail, user_id, 0, "The account that it concerns"),
	FIELD(mail, created_at, TIME | REQUIRED, "When it was written"),
	FIELD(mail, attempts, REQUIRED, "How often sending was begun"),
	FIELD(mail, due_at, TIME, "When it is tried next; null when it is not"),
	FIELD(mail, done_at, TIME, "When it was sent or given up"),
	FIELD(mail, reason, 0, "Why the last attempt failed"),
	FIELD(mail, html, SENSITIVE | MULTILINE | OMIT_NULL, "What it says, in HTML; only as GET /mail/{id} allows"),
	FIELD(mail, text, SENSITIVE | MULTILINE | OMIT_NULL, "What it says; only as GET /mail/{id} allows"),
	FIELD(mail, queued_at, HIDDEN, ""),
	FIELD(mail, sealed, HIDDEN, ""),
	FIELD(mail, domain, HIDDEN, ""),
	FIELD(mail, claim, HIDDEN, ""));
TYPE(mail_query,
	CURSOR_FIELDS(mail_query),
	FIELD_ENUM(mail_query, status, mail_status_names, 0, "Only letters of this status"),
	FIELD(mail_query, user_id, UUID, "Only letters that concern this account"));
TYPE(mail_list,
	FIELD_LIST(mail_list, items, mail, REQUIRED, "Letters, newest first"),
	FIELD_OBJECT(mail_list, page, page, REQUIRED, "Place in the list"));
TYPE(mail_ref,
	FIELD(mail_ref, id, UUID | REQUIRED | IN_PATH, "Letter"));
TYPE(mail_counts,
	FIELD(mail_counts, queued, 0, ""),
	FIELD(mail_counts, dead, 0, ""),
	FIELD(mail_counts, kept, 0, ""),
	FIELD(mail_counts, oldest_at, 0, ""));
TYPE(mail_test_in,
	FIELD(mail_test_in, address, REQUIRED | TRIM | IN_PATH, "Where the letter goes", .min = 3, .max = 254),
	FIELD(mail_test_in, language, TRIM, "Its language", .max = 20));
TYPE(mail_test_out,
	FIELD(mail_test_out, conversation, MULTILINE | REQUIRED, "What was said with the server"));

const struct event mail_given_up = EVENT("mail.given_up", "mail", &mail_type, "A letter could not be delivered");

static const struct metric metrics[] = {
	{ "roster_mail_queued", "Letters that wait to be sent", false, mail_number_queued },
	{ "roster_mail_oldest_seconds", "How long the oldest of them waits", false, mail_number_oldest },
	{ "roster_mail_sent_total", "Letters that the SMTP server took from this node", true, mail_number_sent },
	{ "roster_mail_failed_total", "Attempts that failed", true, mail_number_failed },
	{ "roster_mail_given_up_total", "Letters given up by this node", true, mail_number_given_up },
	{ "roster_mail_dead", "Letters given up that are still kept", false, mail_number_dead },
	{ "roster_mail_server_up", "1 while the SMTP server is well, 0 while it is not, or not known", false, mail_number_up },
	{ 0 },
};

OP_BIND(mail_list, mail_query, mail_list);
OP_BIND(mail_show, mail_ref, mail);
OP_BIND(mail_retry, mail_ref, mail);
OP_BIND(mail_test, mail_test_in, mail_test_out);
OP_BIND(mail_test_queued, mail_test_in, mail);

const struct feature mail_feature = {
	.name = "mail",
	.doc = "Letters: what was sent, what failed, the built-in mailbox",
	.ops = (const struct op[]){
		{ OP(mail_list), .rest = "GET /mail", .need = PERM_MAIL_READ, .doc = "List letters" },
		{ OP(mail_show), .rest = "GET /mail/{id}", .need = PERM_MAIL_READ, .flags = OP_AUDIT_READ | OP_NO_STORE,
		  .doc = "Show a letter; what it says only while it is in the built-in mailbox, to who has every permission of the"
			 " account that it concerns" },
		{ OP(mail_retry), .rest = "POST /mail/{id}/retry", .need = PERM_MAIL_SEND, .flags = OP_WRITE, .rate = RATE_WRITE,
		  .doc = "Queue a letter again that was given up, or kept in the built-in mailbox",
		  .message = "The letter is in the queue" },
		{ OP(mail_test), .need = PERM_MAIL_SEND, .flags = OP_LOCAL,
		  .doc = "Send a letter at once and tell what was said with the SMTP server" },
		{ OP(mail_test_queued), .need = PERM_MAIL_SEND, .flags = OP_LOCAL | OP_WRITE,
		  .doc = "Put a test letter into the queue" },
		{ 0 },
	},
	.graph_edges = (const struct graph_edge[]){
		USER_EDGE(mail, "user_id", "user", "Whom it concerns"),
		{ 0 },
	},
	.events = (const struct event *const[]){ &mail_given_up, NULL },
	.jobs = (const struct feature_job[]){
		{ "mail_give_up", 60000, mail_give_up, JOB_WRITE },
		{ "mail_tidy", 60000, mail_tidy, JOB_WRITE },
		{ "mail_clean", 60000, mail_clean, JOB_WRITE },
		{ "mail_clean_erased", 3600000, mail_clean_erased, JOB_WRITE },
		{ 0 },
	},
	.metrics = metrics,
	.conf = &mail_conf_group,
	.erase = mail_erase,
};
