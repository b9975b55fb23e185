#include "features/key/key.h"
#include "base/buf.h"
#include "base/conf.h"
#include "base/str.h"
#include "base/time.h"
#include "crypto/keyring.h"
#include "features/key/key_store.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

enum { AGAIN_MS = 100 };

/* The keys in memory. A key is never freed while the program runs: some thread may be verifying with it, and there are only
 * as many as rotations. */
struct kept {
	const struct sign_key *key;
	bool live;
	struct kept *next;
};
static struct {
	pthread_rwlock_t lock;
	const struct sign_key *signer;
	struct kept *first;
	pthread_mutex_t reading; /* one thread at a time, or an older set could replace a newer one */
	_Atomic bool stale;
	_Atomic int64_t failed_at,
		missed_at; /* readings, by time_monotonic(): that failed; for a key that was not there */
} keys = { .lock = PTHREAD_RWLOCK_INITIALIZER, .reading = PTHREAD_MUTEX_INITIALIZER };

const struct sign_key *key_signer(void)
{
	pthread_rwlock_rdlock(&keys.lock);
	const struct sign_key *k = keys.signer;
	pthread_rwlock_unlock(&keys.lock);
	return k;
}

static struct kept *known(const char *kid)
{
	struct kept *k = keys.first;
	while (k && strcmp(sign_key_id(k->key), kid) != 0)
		k = k->next;
	return k;
}

static const struct sign_key *live_key(const char *kid)
{
	pthread_rwlock_rdlock(&keys.lock);
	const struct kept *k = known(kid);
	const struct sign_key *key = k && k->live ? k->key : NULL;
	pthread_rwlock_unlock(&keys.lock);
	return key;
}

void key_changed(void)
{
	atomic_store(&keys.stale, true);
}

err_t key_check_master(struct cx *cx)
{
	static const char text[] = "roster";
	uint8_t mac[SHA256_SIZE];
	crypto_hmac(keyring_key(KEY_CHECK), text, strlen(text), mac);
	const char *known, *mine = hex_encode(cx->mem, mac, sizeof mac);
	TRY(key_store_master(cx, mine, &known));
	return crypto_same_text(known, mine) ? ERR_OK : FAIL(cx, ERR_CONFLICT, "sealed with another master key");
}

/* --- loading ------------------------------------------------------------------------------------------------------ */

static struct sign_key *open_key(struct cx *cx, const struct key_row *row)
{
	enum sign_alg alg;
	size_t n;
	uint8_t *bytes = crypto_open(cx->mem, keyring_key(KEY_SIGNING), row->kid, row->sealed, &n);
	return bytes && sign_alg_parse(row->alg, &alg) ? sign_key_import(alg, bytes, n) : NULL;
}

static const struct sign_key *keep(struct cx *cx, const struct key_row *row)
{
	struct kept *k = known(row->kid);
	if (!k) {
		const struct sign_key *key = open_key(cx, row);
		if (!key)
			return NULL;
		k = malloc(sizeof *k);
		if (!k)
			abort();
		*k = (struct kept){ .key = key, .next = keys.first };
		keys.first = k;
	}
	k->live = true;
	return k->key;
}

static void take_in(struct cx *cx, const struct list *rows)
{
	const struct key_row *row = rows->items;
	pthread_rwlock_wrlock(&keys.lock);
	for (struct kept *k = keys.first; k; k = k->next)
		k->live = false;
	keys.signer = NULL;
	for (size_t i = 0; i < rows->n; i++) {
		const struct sign_key *k = keep(cx, &row[i]);
		if (!keys.signer && !row[i].retired_at)
			keys.signer = k;
	}
	pthread_rwlock_unlock(&keys.lock);
}

static struct sign_key *make(struct cx *cx)
{
	const struct key_conf *conf = CONF_OF(cx, key);
	enum sign_alg alg;
	if (!sign_alg_parse(conf->algorithm, &alg))
		return NULL;
	return alg == SIGN_HS256 && conf->secret && *conf->secret ? sign_key_shared(conf->secret, strlen(conf->secret))
	                                                          : sign_key_new(alg);
}

static err_t add(struct cx *cx, struct key_row *row)
{
	struct sign_key *k = make(cx);
	if (!k)
		return FAIL(cx, ERR_INTERNAL,
			"key.algorithm and key.secret do not make a key (a secret has at least 32 bytes)");
	size_t n;
	uint8_t *bytes = sign_key_export(cx->mem, k, &n);
	*row = (struct key_row){ .kid = arena_strdup(cx->mem, sign_key_id(k)),
		.alg = sign_alg_name(sign_key_alg(k)),
		.created_at = cx->now,
		.signs_from = cx->now };
	row->sealed = crypto_seal(cx->mem, keyring_key(KEY_SIGNING), row->kid, bytes, n);
	sign_key_free(k);
	return ERR_OK;
}

/* True when the settings ask for another key than the one that signs: another algorithm, or another shared secret. */
static bool settings_changed(struct cx *cx, const struct list *rows)
{
	const struct key_conf *conf = CONF_OF(cx, key);
	const struct key_row *row = rows->items;
	if (!rows->n || row->retired_at || strcmp(row->alg, conf->algorithm) != 0)
		return true;
	if (strcmp(row->alg, "HS256") != 0 || !conf->secret || !*conf->secret)
		return false;
	struct sign_key *k = make(cx);
	bool other = k && strcmp(sign_key_id(k), row->kid) != 0;
	sign_key_free(k);
	return other;
}

