/* Values that are being read now, so that a hundred who want the same ask once: the first fills, the others wait for what he
 * brings. Once it is dropped nobody more joins him: what he reads may be older than what the next one may see. */
#ifndef BUS_SHARED_FLIGHT_H
#define BUS_SHARED_FLIGHT_H

#include "base/arena.h"
#include <stdint.h>

struct flights;
struct flights *flights_new(void);
void flights_free(struct flights *f);

struct flight;
/* Joins the flight of the key, or begins one (*first). It must be left. */
struct flight *flight_join(struct flights *f, const char *key, bool *first);
/* Waits for what the first one brings, at most `ms`; NULL: he brought nothing, or not in time. */
void *flight_wait(struct flight *t, struct arena *a, int64_t ms, size_t *n);
/* Of the first one: this is what the others get; p NULL: nothing. Only the first landing counts. */
void flight_land(struct flight *t, const void *p, size_t n);
void flight_leave(struct flight *t); /* who has begun it has landed before */
/* Nobody joins the key's flight any more. */
void flight_divert(struct flights *f, const char *key);

#endif
