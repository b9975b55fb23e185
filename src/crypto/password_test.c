#include "crypto/password.h"

#include "base/test.h"
#include "base/time.h"
#include "crypto/crypto.h"
#include "crypto/password_vectors_test.h"

#include <string.h>

enum { VECTORS = sizeof vectors / sizeof *vectors };

static const struct password_cost cheap = { .memory_kib = 64, .passes = 1 };

static struct secret secret(const char *s)
{
	return (struct secret){ s, strlen(s) };
}

static bool verify(const char *hash, const char *password)
{
	struct secret s = secret(password);
	return password_verify(hash, &s);
}

TEST(password, own_hash_verifies_and_a_wrong_password_does_not)
{
	crypto_init();
	char hash[PASSWORD_HASH_MAX];
	struct secret s = secret("Grüße, 世界");
	CHECK_OK(password_hash(&s, (struct password_cost){ .memory_kib = 19456, .passes = 2 }, hash));
	CHECK(strncmp(hash, "$argon2id$v=19$m=19456,t=2,p=1$", 31) == 0);
	CHECK(password_known(hash));
	CHECK(verify(hash, "Grüße, 世界"));
	CHECK(!verify(hash, "Grüße, 世"));
	CHECK(!verify(hash, ""));
}

TEST(password, two_hashes_of_one_password_differ)
{
	crypto_init();
	char one[PASSWORD_HASH_MAX], two[PASSWORD_HASH_MAX];
	struct secret s = secret("same");
	CHECK_OK(password_hash(&s, cheap, one));
	CHECK_OK(password_hash(&s, cheap, two));
	CHECK(strcmp(one, two) != 0);
}

TEST(password, every_byte_counts_however_long_and_also_behind_a_nul)
{
	crypto_init();
	static char text[100000];
	char hash[PASSWORD_HASH_MAX];
	memset(text, 'x', sizeof text);
	text[10] = 0;
	struct secret s = { text, sizeof text };
	CHECK_OK(password_hash(&s, cheap, hash));
	CHECK(password_verify(hash, &s));
	text[sizeof text - 1] = 'y';
	CHECK(!password_verify(hash, &s));
}

TEST(password, no_memory_is_an_error_not_a_crash)
{
	crypto_init();
	char hash[PASSWORD_HASH_MAX];
	struct secret s = secret("x");
	CHECK_ERR(password_hash(&s, (struct password_cost){ .memory_kib = INT64_C(1) << 40, .passes = 1 }, hash),
		ERR_UNAVAILABLE);
}

TEST(password, hashes_of_other_programs_verify)
{
	crypto_init();
	for (size_t i = 0; i < VECTORS; i++) {
		if (!password_known(vectors[i].hash))
			test_fail(__FILE__, __LINE__, "%s is not known: %s", vectors[i].made_by, vectors[i].hash);
		if (!verify(vectors[i].hash, vectors[i].password))
			test_fail(__FILE__, __LINE__, "%s does not verify: %s", vectors[i].made_by, vectors[i].hash);
	}
}

TEST(password, a_wrong_password_fits_no_hash_of_other_programs)
{
	crypto_init();
	for (size_t i = 0; i < VECTORS; i++) {
		if (i && strcmp(vectors[i].made_by, vectors[i - 1].made_by) == 0)
			continue; /* one of each maker */
		CHECK(!verify(vectors[i].hash, "correct horse battery stapler"));
	}
}

TEST(password, a_password_with_a_nul_fits_no_form_that_stops_there)
{
	crypto_init();
	static const char text[] = HORSE "\0more";
	struct secret s = { text, sizeof text - 1 };
	for (size_t i = 0; i < VECTORS; i++)
		if (strcmp(vectors[i].password, HORSE) == 0 && vectors[i].hash[0] == '$')
			CHECK(!password_verify(vectors[i].hash, &s));
}

TEST(password, bcrypt_reads_72_bytes_as_bcrypt_does)
{
	crypto_init();
	const char *hash = "$2b$05$CmvcPSih5cttQFedQd9h5u4kdx6Npm2FL4tVyhAU5hOOJr9Yp0j/S"; /* of 72 x */
	char longer[1025];
	memset(longer, 'x', sizeof longer - 1);
	longer[1024] = 0;
	CHECK(verify(hash, X72));
	CHECK(verify(hash, X72 "and more"));
	CHECK(verify(hash, longer));
	CHECK(!verify(hash, &X72[1]));
	struct secret nul = { longer, 1024 };
	longer[100] = 0;
	CHECK(!password_verify(hash, &nul));
}

