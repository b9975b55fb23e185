/* clang-format off */
#include "api/op.h"
#include "features/features.h"
#include "features/idempotency/idempotency.h"
#include "features/idempotency/idempotency_store.h"

TYPE(kept_row,
	FIELD(kept_row, fingerprint, 0, ""), FIELD(kept_row, sealed, 0, ""), FIELD(kept_row, expires_at, 0, ""));

CONF_GROUP(idempotency, "idempotency",
	CONF(idempotency, keep_for, CONF_DURATION | CONF_RELOAD, "24h", "How long a repeated request gets the first one's answer",
		.min = 1000, .max = INT64_C(2592000000)),
	CONF(idempotency, cache, CONF_PLAIN, "4096", "How many of these answers are also kept in memory", .min = 64, .max = 1000000));

const struct feature idempotency_feature = {
	.name = "idempotency",
	.doc = "A repeated request does nothing twice",
	.jobs = (const struct feature_job[]){ { "idempotency_clean", 5000, idempotency_clean, JOB_WRITE }, { 0 } },
	.conf = &idempotency_conf_group,
	.metrics = (const struct metric[]){
		{ "roster_idempotent_replays_total", "Requests answered from the record of an earlier one", true, idempotency_replays },
		{ "roster_idempotent_busy_total", "Requests refused because the same was still being worked on", true, idempotency_busy },
		{ 0 },
	},
};
