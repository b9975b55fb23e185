/* Times (ms since 1970, UTC), durations and sizes, and their texts. */
#ifndef BASE_TIME_H
#define BASE_TIME_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { TIME_TEXT = 32 };

int64_t time_now(void); /* ms since 1970 */
int64_t time_monotonic(void); /* ms since some start; never goes back */
uint64_t time_nanos(void); /* ns since some start; never goes back */

/* RFC 3339 in UTC with milliseconds, "2026-01-02T03:04:05.678Z"; returns its length. Years 0 to 9999. */
size_t time_format(char out[static TIME_TEXT], int64_t ms);
/* Reads RFC 3339 (any offset, any number of fraction digits). False when malformed. */
bool time_parse(const char *s, int64_t *ms);
/* "Sun, 06 Nov 1994 08:49:37 GMT" (RFC 9110 section 5.6.7), and back; of the three forms all are read. */
size_t time_format_http(char out[static TIME_TEXT], int64_t ms);
bool time_parse_http(const char *s, int64_t *ms);
/* True for a calendar day that exists, "YYYY-MM-DD". */
bool time_is_date(const char *s);

/* "250ms", "15s", "15m", "12h", "7d", or a bare number of seconds; false when malformed or over 100 years. */
bool duration_parse(const char *s, int64_t *ms);
/* "10GB" (10^9), "512MiB" (2^20), "4096"; false when malformed or too large. */
bool size_parse(const char *s, int64_t *bytes);

#endif
