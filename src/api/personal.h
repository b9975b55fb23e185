/* What the features hold of one person, together: to be erased, or to be given to him. */
#ifndef API_PERSONAL_H
#define API_PERSONAL_H

#include "base/cx.h"

/* `dir`: where archives are written while they are made; must outlive the program. */
void personal_init(const char *dir);

/* Inside a transaction: every feature's `erase`, then the events. */
err_t personal_erase(struct cx *cx, const char *user_id) CHECKED;

/* A ZIP of every feature's `parts`, one JSON file each, and manifest.json. `own`: for the person himself, who is given
 * also what is for his eyes alone. *fd goes with cx->mem. Not on a loop. ERR_BUSY while another one is being made. */
err_t personal_export(struct cx *cx, const char *user_id, bool own, int *fd) CHECKED;

#endif
