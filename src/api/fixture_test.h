/* The engine on a database in memory, with the program's own migrations: for tests of what stands on it. There is one of
 * them, since every test is a process of its own. */
#ifndef API_FIXTURE_TEST_H
#define API_FIXTURE_TEST_H

#include "api/call.h"

struct rig_conf {
	struct gate_hooks hooks;
	const struct conf_group *more; /* settings that no feature of features_all names; may be NULL */
	int64_t wait_max; /* ms, 0: no bound */
	int threads, queue_max; /* 0 threads: no pools, calls run on the test's own thread */
};

/* Opens store, keys, settings (defaults, with cheap hashes) and engine. The arena is the test's: never too small. */
struct arena *rig_open(const struct rig_conf *conf);
void rig_close(void);

/* A call whose input is the JSON text (NULL: an empty object), bound by the gate as a door would; not yet run. */
struct call *rig_call(const struct op *op, const char *json);

/* What the database holds: the first column of the first row; a missing row fails the test. `sql` is a literal. */
int64_t rig_number(const char *sql);
const char *rig_text(const char *sql);
/* One statement in a transaction, beside the engine. */
void rig_change(const char *sql);
/* Runs fn in a transaction with the authority of this host; ERR_OK commits. */
err_t rig_tx(err_t (*fn)(struct cx *cx, void *arg), void *arg) CHECKED;
/* Changes one setting for the calls that begin from now on: "session.grace". */
void rig_set(const char *name, const char *text);

#endif
