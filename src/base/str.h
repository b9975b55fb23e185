/* Texts: UTF-8 checks and small questions about strings. Texts inside the program are UTF-8, end with NUL and hold no NUL. */
#ifndef BASE_STR_H
#define BASE_STR_H

#include "base/arena.h"
#include <stdint.h>

/* True when n bytes are valid UTF-8 (RFC 3629: no overlong forms, no surrogates, nothing past U+10FFFF). */
bool utf8_valid(const char *s, size_t n);
/* Number of code points of a valid text. */
size_t utf8_length(const char *s);
/* The code point at *s, which moves past it; 0 at the end, U+FFFD for a byte that does not fit. */
uint32_t utf8_next(const char **s);

/* True for a whole web address, http or https, without a user in front of its host: what the flag URL takes. */
bool url_valid(const char *s);

/* On the heap, for free() or str_forget(). NULL gives NULL; without memory the program ends. */
char *str_copy(const char *s);
/* Copies s and its NUL to *at, where there is room for them, and moves it behind them; returns the copy. For a struct whose texts stand
 * behind it in one piece. */
const char *str_place(char **at, const char *s);
/* Wipes and frees what was a secret; NULL is allowed. */
void str_forget(char *s);

bool str_starts(const char *s, const char *prefix);
bool str_ends(const char *s, const char *suffix);
/* ASCII case only; never for e-mails or names, which have keys of their own. */
bool str_same_ascii(const char *a, const char *b);
void str_lower_ascii(char *s);
/* Copies s into the arena with `from` replaced by `to`, characters of one byte. */
char *str_replace_char(struct arena *a, const char *s, char from, char to);
/* snake_case to camelCase, in the arena. */
char *str_camel(struct arena *a, const char *snake);
char *str_snake(struct arena *a, const char *camel);
/* For tables in memory: of bytes that nobody is paid to make collide (FNV-1a). */
size_t str_hash(const char *s, size_t n);
/* Whole-number texts: digits only, an optional minus; false when malformed or too large. */
bool str_int(const char *s, int64_t *out);
/* Standard and URL base64 (RFC 4648 sections 4 and 5). The form for URLs has no padding, and decoding takes none: a token
 * has one spelling; of the other form it takes either. It is strict otherwise (no blanks, no stray bits). Decoded bytes
 * have a NUL behind them; NULL when malformed. */
char *base64_encode(struct arena *a, const void *p, size_t n, bool url);
unsigned char *base64_decode(struct arena *a, const char *s, size_t n, bool url, size_t *out_n);
char *hex_encode(struct arena *a, const void *p, size_t n);

#endif
