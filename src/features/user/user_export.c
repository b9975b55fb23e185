/* Everything that is kept of one person, as an archive: for himself once in a while, and for administrators. */
#include "features/user/user_change.h"
#include "features/user/user_store.h"

#include <string.h>

enum { ONCE_IN_MS = 3600000, SECOND_MS = 1000 };

/* A person's own row, for the archive. */
err_t user_part(struct cx *cx, const char *user_id, const char *after, struct list *out, const char **next)
{
	(void)after;
	*next = NULL;
	struct user *u = arena_new_of(cx->mem, struct user);
	TRY(user_store_by_id(cx, user_id, u));
	person_own(u);
	*out = (struct list){ u, 1 };
	return ERR_OK;
}

static void give(struct cx *cx, const char *user_id, int fd)
{
	cx->out_file.fd = fd;
	cx->out_file.name = arena_printf(cx->mem, "roster-%s.zip", user_id);
	cx->audit.subject_type = "user";
	cx->audit.subject_id = user_id;
}

static err_t too_soon(struct cx *cx, int64_t last)
{
	cx->fail.retry_after = (last + ONCE_IN_MS - cx->now) / SECOND_MS + 1;
	cx->fail.message = "Your data can be exported once an hour.";
	return FAIL(cx, ERR_RATE_LIMITED, "exported %lld ms ago", (long long)(cx->now - last));
}

/* Asked before the work is done, so that nobody has it done for nothing; and decided in the transaction. */
err_t user_export_me_prepare(struct cx *cx, const struct none *in, struct export_work *work)
{
	(void)in;
	int64_t last;
	if (cx->who.kind != ACTOR_USER)
		return FAIL(cx, ERR_DENIED, "only a person has data of his own");
	TRY(user_store_exported_at(cx, cx->who.id, &last));
	if (last > cx->now - ONCE_IN_MS)
		return too_soon(cx, last);
	return user_personal()->export(cx, cx->who.id, true, &work->fd);
}

err_t user_export_me(struct cx *cx, const struct none *in, struct export_work *work, struct none *out)
{
	(void)in;
	(void)out;
	bool first;
	TRY(user_store_claim_export(cx, cx->who.id, cx->now - ONCE_IN_MS, &first));
	if (!first)
		return too_soon(cx, cx->now);
	give(cx, cx->who.id, work->fd);
	return ERR_OK;
}

err_t user_export_me_finish(struct cx *cx, const struct none *in, struct export_work *work, struct none *out)
{
	(void)cx;
	(void)in;
	(void)work;
	(void)out;
	return ERR_OK;
}

err_t user_export_person_prepare(struct cx *cx, const struct user_removal *in, struct export_work *work)
{
	struct user u = { 0 };
	TRY(user_store_by_id(cx, in->id, &u));
	if (user_erased(&u))
		return FAIL(cx, ERR_NOT_FOUND, "erased");
	TRY(user_guard_rank(cx, &u));
	return user_personal()->export(cx, u.id, false, &work->fd);
}

err_t user_export_person(struct cx *cx, const struct user_removal *in, struct export_work *work, struct none *out)
{
	(void)out;
	TRY(user_guard(cx, in->id));
	give(cx, in->id, work->fd);
	return ERR_OK;
}

err_t user_export_person_finish(
	struct cx *cx, const struct user_removal *in, struct export_work *work, struct none *out)
{
	(void)cx;
	(void)in;
	(void)work;
	(void)out;
	return ERR_OK;
}
