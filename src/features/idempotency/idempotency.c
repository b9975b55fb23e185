#include "features/idempotency/idempotency.h"
#include "base/cache.h"
#include "base/conf.h"
#include "base/record.h"
#include "base/str.h"
#include "crypto/keyring.h"
#include "features/idempotency/idempotency_answer.h"
#include "features/idempotency/idempotency_claim.h"
#include "features/idempotency/idempotency_store.h"

#include <stdatomic.h>
#include <string.h>

enum { KEY_MOST = 255, CACHED_MOST = 16 << 10, CLEAN_BATCH = 500 };

struct idempotent {
	struct claim claim; /* first: its slot is this request's */
	uint8_t fingerprint[SHA256_SIZE];
	const char *slot; /* as text */
	const struct type *out_type;
	bool discreet;
	/* What was kept last, for memory; in the call's arena. */
	const void *kept;
	size_t kept_n;
	int64_t expires_at;
};

/* In memory: this, then the answer. */
struct held {
	uint8_t fingerprint[SHA256_SIZE];
	int64_t expires_at;
};

static struct cache *answers;
static _Atomic int64_t replays, busy;

void idempotency_init(size_t entries)
{
	if (!answers)
		answers = cache_new(entries);
}

int64_t idempotency_replays(void)
{
	return replays;
}

int64_t idempotency_busy(void)
{
	return busy;
}

/* --- the key ------------------------------------------------------------------------------------------------------ */

static err_t check_key(struct cx *cx, const char *key)
{
	size_t n = strnlen(key, KEY_MOST + 1);
	bool good = n >= 1 && n <= KEY_MOST;
	for (size_t i = 0; good && i < n; i++)
		good = key[i] > 0x20 && key[i] < 0x7f;
	if (good)
		return ERR_OK;
	cx->fail.message = "A key must have 1 to 255 visible ASCII characters, and stand in one header.";
	return FAIL(cx, ERR_MALFORMED, "a key of %zu bytes", n);
}

/* Nobody gets at the answers of another: who calls is in the MAC. Strangers are told apart by where they come from. */
static const char *caller(struct cx *cx)
{
	static const char *const kinds[] = { "anyone", "user", "service", "local" };
	return arena_printf(
		cx->mem, "%s %s", kinds[cx->who.kind], cx->who.kind == ACTOR_ANYONE ? cx->from.ip_block : cx->who.id);
}

static void mac(const struct buf *b, uint8_t out[static SHA256_SIZE])
{
	crypto_hmac(keyring_key(KEY_IDEMPOTENCY), b->p, b->n, out);
}

/* Of the values, however they were written: blanks, order and content type do not count. */
static void take_fingerprint(struct cx *cx, const struct idempotency_ask *ask, uint8_t out[static SHA256_SIZE])
{
	struct buf b = { .mem = cx->mem };
	buf_str(&b, "input\n");
	record_write(&b, ask->in_type, ask->in, RECORD_SECRETS);
	mac(&b, out);
	crypto_wipe(b.p, b.n);
}

/* A path with a slash at its end is the same without. Under an X-Request-ID another input is another request: there the
 * fingerprint is part of the key. */
static void take_slot(struct cx *cx, const struct idempotency_ask *ask, struct idempotent *i)
{
	struct buf b = { .mem = cx->mem };
	size_t path_n = strlen(ask->path);
	while (path_n > 1 && ask->path[path_n - 1] == '/')
		path_n--;
	buf_str(&b, "slot\n");
	buf_str(&b, caller(cx));
	buf_char(&b, '\n');
	buf_str(&b, ask->method);
	buf_char(&b, '\n');
	buf_add(&b, ask->path, path_n);
	buf_char(&b, '\n');
	buf_str(&b, ask->key ? "key " : "request ");
	buf_str(&b, ask->key ? ask->key : ask->request_id);
	if (!ask->key)
		buf_add(&b, i->fingerprint, sizeof i->fingerprint);
	mac(&b, i->claim.slot);
}

/* --- giving it again ---------------------------------------------------------------------------------------------- */

static err_t give(struct cx *cx, const struct idempotent *i, const uint8_t *fingerprint, const void *bytes, size_t n,
	void *answer)
{
	if (!crypto_same(i->fingerprint, fingerprint, SHA256_SIZE))
		return FAIL(cx, ERR_KEY_REUSED, "another input under the same key");
	err_t e = answer_read(cx, i->out_type, bytes, n, answer);
	replays += cx->from.replayed;
	return e;
}

static err_t give_from_memory(struct cx *cx, const struct idempotent *i, void *answer, bool *found)
{
	size_t n;
	const char *held = answers ? cache_get(answers, i->claim.slot, sizeof i->claim.slot, cx->mem, &n) : NULL;
	struct held head;
	*found = false;
	if (!held)
		return ERR_OK;
	memcpy(&head, held, sizeof head);
	*found = head.expires_at > cx->now;
	return *found ? give(cx, i, head.fingerprint, held + sizeof head, n - sizeof head, answer) : ERR_OK;
}

