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

/* For this process's memory alone: two SipHashes under keys of its own. An HMAC takes ten times as long, and what memory
 * answers should take no longer than a plain read. */
struct short_mac {
	uint64_t half[2];
};

struct idempotent {
	struct claim claim; /* first: its slot is this request's */
	uint8_t fingerprint[SHA256_SIZE];
	const char *slot; /* as text */
	struct short_mac place, input; /* the same two, in memory */
	const struct type *out_type;
	unsigned flags; /* of the record */
	/* What was kept last, as memory has it; in the call's arena. */
	struct buf kept;
	int64_t expires_at;
};

/* In memory: this, then the answer. */
struct held {
	struct short_mac input;
	int64_t expires_at;
};

static uint8_t seeds[2][SHORT_KEY_SIZE];
static struct cache *answers;
static _Atomic int64_t replays, busy;

void idempotency_init(size_t entries)
{
	if (answers)
		return;
	crypto_random(seeds, sizeof seeds);
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
static void write_caller(const struct cx *cx, struct buf *b)
{
	static const char *const kinds[] = { "anyone ", "user ", "service ", "local " };
	buf_str(b, kinds[cx->who.kind]);
	buf_str(b, cx->who.kind == ACTOR_ANYONE ? cx->from.ip_block : cx->who.id);
}

static void mac(const struct buf *b, uint8_t out[static SHA256_SIZE])
{
	crypto_hmac(keyring_key(KEY_IDEMPOTENCY), b->p, b->n, out);
}

static struct short_mac short_mac(const struct buf *b)
{
	return (struct short_mac){ { crypto_short_hash(seeds[0], b->p, b->n),
		crypto_short_hash(seeds[1], b->p, b->n) } };
}

/* Of the values, however they were written: blanks, order and content type do not count. A file counts byte for byte. */
static void write_input(const struct cx *cx, struct buf *b, const struct idempotency_ask *ask)
{
	buf_str(b, "input\n");
	record_write(b, ask->in_type, ask->in, RECORD_SECRETS);
	if (!cx->file)
		return;
	uint8_t file[SHA256_SIZE];
	crypto_sha256(cx->file->bytes, cx->file->n, file);
	buf_add(b, file, sizeof file);
}

/* A path with a slash at its end is the same without. */
static void write_slot(struct cx *cx, struct buf *b, const struct idempotency_ask *ask)
{
	size_t path_n = strlen(ask->path);
	while (path_n > 1 && ask->path[path_n - 1] == '/')
		path_n--;
	buf_str(b, "slot\n");
	write_caller(cx, b);
	buf_char(b, '\n');
	buf_str(b, ask->method);
	buf_char(b, '\n');
	buf_add(b, ask->path, path_n);
	buf_char(b, '\n');
	buf_str(b, ask->key ? "key " : "request ");
	buf_str(b, ask->key ? ask->key : ask->request_id);
}

/* Under an X-Request-ID another input is another request: there what tells inputs apart is part of the place. */
static void take_place(struct idempotent *i, const struct buf *input, struct buf *slot, bool by_key)
{
	size_t n = slot->n;
	i->input = short_mac(input);
	if (!by_key)
		buf_add(slot, &i->input, sizeof i->input);
	i->place = short_mac(slot);
	slot->n = n;
}

static void take_slot(struct idempotent *i, const struct buf *input, struct buf *slot, bool by_key)
{
	mac(input, i->fingerprint);
	if (!by_key)
		buf_add(slot, i->fingerprint, sizeof i->fingerprint);
	mac(slot, i->claim.slot);
}

/* --- giving it again ---------------------------------------------------------------------------------------------- */

static err_t give(struct cx *cx, const struct idempotent *i, const void *bytes, size_t n, void *answer)
{
	err_t e = answer_read(cx, i->out_type, bytes, n, answer);
	replays += cx->from.replayed;
	return e;
}

static err_t reused(struct cx *cx)
{
	return FAIL(cx, ERR_KEY_REUSED, "another input under the same key");
}

static err_t give_from_memory(struct cx *cx, const struct idempotent *i, void *answer, bool *found)
{
	size_t n;
	const char *held = answers ? cache_get(answers, &i->place, sizeof i->place, cx->mem, &n) : NULL;
	struct held head;
	*found = false;
	if (!held)
		return ERR_OK;
	memcpy(&head, held, sizeof head);
	*found = head.expires_at > cx->now;
	if (!*found)
		return ERR_OK;
	if (!crypto_same(&i->input, &head.input, sizeof head.input))
		return reused(cx);
	return give(cx, i, held + sizeof head, n - sizeof head, answer);
}

static err_t claim(struct cx *cx, struct idempotent *i)
{
	if (!claim_take(&i->claim)) {
		busy++;
		cx->fail.retry_after = 1;
		return FAIL(cx, ERR_KEY_BUSY, "the first request of this key still runs");
	}
	i->slot = base64_encode(cx->mem, i->claim.slot, sizeof i->claim.slot, true);
	return ERR_OK;
}

err_t idempotency_begin(struct cx *cx, const struct idempotency_ask *ask, void *answer, struct idempotent **out)
{
	bool found;
	struct buf input = { .mem = cx->mem }, slot = { .mem = cx->mem };
	*out = NULL;
	TRY(check_key(cx, ask->key ? ask->key : ask->request_id));
	struct idempotent *i = arena_new_of(cx->mem, struct idempotent);
	i->out_type = ask->out_type;
	i->flags = ask->discreet ? RECORD_DISCREET : 0;
	write_input(cx, &input, ask);
	write_slot(cx, &slot, ask);
	take_place(i, &input, &slot, ask->key);
	err_t e = give_from_memory(cx, i, answer, &found);
	if (found)
		return e;
	take_slot(i, &input, &slot, ask->key);
	TRY(claim(cx, i));
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
	i->kept = (struct buf){ .mem = cx->mem }; /* that of an attempt before is gone with its memory */
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
	if (!crypto_same(i->fingerprint, fingerprint, SHA256_SIZE))
		return reused(cx);
	i->expires_at = row.expires_at;
	e = give(cx, i, bytes, n, answer);
	if (e && cx->from.replayed)
		answer_write_failure(cx, &i->kept, e);
	else if (!e)
		answer_write(&i->kept, cx->status, i->out_type, answer, i->flags | RECORD_NUMBERED);
	return e;
}

/* --- keeping ------------------------------------------------------------------------------------------------------ */

static err_t put(struct cx *cx, struct idempotent *i, const struct buf *b)
{
	i->expires_at = cx->now + CONF_OF(cx, idempotency)->keep_for;
	const struct kept_row row = { .fingerprint =
					      base64_encode(cx->mem, i->fingerprint, sizeof i->fingerprint, true),
		.sealed = crypto_seal(cx->mem, keyring_key(KEY_IDEMPOTENCY), about(cx, i), b->p, b->n),
		.expires_at = i->expires_at };
	return idempotency_store_put(cx, i->slot, &row);
}

err_t idempotency_keep(struct cx *cx, struct idempotent *i, const void *answer)
{
	struct buf b = { .mem = cx->mem };
	answer_write(&b, cx->status, i->out_type, answer, i->flags);
	answer_write(&i->kept, cx->status, i->out_type, answer, i->flags | RECORD_NUMBERED);
	return put(cx, i, &b);
}

err_t idempotency_keep_failure(struct cx *cx, struct idempotent *i, err_t code)
{
	answer_write_failure(cx, &i->kept, code);
	return put(cx, i, &i->kept);
}

void idempotency_end(struct idempotent *i, bool kept)
{
	if (kept && i->kept.n && i->kept.n <= CACHED_MOST && answers) {
		char held[sizeof(struct held) + CACHED_MOST];
		const struct held head = { i->input, i->expires_at };
		memcpy(held, &head, sizeof head);
		memcpy(held + sizeof head, i->kept.p, i->kept.n);
		uint64_t ticket = cache_ticket(answers, &i->place, sizeof i->place);
		cache_put(answers, &i->place, sizeof i->place, held, sizeof head + i->kept.n, ticket);
	}
	claim_give_back(&i->claim);
}

err_t idempotency_clean(struct cx *cx)
{
	return idempotency_store_clean(cx, CLEAN_BATCH);
}
