#include "features/mail/mail_queue.h"
#include "base/breaker.h"
#include "base/id.h"
#include "features/mail/mail_store.h"

enum {
	FIRST_WAIT = 5000,
	LONGEST_WAIT = 4 * 3600000,
	SLACK = 30000, /* that a claim outlives the longest sending */
	GIVE_UP_AT_ONCE = 100,
	SHOWN_REASON = 300,
	QUEUE_KEPT = 3600000,
	CLEAN_BATCH = 1000,
};

int64_t mail_wait(int64_t failures, uint32_t random)
{
	return backoff_ms(FIRST_WAIT, LONGEST_WAIT, failures, random);
}

static int64_t wait_after(int64_t failures)
{
	uint32_t random;
	id_random(&random, sizeof random);
	return mail_wait(failures, random);
}

err_t mail_waits(struct cx *cx, bool *out)
{
	return mail_store_any_due(cx, out);
}

err_t mail_take(struct cx *cx, struct mail *out)
{
	const struct mail_conf *conf = CONF_OF(cx, mail);
	int64_t of_domain = conf->at_once / 2;
	return mail_store_claim(cx, id_new(cx), cx->now + conf->timeout + SLACK, of_domain ? of_domain : 1, out);
}

/* --- what became of it -------------------------------------------------------------------------------------------- */

static err_t give_up(struct cx *cx, const char *id)
{
	struct mail *m = arena_new_of(cx->mem, struct mail);
	TRY(mail_store_get(cx, id, m));
	return emit(cx, &mail_given_up, m->id, m);
}

static err_t note_domain(struct cx *cx, const struct mail_result *r)
{
	int64_t failures;
	if (r->end != MAIL_END_SILENT)
		return mail_store_domain_well(cx, r->domain);
	TRY(mail_store_domain_silent(cx, r->domain, &failures));
	return mail_store_domain_hold(cx, r->domain, cx->now + wait_after(failures));
}

err_t mail_note(struct cx *cx, const struct mail_result *r, bool *dead)
{
	bool over = r->queued_at + CONF_OF(cx, mail)->give_up_after <= cx->now;
	bool failed = r->end == MAIL_END_LATER || r->end == MAIL_END_SILENT;
	bool mine = false;
	*dead = r->end == MAIL_END_REFUSED || (failed && over);
	if (r->end == MAIL_END_BACK)
		return mail_store_give_back(cx, r->id, r->claim, r->reason);
	if (r->end == MAIL_END_TAKEN)
		TRY(mail_store_sent(cx, r->id, r->claim, &mine));
	else if (*dead)
		TRY(mail_store_dead(cx, r->id, r->claim, r->reason, &mine));
	else
		TRY(mail_store_later(cx, r->id, r->claim, cx->now + wait_after(r->attempts), r->reason, &mine));
	TRY(note_domain(cx, r));
	*dead = *dead && mine;
	return *dead ? give_up(cx, r->id) : ERR_OK;
}

err_t mail_count(struct cx *cx, struct mail_counts *out)
{
	return mail_store_count(cx, out);
}

/* --- by the clock ------------------------------------------------------------------------------------------------- */

err_t mail_give_up(struct cx *cx)
{
	struct list l;
	bool mine;
	TRY(mail_store_too_old(cx, cx->now - CONF_OF(cx, mail)->give_up_after, GIVE_UP_AT_ONCE, &l));
	const struct mail *m = l.items;
	for (size_t i = 0; i < l.n; i++) {
		const char *reason = m[i].reason ? m[i].reason : "it could not be tried in time";
		TRY(mail_store_dead(cx, m[i].id, NULL, reason, &mine));
		if (mine)
			TRY(give_up(cx, m[i].id));
	}
	return ERR_OK;
}

err_t mail_clean(struct cx *cx)
{
	return mail_store_forget(cx, cx->now - CONF_OF(cx, mail)->keep, CLEAN_BATCH);
}

err_t mail_clean_erased(struct cx *cx)
{
	return mail_store_forget_erased(cx);
}

err_t mail_tidy(struct cx *cx)
{
	return mail_store_tidy_queues(cx, cx->now - QUEUE_KEPT);
}