err_t idempotency_begin(struct cx *cx, const struct idempotency_ask *ask, void *answer, struct idempotent **out)
{
	bool found;
	*out = NULL;
	TRY(check_key(cx, ask->key ? ask->key : ask->request_id));
	struct idempotent *i = arena_new_of(cx->mem, struct idempotent);
	i->out_type = ask->out_type;
	i->discreet = ask->discreet;
	take_fingerprint(cx, ask, i->fingerprint);
	take_slot(cx, ask, i);
	err_t e = give_from_memory(cx, i, answer, &found);
	if (found)
		return e;
	if (!claim_take(&i->claim)) {
		busy++;
		cx->fail.retry_after = 1;
		return FAIL(cx, ERR_KEY_BUSY, "the first request of this key still runs");
	}
	i->slot = base64_encode(cx->mem, i->claim.slot, sizeof i->claim.slot, true);
	*out = i;
	return ERR_OK;
}

static const char *about(struct cx *cx, const struct idempotent *i)
{
	return arena_printf(cx->mem, "idempotency %s", i->slot);
}

static err_t lock(struct cx *cx, const struct idempotent *i)
{
	int64_t number;
	bool got;
	memcpy(&number, i->claim.slot, sizeof number);
	TRY(idempotency_store_lock(cx, number, &got));
	if (got)
		return ERR_OK;
	busy++;
	cx->fail.retry_after = 1;
	return FAIL(cx, ERR_KEY_BUSY, "another node works on this key");
}

err_t idempotency_find(struct cx *cx, struct idempotent *i, void *answer)
{
	struct kept_row row = { 0 };
	size_t n, fingerprint_n;
	i->kept = NULL; /* of an attempt that is run again, whose memory is gone */
	if (cx->in_tx)
		TRY(lock(cx, i));
	err_t e = idempotency_store_get(cx, i->slot, &row);
	if (e)
		return e == ERR_NOT_FOUND ? ERR_OK : e;
	const uint8_t *fingerprint =
		base64_decode(cx->mem, row.fingerprint, strlen(row.fingerprint), true, &fingerprint_n);
	const void *bytes = crypto_open(cx->mem, keyring_key(KEY_IDEMPOTENCY), about(cx, i), row.sealed, &n);
	if (!bytes || !fingerprint || fingerprint_n != SHA256_SIZE)
		return FAIL(cx, ERR_INTERNAL, "a kept answer does not open");
	e = give(cx, i, fingerprint, bytes, n, answer);
	if (cx->from.replayed) {
		i->kept = bytes;
		i->kept_n = n;
		i->expires_at = row.expires_at;
	}
	return e;
}

/* --- keeping ------------------------------------------------------------------------------------------------------ */

static err_t put(struct cx *cx, struct idempotent *i, struct buf *b)
{
	int64_t expires_at = cx->now + CONF_OF(cx, idempotency)->keep_for;
	const struct kept_row row = { .fingerprint =
					      base64_encode(cx->mem, i->fingerprint, sizeof i->fingerprint, true),
		.sealed = crypto_seal(cx->mem, keyring_key(KEY_IDEMPOTENCY), about(cx, i), b->p, b->n),
		.expires_at = expires_at };
	TRY(idempotency_store_put(cx, i->slot, &row));
	i->kept = b->p;
	i->kept_n = b->n;
	i->expires_at = expires_at;
	return ERR_OK;
}

err_t idempotency_keep(struct cx *cx, struct idempotent *i, const void *answer)
{
	struct buf b = { .mem = cx->mem };
	answer_write(&b, cx->status, i->out_type, answer, i->discreet);
	return put(cx, i, &b);
}

err_t idempotency_keep_failure(struct cx *cx, struct idempotent *i, err_t code)
{
	struct buf b = { .mem = cx->mem };
	answer_write_failure(cx, &b, code);
	return put(cx, i, &b);
}

void idempotency_end(struct idempotent *i, bool kept)
{
	if (kept && i->kept && i->kept_n <= CACHED_MOST && answers) {
		char held[sizeof(struct held) + CACHED_MOST];
		struct held head = { .expires_at = i->expires_at };
		memcpy(head.fingerprint, i->fingerprint, sizeof head.fingerprint);
		memcpy(held, &head, sizeof head);
		memcpy(held + sizeof head, i->kept, i->kept_n);
		const uint8_t *slot = i->claim.slot;
		uint64_t ticket = cache_ticket(answers, slot, SHA256_SIZE);
		cache_put(answers, slot, SHA256_SIZE, held, sizeof head + i->kept_n, ticket);
	}
	claim_give_back(&i->claim);
}

err_t idempotency_clean(struct cx *cx)
{
	return idempotency_store_clean(cx, CLEAN_BATCH);
}
