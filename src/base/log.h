/* Log: a JSON object a line on standard error. Lines are gathered per thread and written when 32 KiB are full, on
 * log_flush(), and at least every 200 ms by log_tick(); warnings and errors at once.
 *
 *	log_info("listening", LT("address", addr), LI("port", port));
 *
 * Texts are escaped; a field of a secret does not exist: there is no way to write one. */
#ifndef BASE_LOG_H
#define BASE_LOG_H

#include <stdbool.h>
#include <stdint.h>

enum log_level { LOG_DEBUG, LOG_INFO, LOG_WARN, LOG_ERROR, LOG_OFF };

struct log_field {
	const char *name;
	enum { LOG_END, LOG_TEXT, LOG_INT, LOG_MICROS, LOG_BOOL } tag;
	const char *s;
	int64_t i;
};
#define LT(name_, v) \
	{ \
		.name = (name_), .tag = LOG_TEXT, .s = (v) \
	} /* left out when v is NULL or "" */
#define LI(name_, v) \
	{ \
		.name = (name_), .tag = LOG_INT, .i = (int64_t)(v) \
	}
#define LUS(name_, v) \
	{ \
		.name = (name_), .tag = LOG_MICROS, .i = (int64_t)(v) \
	} /* microseconds, shown as ms with fraction */
#define LB(name_, v) \
	{ \
		.name = (name_), .tag = LOG_BOOL, .i = (v) \
	}

void log_write(enum log_level level, const char *message, const struct log_field *fields);
#define LOG_(level, message, ...) \
	(log_on(level) ? log_write(level, message, (const struct log_field[]){ __VA_ARGS__ }) : (void)0)
#define log_debug(...) LOG_(LOG_DEBUG, __VA_ARGS__, { .tag = LOG_END })
#define log_info(...) LOG_(LOG_INFO, __VA_ARGS__, { .tag = LOG_END })
#define log_warn(...) LOG_(LOG_WARN, __VA_ARGS__, { .tag = LOG_END })
#define log_error(...) LOG_(LOG_ERROR, __VA_ARGS__, { .tag = LOG_END })

bool log_on(enum log_level level);
void log_set(enum log_level level, int fd); /* where lines go and from which level on; info and 2 at first */
bool log_level_parse(const char *s, enum log_level *out);
void log_flush(void); /* writes what this thread has gathered */
void log_tick(void); /* the same, when 200 ms have passed since its last write */

#endif
