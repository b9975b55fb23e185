/* What checking a password costs with nothing around it: libsodium's crypto_pwhash_str_verify of an Argon2id hash.
 *
 *	argon THREADS SECONDS [KIB] [PASSES] */
#include "threads.h"

#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char password[] = "plum-00c0ffee-violin";
static char hash[crypto_pwhash_STRBYTES];

static void *make(void)
{
	return hash;
}

static int once(void *own)
{
	return crypto_pwhash_str_verify(own, password, strlen(password)) == 0;
}

int main(int argc, char **argv)
{
	if (argc < 3) {
		fputs("usage: argon THREADS SECONDS [KIB] [PASSES]\n", stderr);
		return 2;
	}
	unsigned threads = (unsigned)strtoul(argv[1], NULL, 10);
	size_t kib = argc > 3 ? strtoul(argv[3], NULL, 10) : 19456;
	unsigned long long passes = argc > 4 ? strtoull(argv[4], NULL, 10) : 2;
	if (sodium_init() < 0 || crypto_pwhash_str_alg(hash, password, strlen(password), passes, kib * 1024,
					 crypto_pwhash_ALG_ARGON2ID13))
		stop("libsodium cannot hash");
	double rate = threads_rate(&(struct work){ make, once }, threads, strtod(argv[2], NULL));
	printf("{\"program\":\"argon\",\"threads\":%u,\"kib\":%zu,\"passes\":%llu,\"rate\":%.1f}\n", threads, kib,
		passes, rate);
	return 0;
}
