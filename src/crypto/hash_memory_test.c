#include "crypto/hash_memory.h"

#include "base/test.h"
#include "crypto/crypto.h"
#include "crypto/password.h"

#include <pthread.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

static const struct secret word = { "correct horse", 13 }, wrong = { "correct horsf", 13 };

/* The text of a hash that took so much memory. */
static const char *hashed(int64_t memory_kib, char out[static PASSWORD_HASH_MAX])
{
	crypto_init();
	CHECK_OK(password_hash(&word, (struct password_cost){ .memory_kib = memory_kib, .passes = 1 }, out));
	return out;
}

TEST(hash_memory, a_thread_that_does_not_keep_holds_nothing)
{
	char hash[PASSWORD_HASH_MAX];
	CHECK(password_verify(hashed(8192, hash), &word));
	CHECK_INT(hash_memory_held(), 0);
}

TEST(hash_memory, kept_from_hash_to_hash_and_grown_for_a_larger_one)
{
	char small[PASSWORD_HASH_MAX], large[PASSWORD_HASH_MAX];
	hash_memory_keep(true);
	hashed(4096, small);
	CHECK(hash_memory_held() >= 4 << 20 && hash_memory_held() < 5 << 20);
	hashed(8192, large);
	CHECK(hash_memory_held() >= 8 << 20 && hash_memory_held() < 9 << 20);
	for (int i = 0; i < 3; i++) { /* over what another hash left */
		CHECK(password_verify(small, &word) && !password_verify(small, &wrong));
		CHECK(password_verify(large, &word) && !password_verify(large, &wrong));
	}
	CHECK(hash_memory_held() >= 8 << 20 && hash_memory_held() < 9 << 20);
	hash_memory_keep(false);
	CHECK_INT(hash_memory_held(), 0);
	CHECK(password_verify(small, &word));
}

TEST(hash_memory, what_an_imported_hash_wants_beyond_the_usual_is_not_kept)
{
	char hash[PASSWORD_HASH_MAX];
	hash_memory_keep(true);
	CHECK(password_verify(hashed(65 * 1024, hash), &word));
	CHECK_INT(hash_memory_held(), 0);
	hash_memory_keep(false);
}

static void *hash_beside(void *arg)
{
	(void)arg;
	char hash[PASSWORD_HASH_MAX];
	hash_memory_keep(true);
	bool right = true;
	for (int i = 0; i < 5; i++)
		right = right && password_verify(hashed(2048, hash), &word) && !password_verify(hash, &wrong);
	hash_memory_keep(false);
	return right ? arg : NULL;
}

TEST(hash_memory, each_thread_has_its_own)
{
	pthread_t threads[4];
	int token;
	for (int i = 0; i < 4; i++)
		CHECK_INT(pthread_create(&threads[i], NULL, hash_beside, &token), 0);
	for (int i = 0; i < 4; i++) {
		void *right = NULL;
		CHECK_INT(pthread_join(threads[i], &right), 0);
		CHECK(right == &token);
	}
}

TEST(hash_memory, everybody_else_maps_as_ever)
{
	char hash[PASSWORD_HASH_MAX];
	hash_memory_keep(true);
	hashed(4096, hash);
	size_t n = 4 << 20;
	unsigned char *a = mmap(NULL, n, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	CHECK(a != MAP_FAILED);
	for (size_t i = 0; i < n; i += 512)
		CHECK(a[i] == 0); /* a new page, not what a hash left */
	memset(a, 7, n);
	CHECK(password_verify(hash, &word));
	CHECK(a[0] == 7 && a[n - 1] == 7);
	CHECK_INT(munmap(a, n), 0);
	CHECK(mmap(NULL, n, PROT_READ, MAP_PRIVATE, -1, 0) == MAP_FAILED);
	CHECK(munmap((void *)1, n) == -1);
	hash_memory_keep(false);
}
