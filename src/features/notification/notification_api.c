/* clang-format off */
#include "api/graph.h"
#include "api/op.h"
#include "base/json.h"
#include "features/features.h"
#include "features/notification/notification.h"
#include "features/notification/notification_store.h"
#include "features/user/user.h"

#include <string.h>

#define TYPE_PATTERN "^[a-z][a-z0-9_.-]*$"
enum { TYPE_MAX = 50 };

static const char *type_check(const char *s)
{
	bool plain = *s >= 'a' && *s <= 'z' && !s[strspn(s, "abcdefghijklmnopqrstuvwxyz0123456789_.-")];
	return plain ? NULL : "must begin with a letter a-z, followed by a-z, 0-9, _, . and -";
}

#define OF_ITS_OWNER \
	FIELD(notification, id, UUID | REQUIRED, "Identifier"), \
	FIELD(notification, user_id, UUID | REQUIRED, "Whose"), \
	FIELD(notification, type, REQUIRED, "What kind: push, follow, follow_request, follow_accepted, or as its sender says"), \
	FIELD(notification, code, 0, "Code of the template that says it"), \
	FIELD(notification, title, 0, "Title"), \
	FIELD(notification, body, MULTILINE, "Text"), \
	FIELD(notification, data, REQUIRED, "What its application wants to know of it, such as what a template fills in"), \
	FIELD(notification, priority, REQUIRED, "0 to 10"), \
	FIELD(notification, actor_id, UUID, "Who caused it"), \
	FIELD(notification, created_at, TIME | REQUIRED, "When")

TYPE(notification,
	OF_ITS_OWNER,
	FIELD(notification, read_at, TIME, "When it was read"),
	FIELD(notification, request_id, HIDDEN, ""),
	FIELD(notification, state, HIDDEN, ""));
TYPE_AS(notification_told, notification, OF_ITS_OWNER);
TYPE(notification_new,
	FIELD(notification_new, id, UUID | REQUIRED | IN_PATH, "Who is told"),
	FIELD(notification_new, type, REQUIRED, "What kind, a plain word", .min = 1, .max = TYPE_MAX, .check = type_check,
		.pattern = TYPE_PATTERN),
	FIELD(notification_new, code, TRIM, "Code of the template that says it", .max = NOTIFICATION_CODE_MAX),
	FIELD(notification_new, title, TRIM, "Title", .max = 200),
	FIELD(notification_new, body, TRIM | MULTILINE, "Text", .max = 2000),
	FIELD(notification_new, data, 0, "What its application wants to know of it: an object of at most 8 KiB",
		.check = json_object_check, .max = NOTIFICATION_DATA_MAX),
	FIELD(notification_new, priority, 0, "0 to 10", .min = 0, .max = 10, .dflt = "0"),
	FIELD(notification_new, request_id, TRIM, "Sent again with it, the first one is answered and nothing stored", .min = 1,
		.max = NOTIFICATION_REQUEST_MAX));
TYPE(notification_ref,
	FIELD(notification_ref, id, UUID | REQUIRED | IN_PATH, "Identifier"));
TYPE(notification_query,
	CURSOR_FIELDS(notification_query),
	FIELD(notification_query, unread, 0, "Only those that were not read yet"),
	FIELD(notification_query, type, 0, "Only this kind", .min = 1, .max = TYPE_MAX, .check = type_check, .pattern = TYPE_PATTERN));
TYPE(notification_list,
	FIELD_LIST(notification_list, items, notification, REQUIRED, "Notifications, the newest first"),
	FIELD_OBJECT(notification_list, page, page, REQUIRED, "Place in the list"));
TYPE(notification_count,
	FIELD(notification_count, total, REQUIRED, "How many there are"),
	FIELD(notification_count, unread, REQUIRED, "Of these, not read yet"));
TYPE(notification_marked,
	FIELD(notification_marked, marked, REQUIRED, "How many were unread before"));
TYPE(notification_seen,
	FIELD(notification_seen, id, UUID, "Which; null: all that were there"),
	FIELD(notification_seen, user_id, UUID | REQUIRED, "Whose"),
	FIELD(notification_seen, read_at, TIME | REQUIRED, "When"));
TYPE(notification_crowd,
	FIELD(notification_crowd, user_id, 0, ""), FIELD(notification_crowd, crowded, 0, ""),
	FIELD(notification_crowd, erased, 0, ""));

