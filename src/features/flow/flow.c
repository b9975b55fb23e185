#include "features/flow/flow.h"
#include "base/conf.h"
#include "base/str.h"
#include "crypto/keyring.h"
#include "features/flow/flow_store.h"
#include "features/mail/mail.h"

#include <string.h>

enum {
	TOKEN_BYTES = 32,
	CODE_DIGITS = 6,
	CODES = 1000000,
	WAITING = 50, /* taken at a time: the letters of one run are one transaction */
	HOUR_MS = 3600000,
	KEPT_MS = 2 * 86400000, /* longer than any limit counts */
	CLEAN_BATCH = 1000,
};

static _Atomic(const char *) base_url = "http://localhost";

void flow_init(const char *public_url)
{
	base_url = public_url;
}

const char *flow_link(struct cx *cx, const char *page, const char *token)
{
	const char *url = base_url;
	return arena_printf(cx->mem, "%s%s#token=%s", url, page, token);
}

/* --- secrets ------------------------------------------------------------------------------------------------------ */

/* 256 random bits need no slow hash: nobody guesses them. The whole text is hashed, so no part of it is ever enough. */
static const char *hash_of(struct cx *cx, const char *token)
{
	uint8_t hash[SHA256_SIZE];
	crypto_sha256(token, strlen(token), hash);
	return hex_encode(cx->mem, hash, sizeof hash);
}

/* A million codes are soon hashed: without the key a copy of the database tells none, and the id keeps each to its flow. */
static const char *mac_of(struct cx *cx, const char *id, const char *code)
{
	uint8_t mac[SHA256_SIZE];
	const char *both = arena_printf(cx->mem, "%s\n%s", id, code);
	crypto_hmac(keyring_key(KEY_FLOW), both, strlen(both), mac);
	return hex_encode(cx->mem, mac, sizeof mac);
}

static const char *new_token(struct cx *cx)
{
	uint8_t bytes[TOKEN_BYTES];
	crypto_random(bytes, sizeof bytes);
	const char *text = arena_printf(cx->mem, "rf1_%s", base64_encode(cx->mem, bytes, sizeof bytes, true));
	crypto_wipe(bytes, sizeof bytes);
	return text;
}

static const char *new_code(struct cx *cx)
{
	uint64_t n; /* so wide that the remainder favours none */
	crypto_random(&n, sizeof n);
	return arena_printf(cx->mem, "%06u", (unsigned)(n % CODES));
}

/* "123 456" as people type it. */
static size_t digits_of(const char *code, char out[static CODE_DIGITS + 1])
{
	size_t n = 0;
	for (; *code; code++) {
		if (*code == ' ' || *code == '-')
			continue;
		if (*code < '0' || *code > '9' || n == CODE_DIGITS)
			return 0;
		out[n++] = *code;
	}
	out[n] = 0;
	return n;
}

const char *flow_code_check(const char *code)
{
	char digits[CODE_DIGITS + 1];
	return digits_of(code, digits) == CODE_DIGITS ? NULL : "must be the six digits of the letter";
}

static bool code_right(struct cx *cx, const struct flow *f, const char *typed)
{
	char digits[CODE_DIGITS + 1] = "";
	(void)digits_of(typed, digits);
	return crypto_same_text(f->code_mac ? f->code_mac : "", mac_of(cx, f->id, digits));
}

/* --- limits ------------------------------------------------------------------------------------------------------- */

static int64_t later(int64_t a, int64_t b)
{
	return a > b ? a : b;
}

/* How long until another is allowed; `recent` are those of the last hour, newest first. */
static int64_t wait_for(const struct cx *cx, const struct list *recent, int64_t most, int64_t pause)
{
	const struct flow *f = recent->items;
	int64_t wait = 0;
	size_t last = 0;
	while (last < recent->n && f[last].created_at > cx->now + pause)
		last++; /* of the hours by which the clock was set back: nobody has to wait for those to pass again */
	if (last < recent->n)
		wait = later(wait, f[last].created_at + pause - cx->now);
	if (most && (int64_t)recent->n >= most)
		wait = later(wait, f[most - 1].created_at + HOUR_MS - cx->now);
	return wait;
}

err_t flow_check_limits(struct cx *cx, const struct flow_new *in)
{
	const struct flow_conf *conf = CONF_OF(cx, flow);
	int64_t since = cx->now - HOUR_MS;
	struct list recent;
	TRY(flow_store_of_email(cx, in, since, later(conf->hourly, 1), &recent));
	int64_t wait = wait_for(cx, &recent, conf->hourly, conf->pause);
	if (in->subject_id) {
		TRY(flow_store_of_subject(cx, in, since, later(conf->hourly, 1), &recent));
		wait = later(wait, wait_for(cx, &recent, conf->hourly, conf->pause));
	}
	if (conf->hourly_from && *cx->from.ip_block) {
		TRY(flow_store_of_address(cx, cx->from.ip_block, since, conf->hourly_from, &recent));
		wait = later(wait, wait_for(cx, &recent, conf->hourly_from, 0));
	}
	if (wait <= 0)
		return ERR_OK;
	cx->fail.retry_after = (wait + 999) / 1000;
	return FAIL(cx, ERR_RATE_LIMITED, "the next letter at %s in %lld ms", in->door, (long long)wait);
}

/* --- making one --------------------------------------------------------------------------------------------------- */