TEST(password, only_our_own_form_and_cost_is_up_to_date)
{
	crypto_init();
	char hash[PASSWORD_HASH_MAX];
	struct secret s = secret("x");
	CHECK_OK(password_hash(&s, cheap, hash));
	CHECK(!password_outdated(hash, cheap));
	CHECK(password_outdated(hash, (struct password_cost){ .memory_kib = 128, .passes = 1 }));
	CHECK(password_outdated(hash, (struct password_cost){ .memory_kib = 64, .passes = 2 }));
	CHECK(password_outdated("", cheap));
	for (size_t i = 0; i < VECTORS; i++)
		CHECK(password_outdated(vectors[i].hash, cheap));
}

/* Each is one step over a limit, or malformed in one place. */
static const char *const refused[] = {
	"", "plain", "$", "$argon2id$", "$argon2id$v=19$m=262145,t=1,p=1$c29tZXNhbHQxNmJ5dGVz$c29tZXNhbHQxNmJ5dGVz",
	"$argon2id$v=19$m=4294967295,t=1,p=1$c29tZXNhbHQxNmJ5dGVz$c29tZXNhbHQxNmJ5dGVz",
	"$argon2id$v=19$m=64,t=11,p=1$c29tZXNhbHQxNmJ5dGVz$c29tZXNhbHQxNmJ5dGVz",
	"$argon2id$v=19$m=64,t=99999999999999999999,p=1$c29tZXNhbHQxNmJ5dGVz$c29tZXNhbHQxNmJ5dGVz",
	"$argon2id$v=19$m=1024,t=1,p=17$c29tZXNhbHQxNmJ5dGVz$c29tZXNhbHQxNmJ5dGVz",
	"$argon2id$v=19$m=15,t=1,p=2$c29tZXNhbHQxNmJ5dGVz$c29tZXNhbHQxNmJ5dGVz", /* under 8 KiB a lane */
	"$argon2id$v=19$m=64,t=0,p=1$c29tZXNhbHQxNmJ5dGVz$c29tZXNhbHQxNmJ5dGVz",
	"$argon2id$v=19$m=-1,t=1,p=1$c29tZXNhbHQxNmJ5dGVz$c29tZXNhbHQxNmJ5dGVz",
	"$argon2id$v=19$m=064,t=1,p=1$c29tZXNhbHQxNmJ5dGVz$c29tZXNhbHQxNmJ5dGVz",
	"$argon2id$v=18$m=64,t=1,p=1$c29tZXNhbHQxNmJ5dGVz$c29tZXNhbHQxNmJ5dGVz",
	"$argon2id$v=19$m=64,t=1,p=1$c2FsdA$c29tZXNhbHQxNmJ5dGVz", /* a salt of 4 bytes */
	"$argon2id$v=19$m=64,t=1,p=1$c29tZXNhbHQxNmJ5dGVz$aGFzaA", /* a digest of 4 bytes */
	"$argon2id$v=19$m=64,t=1,p=1$c29tZXNhbHQxNmJ5dGVz$c29tZXNhbHQxNmJ5dGVz$more",
	"$argon2id$v=19$m=64,t=1,p=1$c29tZXNhbHQxNmJ5dGU=$c29tZXNhbHQxNmJ5dGVz", /* padded */
	"$argon2id$v=19$m=64,t=1,p=1$c29tZXNhbHQxNmJ5dGVz$c29tZXNhbHQxNmJ5dGV.", /* passlib's alphabet */
	"$argon2d$v=19$m=8,t=1,p=1$QtG9RWokGEU$FeOK/W5ZXCLrQW3NIYEQug",
	"$2b$16$rurU3LCS9p5wg4AQ/fc1y.PbRBnNuYZ6kkhqaLoBMg5yj0tZ8DrAe",
	"$2b$03$rurU3LCS9p5wg4AQ/fc1y.PbRBnNuYZ6kkhqaLoBMg5yj0tZ8DrAe",
	"$2b$5$rurU3LCS9p5wg4AQ/fc1y.PbRBnNuYZ6kkhqaLoBMg5yj0tZ8DrAe",
	"$2b$05$rurU3LCS9p5wg4AQ/fc1y.PbRBnNuYZ6kkhqaLoBMg5yj0tZ8DrA",
	"$2b$05$rurU3LCS9p5wg4AQ/fc1y.PbRBnNuYZ6kkhqaLoBMg5yj0tZ8DrA!",
	"$2x$05$rurU3LCS9p5wg4AQ/fc1y.PbRBnNuYZ6kkhqaLoBMg5yj0tZ8DrAe", /* the form of a bug */
	"bcrypt$", "bcrypt_sha256$$2b$31$rurU3LCS9p5wg4AQ/fc1y.PbRBnNuYZ6kkhqaLoBMg5yj0tZ8DrAe",
	"$bcrypt-sha256$v=2,t=2b,r=16$BdrZG.V3tzCrczbSTGgOW.$ROagaUtwsIXouASIKcFF4mdF8n/6eHi",
	"pbkdf2_sha256$2000001$salt$clyWySfrteWh32IGqTQh2fXftUdD1qEQdl7v2LkVFZE=",
	"pbkdf2_sha256$0$salt$clyWySfrteWh32IGqTQh2fXftUdD1qEQdl7v2LkVFZE=", "pbkdf2_sha256$1000$salt$",
	"pbkdf2_sha256$1000$salt$c29t", "pbkdf2_md5$1000$salt$clyWySfrteWh32IGqTQh2fXftUdD1qEQdl7v2LkVFZE=",
	/* 64 bytes of SHA-1 are four blocks: 4 * 600,000 rounds */
	"$pbkdf2$600000$c2FsdA$F0Gz2SrpNhk5pE5q3B7X0Co5Sy4W5cMbw8EVFDyg44JtdiGURu89BCkGRSwC5Y1dsGydkF7aI5F1nmb3NpJFKg",
	"$pbkdf2-sha512$i=1000,l=32$c2FsdA$F0Gz2SrpNhk5pE5q3B7X0Co5Sy4W5cMbw8EVFDyg44JtdiGURu89BCkGRSwC5Y1dsGydkF7aI5F1nmb3NpJFKg",
	"$scrypt$ln=19,r=8,p=1$FSLkPKf0fk9pLcWYUypFyA$deRrlHVoGPNv9iWjRUYa+F/9Ac4PVQGfrzKNSgcMNIA",
	"$scrypt$ln=18,r=8,p=5$FSLkPKf0fk9pLcWYUypFyA$deRrlHVoGPNv9iWjRUYa+F/9Ac4PVQGfrzKNSgcMNIA",
	"$scrypt$ln=63,r=8,p=1$FSLkPKf0fk9pLcWYUypFyA$deRrlHVoGPNv9iWjRUYa+F/9Ac4PVQGfrzKNSgcMNIA",
	"$scrypt$ln=4,r=1,p=17$FSLkPKf0fk9pLcWYUypFyA$deRrlHVoGPNv9iWjRUYa+F/9Ac4PVQGfrzKNSgcMNIA",
	"scrypt:32767:8:1$salt$6c6812b92ee92678b1e9904d0c01f38c2e99b8c55a6cf711",
	"$5$rounds=1000001$Q9ioQy6DWL106Njx$cKOmRfxb/exu2MLQ6MhfFtqU47Gge9F2/LHxvKTDHK5",
	"$5$rounds=999$Q9ioQy6DWL106Njx$cKOmRfxb/exu2MLQ6MhfFtqU47Gge9F2/LHxvKTDHK5", "$5$Q9ioQy6DWL106Njx",
	"$5$Q9ioQy6DWL106Njxx$cKOmRfxb/exu2MLQ6MhfFtqU47Gge9F2/LHxvKTDHK5",
	"$6$salt$cKOmRfxb/exu2MLQ6MhfFtqU47Gge9F2/LHxvKTDHK5",
	"$y$jFT$Y3pCIgw/gnYCYZKJxct020$Yzf24/qdk/0Wt9X/kSJZlr5uBqI52Mc4tpNCkKiAMP1", /* 1 GiB */
	"$y$jzT$Y3pCIgw/gnYCYZKJxct020$Yzf24/qdk/0Wt9X/kSJZlr5uBqI52Mc4tpNCkKiAMP1",
	"$y$j9T0/$Y3pCIgw/gnYCYZKJxct020$Yzf24/qdk/0Wt9X/kSJZlr5uBqI52Mc4tpNCkKiAMP1", /* asks for more time */
	"$7$GU..../....dtwbaTRKma44kTxrKW14J/$iR.BgyZPbdnvm7DF0InHwh4u2D7ULnyFNbbCKrdFyp2", /* 512 MiB */
	"$7$CUzzzz/....dtwbaTRKma44kTxrKW14J/$iR.BgyZPbdnvm7DF0InHwh4u2D7ULnyFNbbCKrdFyp2", "$7$CU....",
	"$sha1$1000001$5a5uvahs$3WR/DdUpddT2pQKu2Ig5gIof3.aJ", "$md5,rounds=1000001$ulGFwvMr$$Yb.p3MFVpiOnMrQz.P6mh/",
	"$1$$$", "*0", "9cc2ae8a1ba7a93da39b46fc1019c481", /* bare MD5 */
	"vpL5tUNgfKrus", /* DES */
	"$3$$1b9d5effd34ac283c8efe2eacaea8bbc", /* NT */
};

