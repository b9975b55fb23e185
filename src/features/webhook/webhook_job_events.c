/* Events into the queues: a receiver as a broker is one, but what it is given stays in the database. */
#include "base/conf.h"
#include "features/webhook/webhook_job.h"
#include "features/webhook/webhook_queue.h"

static bool is_set(void)
{
	const struct webhooks_conf *conf = conf_get(conf_current(), &webhooks_conf_group);
	return conf->enabled;
}

static void close_nothing(void)
{
}

const struct events_way webhook_way = {
	.name = "webhooks", .is_set = is_set, .keep = webhook_queue_keep, .close = close_nothing
};
