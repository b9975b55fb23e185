/* clang-format off */
#include "api/socket_part.h"

CONF_GROUP(realtime, "realtime",
	CONF(realtime, anonymous, CONF_RELOAD, "false", "Whether who shows no token may connect, and listen"),
	CONF(realtime, ping_interval, CONF_DURATION, "25s", "How often a client is asked whether it is there", .min = 100, .max = 3600000),
	CONF(realtime, ping_timeout, CONF_DURATION, "20s", "How long its answer may take", .min = 100, .max = 3600000),
	CONF(realtime, connect_timeout, CONF_DURATION, "10s", "How long a connection may take until it says who it is", .min = 100, .max = 3600000),
	CONF(realtime, upgrade_timeout, CONF_DURATION, "10s", "How long the change from polling to WebSocket may take", .min = 100, .max = 3600000),
	CONF(realtime, max_payload, CONF_SIZE, "1000000", "Bytes that a client may send at once", .min = 1000, .max = 100000000),
	CONF(realtime, waiting, CONF_SIZE, "1MiB", "Bytes that may wait for a client that does not read; then it is dropped", .min = 10000, .max = 1000000000),
	CONF(realtime, compress, CONF_PLAIN, "true", "Whether messages to and from WebSockets are compressed where the client offers it"),
	CONF(realtime, connections, CONF_PLAIN, "20000", "Connections in all; 0: as many as the system gives", .min = 0, .max = 10000000),
	CONF(realtime, per_user, CONF_RELOAD, "20", "Connections of one person; 0: no limit", .min = 0, .max = 100000),
	CONF(realtime, events, CONF_RELOAD, "20", "Events a second that one connection may send, and ten times as many at once; 0: no limit",
		.min = 0, .max = 1000000),
	CONF(realtime, recall, CONF_DURATION, "2m", "How long what was sent is remembered for who lost the connection; 0: not at all",
		.min = 0, .max = 3600000),
	CONF(realtime, recall_memory, CONF_SIZE, "16MiB", "Bytes that what is remembered may take", .min = 10000, .max = 10000000000),
	CONF(realtime, grace, CONF_RELOAD | CONF_DURATION, "5s", "How long after the last connection a person still counts as online",
		.min = 0, .max = 600000),
	CONF(realtime, rooms, CONF_RELOAD, "*=anyone",
		"Who may join which room, the first rule that fits: staff-*=moderator+admin, vip=nobody, *=anyone"),
	CONF(realtime, channel, CONF_PLAIN, "socket.io", "Beginning of the channels of Redis by which nodes, and programs with @socket.io/redis-emitter, speak",
		.max = 60),
	CONF(realtime, recovery, CONF_RELOAD, "false",
		"Whether all Socket.IO clients may recover what they missed: their events then have an id as last argument"));

TYPE(told_status,
	FIELD(told_status, user_id, 0, "Who"), FIELD(told_status, username, 0, "His name"),
	FIELD(told_status, status, 0, "online or offline"), FIELD(told_status, timestamp, TIME, "When"));
TYPE(told_typing,
	FIELD(told_typing, user_id, 0, "Who"), FIELD(told_typing, username, 0, "His name"),
	FIELD(told_typing, chat_id, OMIT_NULL, "In which room"), FIELD(told_typing, is_typing, 0, "Whether he types"), FIELD(told_typing, timestamp, TIME, "When"));
TYPE(told_room,
	FIELD(told_room, user_id, 0, "Who"), FIELD(told_room, username, 0, "His name"),
	FIELD(told_room, room_id, 0, "Which room"), FIELD(told_room, room_type, OMIT_NULL, "Of what kind, as he said"),
	FIELD(told_room, timestamp, TIME, "When"));
TYPE(told_beat,
	FIELD(told_beat, timestamp, TIME, "When"), FIELD(told_beat, server_time, 0, "The same in ms since 1970"));
TYPE(told_error,
	FIELD(told_error, event, 0, "Which event was refused"), FIELD(told_error, message, 0, "Why"));
TYPE(told_follow,
	FIELD(told_follow, follower_id, 0, "Who follows"), FIELD(told_follow, follower_username, 0, "His name"),
	FIELD(told_follow, following_id, 0, "Whom"),
	FIELD(told_follow, timestamp, TIME, "When"));
TYPE(told_profile,
	FIELD(told_profile, user_id, 0, "Whose"), FIELD(told_profile, updates, 0, "What he changed, and how it is now"),
	FIELD(told_profile, timestamp, TIME, "When"));
TYPE(told_read,
	FIELD(told_read, notification_id, 0, "Which; null: all"), FIELD(told_read, timestamp, TIME, "When"));
TYPE(want_read,
	FIELD_AS(want_read, notification_id, "notificationId", REQUIRED, "Which", .max = 64));
TYPE(user_named,
	FIELD(user_named, id, 0, "Identifier or user name"));
TYPE(want_follow,
	FIELD_AS(want_follow, following_id, "followingId", REQUIRED, "Whom", .max = 64));
TYPE(want_typing,
	FIELD_AS(want_typing, chat_id, "chatId", 0, "Where", .max = 180), FIELD_AS(want_typing, user_id, "userId", 0, "To whom", .max = 64));
TYPE(want_room,
	FIELD_AS(want_room, room_id, "roomId", REQUIRED, "Which room", .min = 1, .max = 180),
	FIELD_AS(want_room, room_type, "roomType", 0, "Of what kind", .max = 50));
