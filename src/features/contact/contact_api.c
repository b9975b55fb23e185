/* clang-format off */
#include "api/graph.h"
#include "api/op.h"
#include "api/shape.h"
#include "features/contact/contact.h"
#include "features/features.h"
#include "features/user/user.h"

static const char *const kind_names[] = { "email", "push", NULL };

#define ASKED(S) FIELD(S, id, UUID | REQUIRED | IN_PATH, "Whose")

TYPE(contact_ref, ASKED(contact_ref));
TYPE(contact_query,
	ASKED(contact_query),
	FIELD_ENUM(contact_query, type, kind_names, IN_QUERY, "How to reach the person", .dflt = "email"));
TYPE(contact,
	FIELD(contact, user_id, UUID | REQUIRED, "Whose"),
	FIELD(contact, contact, SENSITIVE | REQUIRED, "E-mail address, or push token"),
	FIELD_ENUM(contact, notification_type, kind_names, REQUIRED, "Which of them"),
	FIELD(contact, preferences_enabled, REQUIRED, "Whether the person wants such notifications"));
TYPE(contact_token,
	FIELD(contact_token, token, SENSITIVE | REQUIRED, "The default token, else the newest"),
	FIELD_AS(contact_token, token, "push_token", SENSITIVE | REQUIRED, "The same"),
	FIELD(contact_token, platform, REQUIRED, "Who delivers: fcm, apns, web or other"));
TYPE(contact_preferences,
	FIELD(contact_preferences, user_id, UUID | REQUIRED, "Whose"),
	FIELD_AS(contact_preferences, p.email_notifications, "email", REQUIRED, "Wants notifications by e-mail"),
	FIELD_AS(contact_preferences, p.push_notifications, "push", REQUIRED, "Wants push notifications"),
	FIELD_AS(contact_preferences, p.email_notifications, "email_enabled", REQUIRED, "The same as email"),
	FIELD_AS(contact_preferences, p.push_notifications, "push_enabled", REQUIRED, "The same as push"),
	FIELD_AS(contact_preferences, p.sms_notifications, "sms_notifications", REQUIRED, "Wants notifications by text message"),
	FIELD_AS(contact_preferences, p.marketing_emails, "marketing_emails", REQUIRED, "Wants news and offers by e-mail"),
	FIELD_AS(contact_preferences, p.language, "language", REQUIRED, "Language tag (BCP 47)"),
	FIELD_AS(contact_preferences, p.timezone, "timezone", REQUIRED, "Time zone (IANA)"),
	FIELD_AS(contact_preferences, p.date_format, "date_format", REQUIRED, "How a day is written"),
	FIELD_AS(contact_preferences, p.time_format, "time_format", REQUIRED, "12h or 24h"),
	FIELD_AS(contact_preferences, p.allow_messages, "allow_messages", REQUIRED, "Whether strangers may write"),
	FIELD_AS(contact_preferences, p.allow_tagging, "allow_tagging", REQUIRED, "Whether others may tag the person"),
	FIELD_AS(contact_preferences, p.allow_data_collection, "allow_data_collection", REQUIRED, "Whether use may be measured"));
TYPE(contact_all,
	FIELD(contact_all, user_id, UUID | REQUIRED, "Whose"),
	FIELD(contact_all, email, SENSITIVE, "E-mail address"),
	FIELD(contact_all, email_enabled, REQUIRED, "Wants notifications by e-mail"),
	FIELD(contact_all, push_enabled, REQUIRED, "Wants push notifications"),
	FIELD_TEXTS(contact_all, push_tokens, SENSITIVE | REQUIRED, "Push tokens, the default first, then the newest"));

OP_BIND(contact_preferences, contact_ref, contact_preferences);
OP_BIND(contact_push_token, contact_ref, contact_token);
OP_BIND(contact_get, contact_query, contact);
OP_BIND(contact_all, contact_ref, contact_all);

#define READS .need = PERM_CONTACT_READ, .flags = OP_SERVICE
#define READS_FAST .need = PERM_CONTACT_READ, .flags = OP_SERVICE | OP_FAST

const struct feature contact_feature = {
	.name = "contact",
	.doc = "How neighbouring services reach people",
	.ops = (const struct op[]){
		{ OP(contact_preferences), .rest = "GET /users/{id}/preferences", READS_FAST,
		  .doc = "Read what a person wants to be told", .message = "Preferences retrieved successfully" },
		{ OP(contact_push_token), .rest = "GET /users/{id}/push-token", READS, .doc = "Read where a push notification reaches a person",
		  .message = "Push token retrieved successfully" },
		{ OP(contact_get), .rest = "GET /users/{id}/contact", READS_FAST, .doc = "Read how a person is reached, and whether it is wanted",
		  .message = "Contact retrieved successfully" },
		{ OP(contact_all), .rest = "GET /users/{id}/contacts", READS, .doc = "Read all ways to reach a person",
		  .message = "Contacts retrieved successfully" },
		{ 0 },
	},
	.graph_edges = (const struct graph_edge[]){
		USER_EDGE(contact, "user_id", "user", "Whose"),
		USER_EDGE(contact_preferences, "user_id", "user", "Whose"),
		USER_EDGE(contact_all, "user_id", "user", "Whose"),
		{ 0 },
	},
	.shapes = (const struct shape_row[]){
		/* Document 003's gateway wants the address here; the flag of the same name is at the canonical one. */
		{ .shape = &shape_camel, .route = "GET /api/users/{id}/preferences", .op = "contact_all",
		  .out = "user_id, email_enabled, push_enabled, email, push_tokens" },
		{ 0 },
	},
};
