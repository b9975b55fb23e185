/* Settings as tables. A feature declares a struct, one CONF row a member, and reads it through the call's snapshot:
 *
 *	struct session_conf { int64_t access_ttl, refresh_ttl; bool rotate; };
 *	CONF_GROUP(session, "session",
 *		CONF(session, access_ttl, CONF_DURATION, "15m", "How long an access token lives"),
 *		...);
 *	const struct session_conf *conf = CONF_OF(cx, session);
 *
 * From the rows come the file (session.access_ttl = 15m), the environment (ROSTER_SESSION_ACCESS_TTL), flags
 * (--session-access-ttl), --help, the sample file and the manual. A snapshot never changes; a reload makes a new one. */
#ifndef BASE_CONF_H
#define BASE_CONF_H

#include "base/buf.h"
#include "base/cx.h"

enum {
	CONF_PLAIN = 0,
	CONF_DURATION = 1u << 0, /* int64_t in ms, "15m" */
	CONF_SIZE = 1u << 1, /* int64_t in bytes, "512MiB" */
	CONF_RELOAD = 1u << 2, /* a SIGHUP may change it while the server runs */
	CONF_SECRET = 1u << 3, /* shown as "(set)" */
};

struct conf_row {
	const char *name;
	size_t off;
	enum kind kind; /* KIND_BOOL, KIND_INT, KIND_TEXT */
	unsigned flags;
	const char *dflt, *doc;
	const char *env; /* further environment names that set it, "JWT_ALGORITHM|..." */
	int64_t min, max; /* both 0: no bound */
	const char *const *names; /* allowed texts, NULL-terminated */
	/* A further check of the text as written: NULL when right, else what is wrong. */
	const char *(*check)(const char *s);
	/* For `env` names whose unit differs (JWT_ACCESS_TOKEN_EXPIRE_MINUTES): put behind the text before it is read. */
	const char *env_unit;
};

struct conf_group {
	const char *name; /* first part of each name */
	size_t size;
	const struct conf_row *rows; /* ends with .name == NULL */
	size_t *off; /* where the group stands in a snapshot; set when groups are registered */
	/* Rules over several of its settings, each right by itself: writes a line "name: what to do" a problem. May be NULL. */
	void (*check)(struct arena *a, const void *values, struct buf *problems);
};

#define CONF(G, member, flags_, dflt_, ...) \
	{ \
		.name = #member, .off = offsetof(struct G##_conf, member), \
		.kind = KIND_OF(((struct G##_conf *)0)->member), .flags = (flags_), .dflt = (dflt_), \
		.doc = __VA_ARGS__ \
	}
#define CONF_GROUP(G, name_, ...) CONF_GROUP_CHECKED(G, name_, NULL, __VA_ARGS__)
#define CONF_GROUP_CHECKED(G, name_, check_, ...) \
	static size_t G##_conf_off_; \
	static const struct conf_row G##_conf_rows_[] = { __VA_ARGS__, { 0 } }; \
	const struct conf_group G##_conf_group = { name_, sizeof(struct G##_conf), G##_conf_rows_, &G##_conf_off_, \
		check_ }

/* The group's struct in a snapshot. */
#define CONF_OF(cx, G) ((const struct G##_conf *)conf_get((cx)->conf, &G##_conf_group))
const void *conf_get(const struct conf *c, const struct conf_group *g);

/* Lays the groups out; `groups` ends with NULL and must outlive the program. Call once. */
void conf_register(const struct conf_group *const *all);
const struct conf_group *const *conf_groups(void);

/* A snapshot holding every default. On the heap; text values are its own. */
struct conf *conf_new(void);
struct conf *conf_copy(const struct conf *from);
void conf_free(struct conf *c);
/* Sets one value from its text; `where` ("roster.conf line 3", "ROSTER_X") goes to the log of origins for `config show`.
 * ERR_INVALID and *why (in the arena) when the text does not fit. */
err_t conf_set(struct conf *c, struct arena *a, const struct conf_group *g, const struct conf_row *row,
	const char *text, const char *where, const char **why) CHECKED;
/* The value as text, as it would be written in a file ("(set)" for a secret), and where it came from ("default"). */
const char *conf_text(const struct conf *c, struct arena *a, const struct conf_group *g, const struct conf_row *row);
const char *conf_where(const struct conf *c, const struct conf_group *g, const struct conf_row *row);

/* The rules of all groups. */
void conf_check(const struct conf *c, struct arena *a, struct buf *problems);

/* A switch as it may be written: on, off, true, false, yes, no, 1, 0. */
bool conf_bool(const char *text, bool *out);
/* For a reload: is the value the same in both, and takes one value over from another snapshot. */
bool conf_same(const struct conf *x, const struct conf *y, const struct conf_group *g, const struct conf_row *row);
void conf_take(struct conf *c, const struct conf *from, const struct conf_group *g, const struct conf_row *row);

/* The snapshot of now, for calls that begin; and a new one after a reload. Old snapshots stay for calls that still run:
 * a reload is rare and a snapshot a few KB. */
const struct conf *conf_current(void);
void conf_publish(struct conf *c);

#endif