/* Their subject is whose they are, so that they come in the order of one person. */
const struct event notification_created = EVENT("notification.created", "notification", &notification_told_type,
	"Somebody is told something");
const struct event notification_was_read = { .name = "notification.read", .subject_type = "notification",
	.payload = &notification_seen_type, .doc = "Somebody read one of his notifications, or marked all as read",
	.ids_alone = true };

CONF_GROUP(notification, "notification",
	CONF(notification, keep, CONF_DURATION | CONF_RELOAD, "90d", "How long notifications are kept, read or not", .min = 1000,
		.max = INT64_C(315360000000)),
	CONF(notification, most, CONF_RELOAD, "1000", "How many are kept for one person; beyond that the oldest go", .min = 1,
		.max = 100000));

OP_BIND(notification_list, notification_query, notification_list);
OP_BIND(notification_get, notification_ref, notification);
OP_BIND(notification_count, none, notification_count);
OP_BIND(notification_read, notification_ref, notification);
OP_BIND(notification_read_all, none, notification_marked);
OP_BIND(notification_delete, notification_ref, none);
OP_BIND(notification_send, notification_new, notification);

/* READ COMMITTED will do: each is one statement, or a second one where the first found nothing. */
#define WRITES .flags = OP_WRITE | OP_ONE, .rate = RATE_WRITE
#define MARKS .flags = OP_WRITE | OP_ONE | OP_NO_AUDIT, .rate = RATE_WRITE

const struct feature notification_feature = {
	.name = "notification",
	.doc = "What a person is told",
	.ops = (const struct op[]){
		{ OP(notification_list), .rest = "GET /users/me/notifications", .doc = "List your notifications" },
		{ OP(notification_count), .rest = "GET /users/me/notifications/count", .doc = "Count your notifications" },
		{ OP(notification_get), .rest = "GET /users/me/notifications/{id}", .doc = "Read one of your notifications" },
		{ OP(notification_read), .rest = "POST /users/me/notifications/{id}/read", MARKS,
		  .doc = "Mark one of your notifications as read", .message = "Notification read" },
		{ OP(notification_read_all), .rest = "POST /users/me/notifications/read", MARKS,
		  .doc = "Mark all your notifications as read", .message = "Notifications read" },
		{ OP(notification_delete), .rest = "DELETE /users/me/notifications/{id}", WRITES,
		  .doc = "Remove one of your notifications", .message = "Notification removed" },
		{ OP(notification_send), .rest = "POST /users/{id}/notifications", .status = 201, .status_also = 200,
		  .need = PERM_NOTIFICATION_SEND, .flags = OP_WRITE | OP_SERVICE, .rate = RATE_WRITE, .doc = "Tell somebody something",
		  .message = "Notification sent" },
		{ 0 },
	},
	.graph = (const struct graph_field[]){
		{ .field = "query notifications(unread: Boolean, type: String, limit: Int, cursor: String): NotificationList!",
		  .op = "notification_list" },
		{ .field = "query notification(id: ID!): Notification", .op = "notification_get" },
		{ .field = "mutation markNotificationRead(id: ID!): Notification!", .op = "notification_read" },
		{ .field = "mutation markAllNotificationsRead: NotificationMarked!", .op = "notification_read_all" },
		{ .field = "mutation deleteNotification(id: ID!): Boolean!", .op = "notification_delete" },
		{ .field = "mutation sendNotification(userId: ID!, input: NotificationInput!{*}): Notification!", .op = "notification_send",
		  .in = "userId=id" },
		{ 0 },
	},
	.graph_edges = (const struct graph_edge[]){
		USER_EDGE(notification, "actor_id", "actor", "Who caused it"),
		USER_EDGE(notification, "user_id", "user", "Whose"), { 0 } },
	.jobs = (const struct feature_job[]){
		{ "notification_clean", 60000, notification_clean, JOB_WRITE },
		{ "notification_trim", 60000, notification_trim, JOB_WRITE }, { 0 } },
	.erase = notification_erase,
	.parts = (const struct personal_part[]){
		{ "notifications.json", "What you were told", &notification_type, notification_part }, { 0 } },
	.events = (const struct event *const[]){ &notification_created, &notification_was_read, NULL },
	.conf = &notification_conf_group,
};
