/* How many accounts there are. Counted from indexes alone; over a million accounts that takes some 100 ms, so what was
 * counted is kept for twenty times as long as the counting took: nobody can keep the database busy with it. */
#include "base/buf.h"
#include "base/json.h"
#include "base/time.h"
#include "features/user/user.h"
#include "features/user/user_store.h"

#include <pthread.h>
#include <string.h>

enum { KEEP_TIMES = 20, LONGEST_MS = 60000, TALLIES = 4000, DAY_MS = 86400000, WEEK_DAYS = 7, MONTH_DAYS = 30 };

static struct {
	pthread_mutex_t lock;
	struct arena *mem; /* of the texts in `stats` */
	struct user_stats stats;
	int64_t good_until; /* time_monotonic() */
} kept = { .lock = PTHREAD_MUTEX_INITIALIZER };

/* --- counting ----------------------------------------------------------------------------------------------------- */

/* Sorted by role, so that the counts of one role stand together. */
static const char *by_role(struct cx *cx, const struct user_tally *t, size_t n)
{
	struct json_counts c = json_counts_begin(cx->mem);
	for (size_t i = 0; i < n;) {
		const char *role = t[i].role;
		int64_t sum = 0;
		for (; i < n && strcmp(t[i].role, role) == 0; i++)
			sum += t[i].status == USER_DELETED ? 0 : t[i].n;
		if (sum)
			json_counts_add(&c, role, sum);
	}
	return json_counts_end(&c);
}

static const char *by_status(struct cx *cx, const struct user_tally *t, size_t n, int64_t to_erase)
{
	struct json_counts c = json_counts_begin(cx->mem);
	for (unsigned s = 0; user_status_names[s]; s++) {
		int64_t sum = 0;
		for (size_t i = 0; i < n; i++)
			sum += t[i].status == s ? t[i].n : 0;
		json_counts_add(&c, user_status_names[s], s == USER_DELETED ? to_erase : sum);
	}
	return json_counts_end(&c);
}

/* Those of the span, when there is one, that were made at that moment or later. */
static err_t count_new(struct cx *cx, const struct user_span *s, int64_t since, int64_t *out)
{
	struct user_span part = s ? *s : (struct user_span){ 0, INT64_MAX };
	part.from = part.from > since ? part.from : since;
	return user_store_count_within(cx, &part, out);
}

static err_t count(struct cx *cx, const struct user_span *s, struct user_stats *out)
{
	struct list all;
	int64_t to_erase;
	TRY(user_store_tally(cx, s, TALLIES, &all));
	TRY(user_store_count_to_erase(cx, s, &to_erase));
	TRY(user_store_count_verified(cx, s, &out->verified));
	TRY(count_new(cx, s, cx->now - cx->now % DAY_MS, &out->new_today));
	TRY(count_new(cx, s, cx->now - (int64_t)WEEK_DAYS * DAY_MS, &out->new_7d));
	TRY(count_new(cx, s, cx->now - (int64_t)MONTH_DAYS * DAY_MS, &out->new_30d));
	const struct user_tally *t = all.items;
	for (size_t i = 0; i < all.n; i++) {
		out->total += t[i].status == USER_DELETED ? 0 : t[i].n;
		out->active += t[i].status == USER_ACTIVE ? t[i].n : 0;
	}
	out->by_role.text = by_role(cx, t, all.n);
	out->by_status.text = by_status(cx, t, all.n, to_erase);
	out->as_of = cx->now;
	return ERR_OK;
}

/* --- keeping ------------------------------------------------------------------------------------------------------ */

static void take(struct arena *mem, const struct user_stats *from, struct user_stats *out)
{
	*out = *from;
	out->by_role.text = arena_strdup(mem, from->by_role.text);
	out->by_status.text = arena_strdup(mem, from->by_status.text);
}

static bool take_kept(struct cx *cx, struct user_stats *out)
{
	pthread_mutex_lock(&kept.lock);
	bool good = kept.mem && time_monotonic() < kept.good_until;
	if (good)
		take(cx->mem, &kept.stats, out);
	pthread_mutex_unlock(&kept.lock);
	return good;
}

static void keep(const struct user_stats *s, int64_t took)
{
	int64_t longest = took * KEEP_TIMES;
	pthread_mutex_lock(&kept.lock);
	arena_free(kept.mem);
	kept.mem = arena_new(0);
	take(kept.mem, s, &kept.stats);
	kept.good_until = time_monotonic() + (longest < LONGEST_MS ? longest : LONGEST_MS);
	pthread_mutex_unlock(&kept.lock);
}

err_t stats_users(struct cx *cx, const struct user_stats_query *in, struct user_stats *out)
{
	const struct user_span span = { in->created_from, in->created_to ? in->created_to : INT64_MAX };
	if (in->created_from || in->created_to)
		return count(cx, &span, out);
	if (take_kept(cx, out))
		return ERR_OK;
	int64_t began = time_monotonic();
	TRY(count(cx, NULL, out));
	keep(out, time_monotonic() - began);
	return ERR_OK;
}