TEST(password, malformed_and_costly_hashes_are_refused_before_any_work)
{
	crypto_init();
	uint64_t start = time_nanos();
	for (size_t i = 0; i < sizeof refused / sizeof *refused; i++) {
		if (password_known(refused[i]))
			test_fail(__FILE__, __LINE__, "known: %s", refused[i]);
		CHECK(!verify(refused[i], "x"));
	}
	CHECK(time_nanos() - start < 100 * UINT64_C(1000000));
}

TEST(password, a_hash_text_without_end_is_refused)
{
	crypto_init();
	static char text[1 << 20];
	memset(text, 'A', sizeof text - 1);
	memcpy(text, "pbkdf2_sha256$1$", 16);
	CHECK(!password_known(text));
	CHECK(!password_known(NULL));
}

TEST(password, no_prefix_of_a_hash_is_known)
{
	crypto_init();
	for (size_t i = 0; i < VECTORS; i++) {
		if (i && strcmp(vectors[i].made_by, vectors[i - 1].made_by) == 0)
			continue;
		char cut[512];
		size_t n = strlen(vectors[i].hash);
		memcpy(cut, vectors[i].hash, n + 1);
		/* base64 and hex of a variable length can end earlier, but never within the parameters and the salt */
		for (size_t len = (size_t)(strrchr(cut, '$') ? strrchr(cut, '$') - cut : 0); len > 0; len--) {
			cut[len] = 0;
			CHECK(!password_known(cut));
		}
	}
}

