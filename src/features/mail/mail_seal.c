#include "features/mail/mail_seal.h"
#include "base/json.h"
#include "crypto/keyring.h"

const char *mail_seal(struct arena *a, const char *id, const struct mail_body *body)
{
	struct buf json = { .mem = a };
	json_write(&json, &mail_body_type, body, JSON_ANSWER);
	return crypto_seal(a, keyring_key(KEY_MAIL), id, json.p, json.n);
}

err_t mail_unseal(struct cx *cx, const struct mail *m, struct mail_body *out)
{
	size_t n;
	const uint8_t *json = crypto_open(cx->mem, keyring_key(KEY_MAIL), m->id, m->sealed, &n);
	if (!json)
		return FAIL(cx, ERR_INTERNAL, "letter %s was not sealed with this master key", m->id);
	return json_read(cx, &mail_body_type, out, (const char *)json, n, false);
}
