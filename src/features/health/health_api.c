/* clang-format off */
#include "api/op.h"
#include "base/str.h"
#include "features/features.h"
#include "features/health/health.h"
#include "features/health/health_http.h"

TYPE(health_memory,
	FIELD(health_memory, used, REQUIRED, "MB that this process holds"),
	FIELD(health_memory, total, REQUIRED, "MB of the machine"),
	FIELD(health_memory, percentage, REQUIRED, "The one of the other"));
TYPE(health_part,
	FIELD(health_part, name, REQUIRED, "What it is"),
	FIELD(health_part, status, REQUIRED, "connected, disconnected, degraded, healthy, behind, unknown"),
	FIELD(health_part, healthy, REQUIRED, "Whether it is well"),
	FIELD(health_part, message, REQUIRED, "The same in words"),
	FIELD_AS(health_part, response_ms, "responseTime", REQUIRED, "How long it took to answer, in ms"),
	FIELD(health_part, response_ms, REQUIRED, "The same"),
	FIELD(health_part, timestamp, REQUIRED, "When it was asked"),
	FIELD(health_part, depth, OMIT_NULL, "How many events wait there"),
	FIELD(health_part, lag_ms, OMIT_NULL, "How long the oldest of them waits"));
TYPE(health_system,
	FIELD(health_system, platform, REQUIRED, "Operating system"),
	FIELD(health_system, arch, REQUIRED, "Processor"),
	FIELD_AS(health_system, cpu_count, "cpuCount", REQUIRED, "Processors"),
	FIELD_AS(health_system, load_average, "loadAverage", REQUIRED, "Load of 1, 5 and 15 minutes"));
TYPE(health_parts,
	FIELD_OBJECT(health_parts, database, health_part, REQUIRED, "The database"),
	FIELD_OBJECT(health_parts, cache, health_part, REQUIRED, "The memory of this process"),
	FIELD_OBJECT(health_parts, events, health_part, REQUIRED, "The relay, which gives changes their numbers"),
	FIELD_OBJECT(health_parts, mail, health_part, OMIT_NULL,
		"The SMTP server, if one is set; letters wait while it is not well, and the server is not the less healthy"),
	FIELD_OBJECT(health_parts, rabbitmq, health_part, OMIT_NULL,
		"The broker, if one is set; events wait while it is not well, and the server is not the less healthy"),
	FIELD_OBJECT(health_parts, webhooks, health_part, OMIT_NULL,
		"The webhooks, if there are any; events wait for one that does not answer, and the server is not the less healthy"),
	FIELD_OBJECT(health_parts, redis, health_part, OMIT_NULL,
		"Redis, if one is set; while it is degraded answers are right, and slower: the server is not the less healthy"),
	FIELD_OBJECT(health_parts, replica, health_part, OMIT_NULL,
		"The replica of the database, if one is set; while it is degraded the primary answers all"));
TYPE(health,
	FIELD(health, status, REQUIRED, "healthy or unhealthy"),
	FIELD(health, healthy, REQUIRED, "The same as a truth value"),
	FIELD(health, service, REQUIRED, "user-service"),
	FIELD(health, version, REQUIRED, "Version of the program"),
	FIELD(health, timestamp, TIME | REQUIRED, "Now"),
	FIELD(health, uptime, REQUIRED, "Seconds since the start"),
	FIELD_OBJECT(health, memory, health_memory, REQUIRED, "Memory"),
	FIELD_OBJECT(health, database, health_part, REQUIRED, "The database"),
	FIELD_OBJECT(health, system, health_system, REQUIRED, "The machine"),
	FIELD_OBJECT(health, components, health_parts, REQUIRED, "Every part"));
TYPE(health_brief,
	FIELD(health_brief, status, REQUIRED, "ready, not ready, alive"),
	FIELD(health_brief, service, REQUIRED, "user-service"),
	FIELD(health_brief, error, OMIT_NULL, "What is wrong"),
	FIELD(health_brief, timestamp, TIME | REQUIRED, "Now"));
