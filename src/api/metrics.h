/* Metrics in the Prometheus text form: latency per operation, and whatever numbers the tables name. */
#ifndef API_METRICS_H
#define API_METRICS_H

#include "api/op.h"
#include "base/buf.h"

/* One request answered. `op` NULL: an address that no operation has. */
void metrics_observe(const struct op *op, int status, uint64_t ns);
/* Time spent hashing a password, in ns. */
void metrics_hash(uint64_t ns);

/* Numbers of the engine's own parts; ends with .name == NULL. Call once at start. */
void metrics_init(const struct metric *own);
void metrics_write(struct buf *b);

#endif
