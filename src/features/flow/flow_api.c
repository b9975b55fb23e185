/* clang-format off */
#include "api/op.h"
#include "features/features.h"
#include "features/flow/flow.h"

TYPE(flow,
	FIELD(flow, id, 0, ""), FIELD(flow, door, 0, ""), FIELD(flow, purpose, 0, ""), FIELD(flow, email, 0, ""),
	FIELD(flow, email_key, 0, ""), FIELD(flow, subject_id, 0, ""), FIELD(flow, address, 0, ""), FIELD(flow, ip, 0, ""),
	FIELD(flow, correlation_id, 0, ""), FIELD(flow, token_hash, HIDDEN, ""), FIELD(flow, code_mac, HIDDEN, ""),
	FIELD(flow, tries, 0, ""), FIELD(flow, created_at, TIME, ""), FIELD(flow, sent_at, TIME, ""),
	FIELD(flow, code_expires_at, TIME, ""), FIELD(flow, expires_at, TIME, ""));
TYPE(flow_started,
	FIELD(flow_started, flow_id, UUID | REQUIRED, "Give it back with the code of the letter"),
	FIELD(flow_started, code_expires_at, TIME | REQUIRED, "Until when the code is good; the link lives longer"));

#define ONCE_LIMIT .min = 0, .max = 1000000
CONF_GROUP(flow, "flow",
	CONF(flow, code_lifetime, CONF_DURATION | CONF_RELOAD, "15m", "How long the six-digit code of a letter is good",
		.min = 60000, .max = 86400000),
	CONF(flow, pause, CONF_DURATION | CONF_RELOAD, "1m", "How long after a letter another can be asked for; 0: at once"),
	CONF(flow, hourly, CONF_RELOAD, "5", "Letters an hour that can be asked for to one address; 0: any number", ONCE_LIMIT),
	CONF(flow, hourly_from, CONF_RELOAD, "30", "Letters an hour that can be asked for from one address block; 0: any number",
		ONCE_LIMIT));

const struct feature flow_feature = {
	.name = "flow",
	.doc = "One-time tokens and codes",
	.ops = (const struct op[]){ { 0 } },
	.jobs = (const struct feature_job[]){ { "flow_clean", 600000, flow_clean, JOB_WRITE }, { 0 } },
	.conf = &flow_conf_group,
	.erase = flow_erase,
};