static struct flow as_flow(struct cx *cx, const struct flow_new *in)
{
	return (struct flow){ .id = id_new(cx),
		.door = in->door,
		.purpose = in->purpose,
		.email = in->email,
		.email_key = in->email_key,
		.subject_id = in->subject_id,
		.address = "",
		.ip = cx->from.ip,
		.correlation_id = cx->from.correlation_id,
		.created_at = cx->now,
		.code_expires_at = cx->now + CONF_OF(cx, flow)->code_lifetime,
		.expires_at = cx->now + in->lifetime };
}

err_t flow_ask(struct cx *cx, const struct flow_new *in, struct flow *out)
{
	TRY(flow_check_limits(cx, in));
	*out = as_flow(cx, in);
	out->address = cx->from.ip_block;
	return flow_store_add(cx, out);
}

err_t flow_take_waiting(struct cx *cx, const char *purpose, struct list *out)
{
	return flow_store_claim(cx, purpose, WAITING, out);
}

err_t flow_arm(struct cx *cx, struct flow *f, const char *subject_id, struct flow_secrets *out)
{
	*out = (struct flow_secrets){ new_token(cx), new_code(cx) };
	f->subject_id = subject_id;
	f->token_hash = hash_of(cx, out->token);
	f->code_mac = mac_of(cx, f->id, out->code);
	return flow_store_arm(cx, f);
}

err_t flow_open(struct cx *cx, const struct flow_new *in, struct flow *out, struct flow_secrets *secrets)
{
	*out = as_flow(cx, in);
	out->sent_at = cx->now;
	TRY(flow_store_add(cx, out));
	return flow_arm(cx, out, in->subject_id, secrets);
}

static int64_t minutes_until(const struct cx *cx, int64_t until)
{
	return (until - cx->now + 59999) / 60000;
}

/* Units that every language knows. */
static const char *lifetime(struct cx *cx, int64_t until)
{
	int64_t n = minutes_until(cx, until);
	bool hours = n > 60 && n % 60 == 0;
	return arena_printf(cx->mem, "%lld %s", (long long)(hours ? n / 60 : n), hours ? "h" : "min");
}

err_t flow_send(
	struct cx *cx, const struct flow *f, const struct flow_secrets *secrets, const struct flow_letter *letter)
{
	bool code = !letter->link_only;
	const char *minutes = arena_printf(cx->mem, "%lld", (long long)minutes_until(cx, f->code_expires_at));
	const struct mail_value values[] = { { "name", letter->name },
		{ "link", flow_link(cx, letter->page, secrets->token) }, { "lifetime", lifetime(cx, f->expires_at) },
		{ "code", code ? secrets->code : NULL }, { "minutes", code ? minutes : NULL },
		{ "inviter", letter->inviter }, { "role", letter->role }, { NULL, NULL } };
	err_t e = mail_send(cx, &(struct mail_letter){ .to = f->email,
					.template_name = letter->template_name,
					.user_id = letter->user_id,
					.values = values });
	if (e != ERR_INVALID)
		return e;
	cx_forgive(cx);
	return ERR_OK;
}

void flow_act_for(struct cx *cx, const struct flow *f)
{
	cx->from.ip = f->ip;
	cx->from.correlation_id = f->correlation_id;
}

void flow_tell(const struct flow *f, struct flow_started *out)
{
	*out = (struct flow_started){ f->id, f->code_expires_at };
}

/* --- giving it back ----------------------------------------------------------------------------------------------- */

/* One answer for every way to be wrong: which flows are somebody's is not to be learnt here. */
static err_t unless_found(struct cx *cx, err_t e, const char *what)
{
	return e == ERR_NOT_FOUND ? FAIL(cx, ERR_LINK_INVALID, "%s is not open", what) : e;
}

err_t flow_look(struct cx *cx, const struct flow_proof *proof, const char *door, struct flow *out)
{
	if (proof->token)
		return unless_found(cx, flow_store_by_token(cx, hash_of(cx, proof->token), door, out), "the token");
	return unless_found(cx, flow_store_by_id(cx, proof->flow_id, door, out), "the flow");
}

static err_t take_code(struct cx *cx, const struct flow_proof *proof, const char *door, struct flow *out)
{
	TRY(unless_found(cx, flow_store_try(cx, proof->flow_id, door, out), "the flow"));
	if (!code_right(cx, out, proof->code))
		return REFUSE(cx, ERR_LINK_INVALID, "a wrong code, try %lld of %d", (long long)out->tries, FLOW_TRIES);
	return unless_found(cx, flow_store_use(cx, out->id, out), "the flow");
}

err_t flow_take(struct cx *cx, const struct flow_proof *proof, const char *door, struct flow *out)
{
	if (!proof->token)
		return take_code(cx, proof, door, out);
	return unless_found(cx, flow_store_use_token(cx, hash_of(cx, proof->token), door, out), "the token");
}

err_t flow_newest(struct cx *cx, const char *email_key, const char *door, const char **id)
{
	return flow_store_newest(cx, email_key, door, id);
}

err_t flow_cancel(struct cx *cx, const char *subject_id)
{
	return flow_store_cancel(cx, subject_id);
}

err_t flow_clean(struct cx *cx)
{
	return flow_store_clean(cx, cx->now - KEPT_MS, CLEAN_BATCH);
}
