/* Errors: one enum for the whole program, made from errors.def. Each row carries its HTTP status, its code on the wire
 * and the sentence a client reads, so that every door (REST, command line, broker) answers alike. */
#ifndef BASE_ERR_H
#define BASE_ERR_H

/* Every function that can fail returns err_t. ERR_OK is 0, so `if (e)` reads "if it failed". */
typedef enum err {
	ERR_OK = 0,
#define ERR_ROW(name, http, code, text) ERR_##name,
#include "base/errors.def"
#undef ERR_ROW
	ERR_COUNT
} err_t;

struct err_info {
	int http; /* status of the answer */
	const char *code; /* on the wire, stable for ever */
	const char *text; /* one sentence for a person */
};

/* Never NULL; a number out of range reads as ERR_INTERNAL. */
const struct err_info *err_info(err_t e);

#define CHECKED __attribute__((warn_unused_result))

/* The one macro that may return from its caller. Safe because a request owns nothing but its arena. */
#define TRY(call) \
	do { \
		err_t try_e_ = (call); \
		if (try_e_) \
			return try_e_; \
	} while (0)

#endif