TEST(password, score_rises_with_the_guesses_needed)
{
	CHECK_INT(password_score("", NULL), 0);
	CHECK_INT(password_score("password", NULL), 0);
	CHECK_INT(password_score("12345678", NULL), 0);
	CHECK_INT(password_score("qwertyuiop", NULL), 1);
	CHECK(password_score("kX3#vq9", NULL) >= 2);
	CHECK_INT(password_score(HORSE, NULL), 4);
	CHECK_INT(password_score("пароль-密码-🔑-и-ещё", NULL), 4);
}

TEST(password, words_of_the_account_and_their_parts_are_weak)
{
	const char *const own[] = { "Wilhelmina Oberndorfer", "oberndorfer.w@rosenquist.example", NULL };
	CHECK(password_score("oberndorfer", NULL) >= 3);
	CHECK(password_score("oberndorfer", own) < 1);
	CHECK(password_score("Oberndorfer1", own) < 1);
	CHECK(password_score("rosenquist", own) < 1);
	CHECK(password_score("wilhelmina oberndorfer", own) < 2);
}

TEST(password, score_looks_at_a_hundred_bytes_and_no_more)
{
	static char text[1 << 20];
	memset(text, 'a', sizeof text - 1);
	memcpy(text + 200, HORSE, strlen(HORSE));
	uint64_t start = time_nanos();
	CHECK_INT(password_score(text, NULL), 0);
	const char *const own[] = { text, text, text, NULL };
	CHECK_INT(password_score("short", own), password_score("short", NULL));
	CHECK(time_nanos() - start < 500 * UINT64_C(1000000));
}
