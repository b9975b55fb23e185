/* Names by which a person logs in: e-mail addresses and user names, checked, normalised, and turned into canonical keys
 * that are the same for every spelling. For user.c, its tests, the tables whose rows hold names, and features that write to
 * addresses. */
#ifndef FEATURES_USER_NAME_H
#define FEATURES_USER_NAME_H

#include "base/cx.h"

/* An address as shown ("Ann@Bücher.example" becomes "ann@bücher.example") and its key ("e:ann@xn--bcher-kva.example").
 * NULL when it is right, else what is wrong. IDNA 2008 by libidn2; look-alikes of "@" and invisible characters refused. */
const char *email_normal(struct arena *a, const char *given, const char **shown, const char **key);

/* A user name (PRECIS UsernameCaseMapped, RFC 8265 section 3.3, with our own set of characters): 3 to 50 letters, digits,
 * "_", "-", "."; NFKC and lower case; reserved words and anything that looks like a UUID refused. */
const char *username_normal(struct arena *a, const char *given, const char **shown, const char **key);

/* A candidate made from an e-mail's local part, valid for username_normal(); the n-th attempt appends digits. */
const char *username_derive(struct cx *cx, const char *email, int attempt);

/* The key of whatever somebody types to log in; NULL when it can belong to nobody. */
const char *login_key(struct arena *a, const char *identifier);

/* The canonical form of words to be searched: NFKC, case folded, marks removed, blanks single. */
const char *search_normal(struct arena *a, const char *text);

bool username_reserved(const char *lower);

/* The same rules as the checks of FIELD rows: what is wrong, or NULL. They stand in the tables too, so that a request is
 * told of a bad address together with all its other bad fields. */
const char *email_check(const char *given);
const char *username_check(const char *given);

#endif