TYPE(health_services,
	FIELD(health_services, status, REQUIRED, "healthy or unhealthy"),
	FIELD_OBJECT(health_services, services, health_parts, REQUIRED, "Every part"),
	FIELD(health_services, timestamp, TIME | REQUIRED, "Now"));
TYPE(health_checks,
	FIELD(health_checks, database, REQUIRED, "healthy or unhealthy"),
	FIELD(health_checks, cache, REQUIRED, "healthy or unhealthy"));
TYPE(health_answer,
	FIELD(health_answer, service, REQUIRED, "user-service"),
	FIELD(health_answer, status, REQUIRED, "healthy or unhealthy"),
	FIELD(health_answer, timestamp, TIME | REQUIRED, "Now"),
	FIELD_OBJECT(health_answer, checks, health_checks, REQUIRED, "Every part"));
TYPE(health_pong,
	FIELD(health_pong, message, REQUIRED, "pong"),
	FIELD(health_pong, timestamp, TIME | REQUIRED, "Now"));
TYPE(health_overall,
	FIELD(health_overall, healthy, REQUIRED, "Whether all is well"),
	FIELD(health_overall, percentage, REQUIRED, "How many parts of a hundred are well"),
	FIELD(health_overall, status_text, REQUIRED, "The same in words"));
TYPE(health_summary,
	FIELD(health_summary, total, REQUIRED, "Parts"),
	FIELD(health_summary, healthy, REQUIRED, "Parts that are well"));
TYPE(health_board,
	FIELD_OBJECT(health_board, overall_status, health_overall, REQUIRED, "All together"),
	FIELD_OBJECT(health_board, components, health_parts, REQUIRED, "Every part"),
	FIELD_OBJECT(health_board, summary, health_summary, REQUIRED, "Numbers"),
	FIELD_OBJECT(health_board, system_info, health_system, REQUIRED, "The machine"),
	FIELD(health_board, timestamp, TIME | REQUIRED, "Now"),
	FIELD(health_board, last_updated, TIME | REQUIRED, "Now"));
TYPE(health_dashboard,
	FIELD(health_dashboard, status, REQUIRED, "healthy or unhealthy"),
	FIELD(health_dashboard, service, REQUIRED, "user-service"),
	FIELD(health_dashboard, version, REQUIRED, "Version of the program"),
	FIELD_OBJECT(health_dashboard, dashboard_data, health_board, REQUIRED, "What a dashboard shows"));

static const char *period_check(const char *s)
{
	static const char *const periods[] = { "1h", "24h", "7d", "30d", NULL };
	return names_index(periods, s, strlen(s)) >= 0 ? NULL : "must be 1h, 24h, 7d or 30d";
}

TYPE(health_period,
	FIELD(health_period, period, 0, "1h, 24h, 7d or 30d", .dflt = "24h", .check = period_check));
TYPE(health_users,
	FIELD(health_users, total, REQUIRED, "Accounts that are not erased"),
	FIELD(health_users, active, REQUIRED, "Accounts that may be used"),
	FIELD(health_users, verified, REQUIRED, "Accounts whose address was proved"),
	FIELD_AS(health_users, by_role, "byRole", REQUIRED, "How many have each role"),
	FIELD_AS(health_users, by_status, "byStatus", REQUIRED, "How many have each status"));
TYPE(health_numbers,
	FIELD_OBJECT(health_numbers, users, health_users, REQUIRED, "Accounts"),
	FIELD(health_numbers, sessions, REQUIRED, "Sessions that have not ended"),
	FIELD(health_numbers, logins, REQUIRED, "Log-ins in the period"),
	FIELD(health_numbers, failures, REQUIRED, "Failed log-ins in the period"));
TYPE(health_metrics,
	FIELD(health_metrics, period, REQUIRED, "As asked"),
	FIELD_OBJECT(health_metrics, metrics, health_numbers, REQUIRED, "Numbers"),
	FIELD(health_metrics, timestamp, TIME | REQUIRED, "Now"));

