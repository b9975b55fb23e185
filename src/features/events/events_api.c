/* clang-format off */
#include "api/graph.h"
#include "api/op.h"
#include "features/events/events_form.h"
#include "features/events/events_store.h"
#include "features/features.h"
#include "features/user/user.h"

TYPE(event_row,
	FIELD(event_row, seq, 0, ""), FIELD(event_row, at, TIME, ""), FIELD(event_row, event_id, 0, ""),
	FIELD(event_row, type, 0, ""), FIELD(event_row, subject_type, 0, ""), FIELD(event_row, subject_id, 0, ""),
	FIELD(event_row, actor_kind, 0, ""), FIELD(event_row, actor_id, 0, ""), FIELD(event_row, ip, 0, ""),
	FIELD(event_row, correlation_id, 0, ""), FIELD(event_row, data, 0, ""));
TYPE(event_subject,
	FIELD(event_subject, type, REQUIRED, "user, session, role and so on"),
	FIELD(event_subject, id, REQUIRED, "Which one"));
TYPE(event_actor,
	FIELD(event_actor, type, REQUIRED, "anyone, user, service, or local: the command line and the server itself"),
	FIELD(event_actor, id, REQUIRED, "Which one; empty when nobody was logged in"),
	FIELD(event_actor, ip, REQUIRED, "From where; `local` by the command line of the host, empty when the person was erased"));
TYPE(event_out,
	FIELD(event_out, event_id, REQUIRED, "Its own id (UUIDv7): whoever gets it twice knows it by this"),
	FIELD(event_out, event_type, REQUIRED, "What happened, such as user.created"),
	FIELD(event_out, sequence, REQUIRED, "Its number, from 1 without a hole"),
	FIELD(event_out, timestamp, TIME | REQUIRED, "When it happened"),
	FIELD(event_out, source, REQUIRED, "user-service"),
	FIELD(event_out, version, REQUIRED, "Of this form"),
	FIELD_OBJECT(event_out, subject, event_subject, REQUIRED, "What it happened to"),
	FIELD_OBJECT(event_out, actor, event_actor, REQUIRED, "Who did it"),
	FIELD(event_out, correlation_id, REQUIRED, "Of the request that it came from"),
	FIELD(event_out, data, REQUIRED, "How the subject is now, without secrets; empty when the person was erased"));
TYPE(events_query,
	FIELD(events_query, after, 0, "Only events with a higher number; without it the last ones", .min = 0,
		.max = 9007199254740991, .alias = "cursor"),
	FIELD(events_query, limit, 0, "How many at most", .min = 1, .max = 1000, .dflt = "20"),
	FIELD(events_query, type, 0, "Only events of this type; `user.` means all that begin so", .max = 64),
	FIELD(events_query, subject_id, 0, "Only events about this one", .max = 64, .alias = "subject"));
TYPE(events_list,
	FIELD_LIST(events_list, items, event_out, REQUIRED, "Events, in the order of their numbers"),
	FIELD_OBJECT(events_list, page, page, REQUIRED, "Place in the list; `next_cursor` is the number to go on after"));
TYPE(sink_info,
	FIELD(sink_info, name, REQUIRED, "What it is called, such as rabbitmq"),
	FIELD(sink_info, position, REQUIRED, "It has the events up to this number"),
	FIELD(sink_info, behind, REQUIRED, "How many wait for it"),
	FIELD(sink_info, moved_at, TIME | REQUIRED, "When it last took some"),
	FIELD(sink_info, waiting_since, TIME, "Since when the first of these waits"),
	FIELD(sink_info, failing_since, TIME, "Since when it takes none"),
	FIELD(sink_info, reason, REQUIRED, "Why it takes none; empty while it does"),
	FIELD(sink_info, holder, HIDDEN, "Which node gives to it"));
TYPE(events_replay,
	FIELD(events_replay, sink, REQUIRED, "Which receiver", .min = 1, .max = 64),
	FIELD(events_replay, from, REQUIRED, "The number of the first event it is to get", .min = 1, .max = 9007199254740991));
TYPE(events_status,
	FIELD(events_status, newest, REQUIRED, "The highest number given"),
	FIELD(events_status, oldest, REQUIRED, "The lowest that is still kept"),
	FIELD(events_status, unsealed, REQUIRED, "Changes that wait for their number"),
	FIELD(events_status, unsealed_since, TIME, "When the oldest of these was made"),
	FIELD_LIST(events_status, sinks, sink_info, REQUIRED, "Receivers, and how far each is"));

OP_BIND(events_tail, events_query, events_list);
OP_BIND(events_status, none, events_status);
OP_BIND(events_replay, events_replay, sink_info);

CONF_GROUP(events, "events",
	CONF(events, keep, CONF_DURATION | CONF_RELOAD, "7d",
		"How long events are kept, so that they can be read or sent again; 0: for ever"),
	CONF(events, keep_behind, CONF_DURATION | CONF_RELOAD, "30d",
		"The same for events that a receiver (broker, webhooks) has not got yet, if that is longer"),
	CONF(events, exchange, CONF_PLAIN, "user-service-exchange",
		"Topic exchange of the broker that they go to (the routing key is the type, such as user.created); empty: none",
		.max = 255),
	CONF(events, form, CONF_PLAIN, "snake",
		"How the broker gets them: snake as the API does, camel in camelCase, cloudevents as CloudEvents 1.0",
		.names = events_form_names));

const struct feature events_feature = {
	.name = "events",
	.doc = "What happened, in order: every change as an event",
	.ops = (const struct op[]){
		{ OP(events_tail), .rest = "GET /events/log", .need = PERM_EVENT_READ,
		  .doc = "Read events: the last ones, or those after a number" },
		{ OP(events_status), .rest = "GET /events/status", .need = PERM_EVENT_READ,
		  .doc = "How far the events are, and what waits" },
		{ OP(events_replay), .rest = "POST /events/replay", .need = PERM_EVENT_REPLAY, .flags = OP_WRITE | OP_ONE,
		  .rate = RATE_WRITE, .doc = "Send a receiver the events from a number on again" },
		{ 0 },
	},
	.graph_edges = (const struct graph_edge[]){
		USER_EDGE(event_actor, "id", "user", "The person, when it was one"),
		USER_EDGE(event_subject, "id", "user", "The person, when it is one"),
		{ 0 },
	},
	.jobs = (const struct feature_job[]){ { "events_clean", 10000, events_clean, JOB_WRITE },
		{ "events_count", EVENTS_COUNT_MS, events_count, JOB_READ }, { 0 } },
	.metrics = (const struct metric[]){
		{ "roster_events_unsealed", "Changes that wait for their number", false, events_number_unsealed },
		{ "roster_events_unsealed_age_seconds", "How long the oldest of them waits", false, events_number_unsealed_age },
		{ "roster_events_behind{sink=\"rabbitmq\"}", "Events that wait for a receiver", false, events_number_rabbitmq },
		{ "roster_events_behind{sink=\"webhooks\"}", "", false, events_number_webhooks },
		{ "roster_events_behind_age_seconds{sink=\"rabbitmq\"}", "How long the oldest of them waits", false,
		  events_number_rabbitmq_age },
		{ 0 } },
	.conf = &events_conf_group,
};
