/* Every change leaves as an event: a row of the outbox, written unsealed in the transaction of the change. One relay gives
 * committed rows their sequence number, so that the sequence has no holes, and no commit waits for a global lock. The
 * audit log is written and sealed alike; its seal is a hash chained to the row before. */
#ifndef API_OUTBOX_H
#define API_OUTBOX_H

#include "api/call.h"
#include "crypto/audit_chain.h"

/* cx->emit of every call. */
err_t outbox_emit(struct cx *cx, const struct event *ev, const char *subject_id, const void *payload) CHECKED;

/* Of the events that hold data of this person only the ids stay. */
err_t outbox_forget(struct cx *cx, const char *user_id) CHECKED;

/* Writes the audit row of a call, inside its transaction. `outcome` is ERR_OK or the refusal. */
err_t audit_write(struct call *c, err_t outcome) CHECKED;
/* Writes it in a transaction of its own, some time soon: for calls that failed or were denied. */
void audit_later(struct call *c, err_t outcome);

/* What NOTIFY wakes on, where no hook `sealed` tells others in another way. */
#define RELAY_CHANNEL "roster_sealed"
/* Something was committed here or sealed elsewhere: it looks soon, not at its next period. From any thread, in no time. */
void relay_wake(void);

struct relay;
/* Starts the relay's thread; it seals about every 100 ms while there is something to seal. Where other nodes write too, it
 * looks every 50 ms, and hands this node the events of the others. */
struct relay *relay_start(void);
void relay_stop(struct relay *r); /* seals what is left; NULL is allowed */
/* Seals once, now; for tests and the command line. */
err_t relay_seal(struct arena *a) CHECKED;
/* ms since this node last knew all that the others had done; 0 on a store that only this process writes. */
int64_t relay_lag(void);

#endif