OP_BIND(health_get, none, health);
OP_BIND(health_ready, none, health_brief);
OP_BIND(health_live, none, health_brief);
OP_BIND(health_ping, none, health_pong);
OP_BIND(health_services, none, health_services);
OP_BIND(health_dashboard, none, health_dashboard);
OP_BIND(health_check, none, health_answer);
OP_BIND(health_metrics, health_period, health_metrics);
OP_BIND_RAW(metrics_read, none, none);
OP_BIND_RAW(openapi_read, none, none);
OP_BIND_RAW(welcome, none, none);
OP_BIND_RAW(docs, none, none);

static const char *contact_url_check(const char *s)
{
	return str_starts(s, "https://") || str_starts(s, "http://") ? NULL : "must begin with https:// or http://";
}

CONF_GROUP(api, "api",
	CONF(api, contact_name, CONF_RELOAD, "Whoever runs this server", "Whom /openapi.json names for questions"),
	CONF(api, contact_url, CONF_RELOAD, "https://example.org/", "Where he is found", .check = contact_url_check),
	CONF(api, contact_email, CONF_RELOAD, "operator@example.org", "His address"));

#define OPEN (OP_ANYONE | OP_SERVICE | OP_BARE | OP_UNTIL_SETUP | OP_NO_DB | OP_NO_STORE)

const struct feature health_feature = {
	.name = "health",
	.doc = "Is it well, and how busy",
	.ops = (const struct op[]){
		{ OP(health_get), .root = "GET /health, GET /health/detailed", .flags = OPEN, .rate = RATE_NONE,
		  .doc = "Everything that is known of the server's health; 503 when something is wrong" },
		{ OP(health_ready), .root = "GET /health/ready", .flags = OPEN, .rate = RATE_NONE, .doc = "Ready to serve, or 503" },
		{ OP(health_live), .root = "GET /health/live", .flags = OPEN | OP_FAST, .rate = RATE_NONE, .doc = "The process runs" },
		{ OP(health_ping), .root = "GET /health/ping", .flags = OPEN | OP_FAST, .rate = RATE_NONE, .doc = "pong" },
		{ OP(health_services), .root = "GET /health/services", .flags = OPEN, .rate = RATE_NONE,
		  .doc = "What the server depends on, and how that is" },
		{ OP(health_dashboard), .root = "GET /health/dashboard", .flags = OPEN, .rate = RATE_NONE,
		  .doc = "The same for a dashboard; always 200" },
		{ OP(health_check), .rest = "GET /health", .flags = OPEN & ~(unsigned)OP_BARE, .rate = RATE_NONE,
		  .doc = "Everything that is known of the server's health, in the envelope", .message = "Health check completed" },
		{ OP(health_metrics), .root = "GET /health/metrics", .need = PERM_METRICS, .rate = RATE_NONE,
		  .flags = OP_SERVICE | OP_BARE | OP_LOOPBACK, .doc = "Counts of a period" },
		{ OP(metrics_read), .root = "GET /metrics", .need = PERM_METRICS, .rate = RATE_NONE, .raw = metrics_read_http,
		  .flags = OP_SERVICE | OP_LOOPBACK | OP_NO_CLI | OP_NO_DB, .doc = "Metrics in the Prometheus text form" },
		{ OP(openapi_read), .root = "GET /openapi.json", .raw = openapi_read_http, .rate = RATE_NONE,
		  .flags = OP_ANYONE | OP_SERVICE | OP_HIDDEN | OP_NO_CLI | OP_NO_DB, .doc = "This document" },
		{ OP(welcome), .root = "GET /", .raw = welcome_http, .rate = RATE_NONE,
		  .flags = OP_ANYONE | OP_SERVICE | OP_HIDDEN | OP_NO_CLI | OP_NO_DB, .doc = "Where everything is" },
		{ OP(docs), .root = "GET /docs", .raw = docs_http, .rate = RATE_NONE,
		  .flags = OP_ANYONE | OP_SERVICE | OP_HIDDEN | OP_NO_CLI | OP_NO_DB, .doc = "Where the API pages are" },
		{ 0 },
	},
	.conf = &api_conf_group,
};
