/* SQL of the account feature. Included by account.c only. */
#ifndef FEATURES_ACCOUNT_STORE_H
#define FEATURES_ACCOUNT_STORE_H

#include "features/account/account.h"

/* Counts a failed log-in of an account from an address; *count is the new number. */
err_t account_store_failure(struct cx *cx, const char *user_id, const char *address, int64_t *count) CHECKED;
err_t account_store_success(struct cx *cx, const char *user_id, const char *address) CHECKED;
err_t account_store_forgive(struct cx *cx, const char *user_id) CHECKED;
err_t account_store_forget(struct cx *cx, int64_t before) CHECKED;

#endif