err_t key_load(struct cx *cx)
{
	struct list rows;
	TRY(key_store_list(cx, &rows));
	if (settings_changed(cx, &rows)) {
		struct key_row row;
		TRY(add(cx, &row));
		TRY(key_store_add(cx, &row));
		TRY(key_store_retire(cx, row.kid, cx->now + CONF_OF(cx, key)->overlap));
		TRY(key_store_list(cx, &rows));
	}
	take_in(cx, &rows);
	return key_signer() ? ERR_OK : FAIL(cx, ERR_INTERNAL, "the signing key cannot be opened with this master key");
}

/* --- reading again ------------------------------------------------------------------------------------------------ */

static bool lately(_Atomic int64_t *at)
{
	return time_monotonic() - atomic_load(at) < AGAIN_MS;
}

static err_t read_set(struct cx *cx)
{
	struct list rows;
	/* Told before it is done: what changes meanwhile is read once more. So is what a transaction saw: it may be old. */
	atomic_store(&keys.stale, cx->in_tx);
	err_t e = key_store_list(cx, &rows);
	if (e) {
		atomic_store(&keys.stale, true);
		atomic_store(&keys.failed_at, time_monotonic());
		return e;
	}
	take_in(cx, &rows);
	return ERR_OK;
}

err_t key_refresh(struct cx *cx)
{
	err_t e = ERR_OK;
	if (!atomic_load_explicit(&keys.stale, memory_order_relaxed))
		return ERR_OK;
	if (cx->on_loop)
		return ERR_NOT_HERE;
	if (!cx->db || cx->in_tx)
		return ERR_OK; /* without a database the keys that are known go on: a rotation leaves them good for a while */
	pthread_mutex_lock(&keys.reading);
	if (atomic_load(&keys.stale) && !lately(&keys.failed_at))
		e = read_set(cx);
	pthread_mutex_unlock(&keys.reading);
	if (e)
		cx_forgive(cx);
	return ERR_OK;
}

/* Strangers can name keys that never were: the database is asked for one of them now and then, not for each. */
static err_t look_for(struct cx *cx, const char *kid, const struct sign_key **out)
{
	*out = live_key(kid);
	if (*out || lately(&keys.missed_at))
		return ERR_OK;
	TRY(read_set(cx));
	*out = live_key(kid);
	if (!*out)
		atomic_store(&keys.missed_at, time_monotonic());
	return ERR_OK;
}

err_t key_verifier(struct cx *cx, const char *kid, const struct sign_key **out)
{
	TRY(key_refresh(cx));
	*out = live_key(kid);
	if (*out || lately(&keys.missed_at))
		return ERR_OK;
	if (lately(&keys.failed_at))
		return FAIL(cx, ERR_UNAVAILABLE, "the key may be a new one, and the keys could not be read");
	if (cx->on_loop)
		return ERR_NOT_HERE;
	if (!cx->db)
		return ERR_OK;
	pthread_mutex_lock(&keys.reading);
	err_t e = look_for(cx, kid, out);
	pthread_mutex_unlock(&keys.reading);
	return e;
}

/* --- operations --------------------------------------------------------------------------------------------------- */

err_t key_jwks(struct cx *cx, const struct none *in, struct jwks *out)
{
	(void)in;
	TRY(key_refresh(cx));
	struct buf b = { .mem = cx->mem };
	buf_char(&b, '[');
	pthread_rwlock_rdlock(&keys.lock);
	for (const struct kept *k = keys.first; k; k = k->next) {
		const char *jwk = k->live ? sign_key_jwk(cx->mem, k->key) : NULL;
		if (jwk)
			buf_printf(&b, "%s%s", b.n > 1 ? "," : "", jwk);
	}
	pthread_rwlock_unlock(&keys.lock);
	buf_char(&b, ']');
	out->keys.text = buf_cstr(&b);
	return ERR_OK;
}

err_t key_rotate(struct cx *cx, const struct none *in, struct key_info *out)
{
	(void)in;
	struct key_row row;
	TRY(add(cx, &row));
	TRY(key_store_add(cx, &row));
	TRY(key_store_retire(cx, row.kid, cx->now + CONF_OF(cx, key)->overlap));
	*out = (struct key_info){ .kid = row.kid, .alg = row.alg, .created_at = row.created_at, .signs = true };
	cx->audit.subject_type = "key";
	cx->audit.subject_id = row.kid;
	return emit(cx, &key_rotated, row.kid, out);
}

err_t key_list(struct cx *cx, const struct none *in, struct key_list *out)
{
	(void)in;
	struct list rows;
	TRY(key_store_list(cx, &rows));
	const struct key_row *row = rows.items;
	const struct sign_key *signer = key_signer();
	struct key_info *info = arena_array_of(cx->mem, struct key_info, rows.n + 1);
	for (size_t i = 0; i < rows.n; i++)
		info[i] = (struct key_info){ row[i].kid, row[i].alg, row[i].created_at, row[i].retired_at,
			signer && !row[i].retired_at && strcmp(row[i].kid, sign_key_id(signer)) == 0 };
	out->items = (struct list){ info, rows.n };
	out->page = page_fill(cx, &(struct page_want){ .limit = PAGE_LIMIT_MAX }, &out->items, -1);
	return ERR_OK;
}

err_t key_age(struct cx *cx)
{
	struct list rows;
	TRY(key_store_remove_past(cx, cx->now));
	TRY(key_store_list(cx, &rows));
	const struct key_row *row = rows.items;
	int64_t every = CONF_OF(cx, key)->rotate_every;
	if (rows.n && every && row->signs_from + every <= cx->now) {
		struct key_info made;
		TRY(key_rotate(cx, NULL, &made));
	}
	return ERR_OK;
}
