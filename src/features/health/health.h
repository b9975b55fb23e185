/* Health: is the server well, and what of it is not. Answers in the words that monitors and older clients look for. */
#ifndef FEATURES_HEALTH_H
#define FEATURES_HEALTH_H

#include "base/conf.h"
#include "base/page.h"

struct api_conf {
	const char *contact_name, *contact_url, *contact_email;
};
extern const struct conf_group api_conf_group;

struct health_memory {
	int64_t used, total; /* MB */
	double percentage;
};
struct health_part {
	const char *name, *status, *message, *timestamp;
	bool healthy;
	int64_t response_ms;
	struct opt_int depth, lag_ms; /* where something waits: how much, and how long the oldest of it */
};
struct health_system {
	const char *platform, *arch;
	int64_t cpu_count;
	struct json load_average;
};
struct health_parts {
	struct health_part *database, *cache, *events;
	struct health_part *mail, *rabbitmq, *webhooks, *redis, *replica; /* NULL when none is set */
};
struct health {
	const char *status, *service, *version;
	bool healthy;
	int64_t timestamp, uptime;
	struct health_memory *memory;
	struct health_part *database;
	struct health_system *system;
	struct health_parts *components;
};
struct health_brief {
	const char *status, *service, *error;
	int64_t timestamp;
};
struct health_services {
	const char *status;
	struct health_parts *services;
	int64_t timestamp;
};
struct health_checks {
	const char *database, *cache;
};
struct health_answer {
	const char *service, *status;
	int64_t timestamp;
	struct health_checks *checks;
};
struct health_pong {
	const char *message;
	int64_t timestamp;
};
/* The keys that a dashboard of document 004 reads. */
struct health_overall {
	bool healthy;
	double percentage;
	const char *status_text;
};
struct health_summary {
	int64_t total, healthy;
};
struct health_board {
	struct health_overall *overall_status;
	struct health_parts *components;
	struct health_summary *summary;
	struct health_system *system_info;
	int64_t timestamp, last_updated;
};
struct health_dashboard {
	const char *status, *service, *version;
	struct health_board *dashboard_data;
};
struct health_period {
	const char *period;
};
struct health_users {
	int64_t total, active, verified;
	struct json by_role, by_status;
};
struct health_numbers {
	struct health_users *users;
	int64_t sessions, logins, failures;
};
struct health_metrics {
	const char *period;
	struct health_numbers *metrics;
	int64_t timestamp;
};
extern const struct type health_type, health_brief_type, health_services_type, health_answer_type, health_pong_type,
	health_dashboard_type, health_period_type, health_metrics_type;

/* Uptime counts from here. */
void health_init(const char *version);

/* All that is known, for monitors; 503 when something is wrong. */
err_t health_get(struct cx *cx, const struct none *in, struct health *out) CHECKED;
/* Ready to serve: 503 while the database is not answering. */
err_t health_ready(struct cx *cx, const struct none *in, struct health_brief *out) CHECKED;
/* The process runs; nothing else is asked. */
err_t health_live(struct cx *cx, const struct none *in, struct health_brief *out) CHECKED;
err_t health_ping(struct cx *cx, const struct none *in, struct health_pong *out) CHECKED;
err_t health_services(struct cx *cx, const struct none *in, struct health_services *out) CHECKED;
err_t health_dashboard(struct cx *cx, const struct none *in, struct health_dashboard *out) CHECKED;
err_t health_check(struct cx *cx, const struct none *in, struct health_answer *out) CHECKED;
/* Counts of a period (1h, 24h, 7d, 30d). */
err_t health_metrics(struct cx *cx, const struct health_period *in, struct health_metrics *out) CHECKED;

#endif
