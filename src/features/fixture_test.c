#include "features/fixture_test.h"
#include "api/jobs.h"
#include "api/personal.h"
#include "base/test.h"
#include "base/time.h"
#include "features/client/client.h"
#include "features/health/health.h"
#include "features/idempotency/idempotency.h"
#include "features/key/key.h"
#include "features/mail/mail.h"
#include "features/oauth/oauth.h"
#include "features/preference/preference.h"
#include "features/role/role.h"
#include "features/session/session.h"
#include "features/setup/setup.h"
#include "features/token/token.h"
#include "features/user/user.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

int64_t home_later;
static struct arena *mem;

static err_t identify(struct cx *cx, const struct credentials *c, bool stale_ok)
{
	struct oauth_shown shown = { c->known, c->bearer, c->cookie, c->csrf, c->basic_id, c->basic_secret, c->safe };
	return oauth_identify(cx, &shown, stale_ok);
}

static err_t once(struct call *c, struct idempotent **out)
{
	const struct idempotency_ask ask = { c->keys.key, c->keys.request_id, c->keys.method, c->keys.path,
		c->op->call->in, c->op->call->out, c->in, c->op->flags & OP_NO_STORE };
	return idempotency_begin(&c->cx, &ask, c->out, out);
}

static void published(const struct emitted *e)
{
	if (strcmp(e->subject_type, "user") == 0)
		user_changed(e->subject_id);
	if (strcmp(e->subject_type, "preference") == 0)
		preference_changed(e->subject_id);
	if (strcmp(e->subject_type, "push_token") == 0)
		user_changed(e->subject_id);
	if (strcmp(e->subject_type, "session") == 0)
		session_changed(e->subject_id);
	if (strcmp(e->subject_type, "client") == 0)
		client_changed(e->subject_id);
	if (strcmp(e->subject_type, "role") == 0)
		role_changed(e->subject_id);
	if (strcmp(e->subject_type, "key") == 0)
		key_changed();
}

static err_t load_keys(struct cx *cx, void *arg)
{
	(void)arg;
	TRY(key_check_master(cx));
	return key_load(cx);
}

static struct arena *open_with(int threads)
{
	mem = rig_open(&(struct rig_conf){ .more = &token_conf_group,
		.threads = threads,
		.queue_max = 100,
		.hooks = { .identify = identify,
			.recheck = session_recheck,
			.once = once,
			.replay = idempotency_find,
			.keep = idempotency_keep,
			.keep_failure = idempotency_keep_failure,
			.done = idempotency_end,
			.published = published,
			.open = setup_open } });
	rig_set("lockout.slow", "0");
	rig_set("registration.letter", "off");
	user_init(NULL, 1000, 1000);
	session_init(NULL, 1000, 1000);
	preference_init(NULL, 1000);
	client_init(NULL);
	role_init(NULL);
	personal_init("/tmp");
	user_personal_by(&(struct user_personal){ personal_erase, personal_export });
	idempotency_init(1000);
	health_init("test");
	CHECK_OK(rig_tx(load_keys, NULL));
	return mem;
}

struct arena *home_open(void)
{
	return open_with(0);
}

struct arena *home_open_pooled(void)
{
	return open_with(2);
}

void home_close(void)
{
	user_forget_all();
	preference_forget_all();
	session_forget_all();
	rig_close();
}

static struct call *run(struct call *c)
{
	c->cx.now += home_later;
	(void)!call_run(c);
	return c;
}

struct call *home_call(const char *bearer, const char *op, const char *json)
{
	struct call *c = rig_call(op_find(op, NULL), json);
	c->creds.bearer = bearer;
	return run(c);
}

struct call *home_local(const char *op, const char *json)
{
	struct call *c = rig_call(op_find(op, NULL), json);
	c->creds.local = true;
	return run(c);
}

void *home_out(struct call *c, const char *file, int line)
{
	const struct field_error *f = c->cx.fail.fields;
	if (c->result)
		test_fail(file, line, "%s failed: %s %s (%s:%d) %s %s", c->op->call->name, err_info(c->result)->code,
			c->cx.fail.detail ? c->cx.fail.detail : "", c->cx.fail.file ? c->cx.fail.file : "",
			c->cx.fail.line, f ? f->path : "", f ? f->why : "");
	return c->out;
}

static struct person person_of(const struct signed_in *s)
{
	struct person p = { s->user->id, s->user->username, s->access_token, s->refresh_token, NULL };
	p.session = rig_text("SELECT id FROM session ORDER BY id DESC LIMIT 1");
	return p;
}

struct person home_person(const char *name)
{
	return person_of(HOME_OUT(signed_in,
		home_call(NULL, "user_create",
			home_text("{\"email\":\"%s@example.org\",\"username\":\"%s\",\"password\":\"" HOME_PASSWORD
				  "\"}",
				name, name))));
}

struct person home_login(const char *name)
{
	return person_of(HOME_OUT(
		signed_in, home_call(NULL, "session_login",
				   home_text("{\"identifier\":\"%s\",\"password\":\"" HOME_PASSWORD "\"}", name))));
}

struct person home_with_role(const char *name, const char *role)
{
	struct person p = home_person(name);
	HOME_OUT(user, home_local("user_update", home_text("{\"id\":\"%s\",\"role\":\"%s\"}", p.id, role)));
	return p;
}

void home_job(const char *name)
{
	for (const struct feature *const *f = features_all; *f; f++)
		for (const struct feature_job *job = (*f)->jobs; job && job->name; job++)
			if (strcmp(job->name, name) == 0) {
				CHECK_OK(job_run(job));
				return;
			}
	test_fail(__FILE__, __LINE__, "there is no job %s", name);
}

/* By the row's own number: letters of one millisecond have ids in any order. */
static err_t newest_letter(struct cx *cx, void *arg)
{
	const char **to = arg;
	return db_text(cx, to, "SELECT id FROM mail WHERE recipient = $1 ORDER BY rowid DESC LIMIT 1", BIND(V(*to)));
}

const char *home_letter(const char *to)
{
	const char *id = to;
	err_t e = rig_tx(newest_letter, &id);
	if (e == ERR_NOT_FOUND)
		return "";
	CHECK_OK(e);
	return HOME_OUT(mail, home_local("mail_show", home_text("{\"id\":\"%s\"}", id)))->text;
}

const char *home_token(const char *letter)
{
	const char *at = strstr(letter, "#token=");
	CHECK(at);
	return arena_memdup0(mem, at + 7, strcspn(at + 7, " \n"));
}

const char *home_code(const char *letter)
{
	const char *at = strstr(letter, "this code: ");
	CHECK(at);
	return arena_memdup0(mem, at + 11, 6);
}

struct count {
	const char *type;
	int64_t n;
};

static err_t count_events(struct cx *cx, void *arg)
{
	struct count *c = arg;
	return db_int(cx, &c->n, "SELECT COUNT(*) FROM outbox WHERE type = $1", BIND(V(c->type)));
}

int64_t home_events(const char *type)
{
	struct count c = { type, -1 };
	CHECK_OK(rig_tx(count_events, &c));
	return c.n;
}

const char *home_text(const char *fmt, ...)
{
	char text[2000];
	va_list ap;
	va_start(ap, fmt);
	vsnprintf(text, sizeof text, fmt, ap);
	va_end(ap);
	return arena_strdup(mem, text);
}
