/* Reading at a replica of the database (streaming replication): large reads of operations that say OP_REPLICA are asked there, so
 * that they burden the primary less. It answers only when it has replayed all that was committed on the primary before it was
 * asked: whoever wrote something, on whatever node, sees it. One that lags, is away or was promoted is not asked; the primary
 * answers then. Decision 0030. */
#ifndef API_REPLICA_H
#define API_REPLICA_H

#include "api/call.h"

struct replica_conf {
	const char *replica_url;
};
extern const struct conf_group replica_conf_group;

/* Once at start, when the settings name one; it need not be there yet. ERR_INVALID and *why for a URL that cannot be right. */
err_t replica_open(struct arena *a, struct store *primary, const char **why) CHECKED;
void replica_close(void);

/* Runs a read of cx at the replica: false when the primary must be asked, as if nothing had been done, with the result else. cx->db
 * is a reader of the primary, and is one again behind it. */
bool replica_run(struct cx *cx, err_t (*read)(struct cx *cx, void *arg), void *arg, err_t *result);

struct replica_stats {
	int64_t reads, late, failed; /* answered there; it had not caught up in time; it did not answer */
};
void replica_stats(struct replica_stats *out);

#endif
