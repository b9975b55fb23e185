/* Proofs of work and the texts of devices, as clients send them: raw, and behind a MAC that is right, so that what is inside
 * is read too. */
#include "base/conf.h"
#include "base/cx.h"
#include "crypto/keyring.h"
#include "features/lockout/lockout_proof.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void start(void)
{
	static const struct conf_group *const groups[] = { &lockout_conf_group, NULL };
	static const uint8_t master[KEY_SIZE] = "a master key of thirty-two bytes";
	crypto_init();
	keyring_set(master);
	conf_register(groups);
	conf_publish(conf_new());
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static bool ready;
	if (!ready)
		start();
	ready = true;
	struct arena *a = arena_new(0);
	struct cx cx = { .mem = a, .now = 1000, .conf = conf_current() };
	const char *text = arena_memdup0(a, data, size);
	(void)proof_check(&cx, "ann", text);
	const char *own = keyring_sign_text(a, "proof ann", text);
	const char *nonce = proof_check(&cx, "ann", arena_printf(a, "%s:1", own));
	if (nonce && !strstr(text, nonce))
		abort();
	if (proof_check(&cx, "bob", arena_printf(a, "%s:1", own)))
		abort(); /* of another subject */
	arena_free(a);
	return 0;
}
