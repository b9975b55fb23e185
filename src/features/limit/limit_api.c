/* clang-format off */
#include "api/op.h"
#include "features/features.h"
#include "features/limit/limit.h"

#define RATE .min = 0, .max = 1000000
#define CLASS(class, name_, per_minute_, what) \
	{ .name = name_, .off = offsetof(struct limit_conf, per_minute[class]), .kind = KIND_INT, .flags = CONF_RELOAD, \
	  .dflt = per_minute_, .doc = what " a minute; 0: no limit", RATE }, \
	{ .name = name_ "_burst", .off = offsetof(struct limit_conf, burst[class]), .kind = KIND_INT, .flags = CONF_RELOAD, \
	  .dflt = "0", .doc = "How many of these at once; 0: as many as a minute gives", RATE }

CONF_GROUP(limit, "limit",
	CLASS(LIMIT_READ, "read", "600", "Reads of one caller"),
	CLASS(LIMIT_WRITE, "write", "60", "Writes of one caller"),
	CLASS(LIMIT_AUTH, "auth", "5", "Log-ins, registrations and the like of one caller"),
	CLASS(LIMIT_SERVICE, "service", "6000", "Requests of one service (client credentials)"),
	CONF(limit, shared, CONF_RELOAD, "10",
		"How many times as much people behind one address may do together, once logged in; 0: no limit", .min = 0, .max = 1000),
	CONF(limit, entries, CONF_PLAIN, "32768", "How many callers are counted at a time, for each class", .min = 512,
		.max = 1 << 24));

static int64_t read_refused(void) { return limit_refused(LIMIT_READ); }
static int64_t write_refused(void) { return limit_refused(LIMIT_WRITE); }
static int64_t auth_refused(void) { return limit_refused(LIMIT_AUTH); }
static int64_t service_refused(void) { return limit_refused(LIMIT_SERVICE); }

const struct feature limit_feature = {
	.name = "limit",
	.doc = "How much one caller may ask",
	.conf = &limit_conf_group,
	.metrics = (const struct metric[]){
		{ "roster_rate_limited_total{class=\"read\"}", "Requests refused by a rate limit", true, read_refused },
		{ "roster_rate_limited_total{class=\"write\"}", "", true, write_refused },
		{ "roster_rate_limited_total{class=\"auth\"}", "", true, auth_refused },
		{ "roster_rate_limited_total{class=\"service\"}", "", true, service_refused },
		{ "roster_rate_crowded_total", "Callers who began with the debt of another, because too many were counted", true,
		  limit_crowded },
		{ 0 },
	},
};
