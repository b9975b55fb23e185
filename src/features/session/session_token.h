/* Refresh tokens as text: session and user id, counter and a MAC under a key of that session alone (HKDF of the master key),
 * which is stored nowhere. For session.c and its tests. */
#ifndef FEATURES_SESSION_TOKEN_H
#define FEATURES_SESSION_TOKEN_H

#include "base/cx.h"

struct session_token {
	const char *session_id;
	const char *user_id; /* NULL: a token of the first form, which does not name him */
	int64_t counter;
};

const char *session_token_make(struct arena *a, const char *session_id, const char *user_id, int64_t counter);
/* Checks the MAC first, in full and in constant time. False when the token is not one of ours, and nothing is told. */
bool session_token_read(struct arena *a, const char *token, struct session_token *out);
/* Does it begin like one? */
bool session_token_is(const char *token);

#endif
