/* All features on the engine of api/fixture_test.h: the gate with its real hooks, people who register and log in, and
 * calls as they would make them. */
#ifndef FEATURES_FIXTURE_TEST_H
#define FEATURES_FIXTURE_TEST_H

#include "api/fixture_test.h"

struct arena *home_open(void);
/* The same with worker threads, for tests that call from a server's loop. */
struct arena *home_open_pooled(void);
void home_close(void);

/* Calls are made this many ms later than now. */
extern int64_t home_later;

/* Runs an operation by name with a bearer token (NULL: none) and a JSON input (NULL: an empty object). */
struct call *home_call(const char *bearer, const char *op, const char *json);
/* The same by the command line of this host. */
struct call *home_local(const char *op, const char *json);
/* A finished call's answer, as T; fails the test when the call failed. */
#define HOME_OUT(T, call) ((struct T *)home_out((call), __FILE__, __LINE__))
void *home_out(struct call *c, const char *file, int line);

struct person {
	const char *id, *name, *access, *refresh, *session;
};
#define HOME_PASSWORD "seventeen quiet herons"
/* Registers NAME@example.org, user name NAME, and so logs in; without a letter, unless registration.letter is set on. */
struct person home_person(const char *name);
/* Logs in once more. */
struct person home_login(const char *name);
/* The same with a role. */
struct person home_with_role(const char *name, const char *role);
/* Runs a feature's job by its name. */
void home_job(const char *name);
/* The newest letter to an address, as text; and what it holds. */
const char *home_letter(const char *to);
const char *home_token(const char *letter);
const char *home_code(const char *letter);
/* How many events of that type there are. */
int64_t home_events(const char *type);
/* {"name":"..."} and the like: fmt with the arena of the test. */
const char *home_text(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

#endif
