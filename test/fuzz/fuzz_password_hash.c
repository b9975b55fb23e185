/* Password hashes from an import: no text may crash, hang or take more memory than the limits allow. */
#include "base/arena.h"
#include "crypto/crypto.h"
#include "crypto/password.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	(void)argc;
	(void)argv;
	crypto_init();
	return 0;
}

/* Costs within the limits may take seconds, which is right but leaves no time to fuzz: those texts are only looked at. */
static bool is_quick(const char *hash)
{
	const char *bcrypt = strstr(hash, "$2"), *yescrypt = strstr(hash, "y$j");
	size_t digits = 0;
	for (const char *p = hash; *p; p++) {
		digits = isdigit((unsigned char)*p) ? digits + 1 : 0;
		if (digits > 4)
			return false;
	}
	if (strstr(hash, "{PKCS5S2}") || strstr(hash, "$7$") || strstr(hash, "ln=1") || strstr(hash, ",r=1"))
		return false;
	if (bcrypt && strlen(bcrypt) > 5 && strncmp(bcrypt + 4, "04", 2) != 0)
		return false;
	return !yescrypt || yescrypt[3] <= '7';
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	static const struct secret password = { "correct horse battery staple", 28 };
	static const struct password_cost cost = { .memory_kib = 64, .passes = 1 };
	struct arena *a = arena_new(0);
	const char *hash = arena_memdup0(a, data, n);
	bool known = password_known(hash);
	if (!known && password_verify(hash, &password))
		abort();
	if (known && is_quick(hash))
		(void)password_verify(hash, &password);
	if (!known && !password_outdated(hash, cost))
		abort();
	arena_free(a);
	return 0;
}
