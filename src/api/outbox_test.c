/* Events, the relay that numbers them, jobs. */
#include "api/outbox.h"
#include "api/fixture_test.h"
#include "api/jobs.h"
#include "base/test.h"

#include <string.h>
#include <unistd.h>

struct letter {
	const char *id, *secret;
	struct secret password;
};
TYPE(letter, FIELD(letter, id, 0, "Which"), FIELD(letter, secret, SENSITIVE, "Not for everybody"),
	FIELD(letter, password, 0, "For nobody"));
static const struct event sent = EVENT("letter.sent", "letter", &letter_type, "For tests");

static err_t send_some(struct cx *cx, void *arg)
{
	const struct letter l = { "1", "hidden", { "hidden too", 10 } };
	for (int64_t i = 0; i < *(int64_t *)arg; i++)
		TRY(emit(cx, &sent, "1", &l));
	return ERR_OK;
}

static err_t send_and_fail(struct cx *cx, void *arg)
{
	TRY(send_some(cx, arg));
	return FAIL(cx, ERR_CONFLICT, "after all");
}

static void letters(int64_t n)
{
	CHECK_OK(rig_tx(send_some, &n));
}

TEST(outbox, holds_what_happened_without_secrets)
{
	rig_open(&(struct rig_conf){ 0 });
	letters(1);
	CHECK_TEXT(rig_text("SELECT data FROM outbox"), "{\"id\":\"1\"}");
	CHECK_TEXT(
		rig_text(
			"SELECT type || ' ' || subject_type || ' ' || subject_id || ' ' || actor_kind || ' ' || node FROM outbox"),
		"letter.sent letter 1 local here");
	rig_close();
}

TEST(outbox, events_of_a_transaction_that_failed_never_were)
{
	int64_t n = 3;
	rig_open(&(struct rig_conf){ 0 });
	CHECK_ERR(rig_tx(send_and_fail, &n), ERR_CONFLICT);
	CHECK_INT(rig_number("SELECT COUNT(*) FROM outbox"), 0);
	rig_close();
}

TEST(relay, numbers_have_no_holes_whatever_was_rolled_back)
{
	struct arena *a = rig_open(&(struct rig_conf){ 0 });
	int64_t n = 3;
	for (int i = 0; i < 4; i++) {
		letters(2);
		CHECK_ERR(rig_tx(send_and_fail, &n), ERR_CONFLICT);
		CHECK_OK(relay_seal(a));
		CHECK_INT(rig_number("SELECT COUNT(*) FROM outbox WHERE seq IS NULL"), 0);
	}
	CHECK_OK(relay_seal(a)); /* nothing to do */
	CHECK_INT(rig_number("SELECT MAX(seq) FROM outbox"), 8);
	CHECK_INT(rig_number("SELECT COUNT(DISTINCT seq) FROM outbox"), 8);
	CHECK_INT(rig_number("SELECT COUNT(*) FROM outbox o JOIN outbox p ON p.seq = o.seq + 1 WHERE p.id < o.id"), 0);
	rig_close();
}

TEST(relay, seals_more_than_one_batch_in_order)
{
	struct arena *a = rig_open(&(struct rig_conf){ 0 });
	letters(4100);
	CHECK_OK(relay_seal(a));
	CHECK_INT(rig_number("SELECT COUNT(*) FROM outbox WHERE seq = id"), 4100);
	rig_close();
}

TEST(relay, seals_by_itself_and_at_its_end)
{
	rig_open(&(struct rig_conf){ 0 });
	struct relay *r = relay_start();
	letters(1);
	for (int i = 0; i < 3000 && rig_number("SELECT COUNT(*) FROM outbox WHERE seq IS NULL"); i++)
		usleep(1000);
	CHECK_INT(rig_number("SELECT COUNT(*) FROM outbox WHERE seq = 1"), 1);
	letters(1);
	relay_stop(r);
	CHECK_INT(rig_number("SELECT MAX(seq) FROM outbox"), 2);
	CHECK_INT(relay_lag(), 0); /* nobody else writes here */
	relay_stop(NULL);
	rig_close();
}

/* --- jobs --------------------------------------------------------------------------------------------------------- */

static int told;
static void published(const struct emitted *e)
{
	CHECK_TEXT(e->type, "letter.sent");
	told++;
}

static err_t good_job(struct cx *cx)
{
	int64_t n = 1;
	CHECK(cx->who.kind == ACTOR_LOCAL);
	return send_some(cx, &n);
}

static err_t bad_job(struct cx *cx)
{
	TRY(good_job(cx));
	return FAIL(cx, ERR_UNAVAILABLE, "not today");
}

static err_t reading_job(struct cx *cx)
{
	int64_t n;
	return db_int(cx, &n, "SELECT COUNT(*) FROM outbox", NULL);
}

TEST(jobs, one_that_writes_is_a_transaction)
{
	rig_open(&(struct rig_conf){ .hooks = { .published = published } });
	CHECK_OK(job_run(&(struct feature_job){ "good", 1000, good_job, JOB_WRITE }));
	CHECK_INT(told, 1);
	CHECK_ERR(job_run(&(struct feature_job){ "bad", 1000, bad_job, JOB_WRITE }), ERR_UNAVAILABLE);
	CHECK_INT(told, 1);
	CHECK_INT(rig_number("SELECT COUNT(*) FROM outbox"), 1);
	CHECK_OK(job_run(&(struct feature_job){ "reading", 1000, reading_job, JOB_READ }));
	rig_close();
}

TEST(jobs, those_of_all_features_run_and_stop)
{
	rig_open(&(struct rig_conf){ 0 });
	struct jobs *j = jobs_start();
	usleep(700000); /* the first come after half a second */
	jobs_stop(j);
	jobs_stop(NULL);
	rig_close();
}
