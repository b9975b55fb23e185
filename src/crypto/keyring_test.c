#include "crypto/keyring.h"
#include "base/str.h"
#include "base/test.h"
#include "crypto/audit_chain.h"

#include <string.h>

static const uint8_t master[KEY_SIZE] = "a master key of thirty-two bytes";

TEST(keyring, each_purpose_has_a_key_of_its_own)
{
	crypto_init();
	keyring_set(master);
	for (int i = 0; i < KEY_PURPOSES; i++) {
		CHECK(memcmp(keyring_key((enum key_purpose)i), master, KEY_SIZE) != 0);
		for (int k = 0; k < i; k++)
			CHECK(memcmp(keyring_key((enum key_purpose)i), keyring_key((enum key_purpose)k), KEY_SIZE) !=
				0);
	}
}

TEST(keyring, signed_texts_come_back_for_their_kind_alone)
{
	struct arena *a = arena_new(0);
	crypto_init();
	keyring_set(master);
	static const char *const texts[] = { "", "1", "b12:ann", "a\nb", "ünïcode" };
	for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
		const char *token = keyring_sign_text(a, "users", texts[i]);
		CHECK_TEXT(keyring_open_text(a, "users", token), texts[i]);
		CHECK_TEXT(keyring_open_text(a, "audit", token), NULL);
		CHECK_TEXT(keyring_open_text(a, "", token), NULL);
	}
	arena_free(a);
}

TEST(keyring, advisory_forged_cursor_is_not_opened)
{
	struct arena *a = arena_new(0);
	crypto_init();
	keyring_set(master);
	const char *token = keyring_sign_text(a, "users", "b12:ann");
	for (size_t n = 0; n < strlen(token); n++)
		CHECK_TEXT(keyring_open_text(a, "users", arena_memdup0(a, token, n)), NULL);
	for (size_t i = 0; i < strlen(token); i++) {
		char *other = arena_strdup(a, token);
		other[i] = other[i] == 'A' ? 'B' : 'A';
		CHECK_TEXT(keyring_open_text(a, "users", other), NULL);
	}
	char *endless = arena_alloc(a, 5000);
	memset(endless, 'A', 4999);
	CHECK_TEXT(keyring_open_text(a, "users", endless), NULL);
	/* A NUL in the bytes would hide what follows from whoever reads the text. */
	uint8_t bytes[24] = { 0 };
	CHECK_TEXT(keyring_open_text(a, "users", base64_encode(a, bytes, sizeof bytes, true)), NULL);
	arena_free(a);
}

TEST(audit_chain, the_hash_covers_every_column_and_the_row_before)
{
	struct arena *a = arena_new(0);
	const struct audit_row row = { 1, 2, 3, "user", "ann", "::1", "op", "user", "bob", "ok", "{}", "c", "", "s", "",
		NULL };
	const char *hash = audit_hash(a, "before", &row);
	CHECK_INT(strlen(hash), 64);
	CHECK_TEXT(audit_hash(a, "before", &row), hash);
	CHECK(strcmp(audit_hash(a, "other", &row), hash) != 0);
	for (const struct field *f = audit_row_type.fields; f->name; f++) {
		struct audit_row other = row;
		if (f->kind == KIND_INT)
			++*(int64_t *)field_at(f, &other);
		else
			*(const char **)field_at(f, &other) = "x";
		static const char *const beside[] = { "hash", "redacted", "before", NULL };
		bool own = names_index(beside, f->name, strlen(f->name)) >= 0;
		CHECK_INT(strcmp(audit_hash(a, "before", &other), hash) == 0, own);
	}
	arena_free(a);
}

TEST(audit_chain, borders_of_columns_cannot_be_moved)
{
	struct arena *a = arena_new(0);
	const struct audit_row one = { 1, 1, 1, "ab", "c", "", "", "", "", "", "", "", "", "", "", NULL };
	const struct audit_row two = { 1, 1, 1, "a", "bc", "", "", "", "", "", "", "", "", "", "", NULL };
	const struct audit_row three = { 1, 1, 1, "ab;1:c", "", "", "", "", "", "", "", "", "", "", "", NULL };
	CHECK(strcmp(audit_hash(a, "", &one), audit_hash(a, "", &two)) != 0);
	CHECK(strcmp(audit_hash(a, "", &one), audit_hash(a, "", &three)) != 0);
	arena_free(a);
}

static void set_key(void)
{
	keyring_set(master);
}

TEST(audit_chain, what_is_left_of_a_redacted_row_is_authenticated)
{
	struct arena *a = arena_new(0);
	set_key();
	struct audit_row row = { 1, 2, 3, "user", "ann", "::1", "op", "user", "bob", "ok", "{}", "c", "", "s", "",
		NULL };
	row.hash = audit_hash(a, "before", &row);
	CHECK(audit_row_holds(a, "before", &row) && !audit_row_holds(a, "other", &row));
	row.ip = row.changes = row.salt = "";
	CHECK(!audit_row_holds(a, "before", &row));
	row.redacted = audit_redaction(a, &row);
	CHECK(audit_row_holds(a, "before", &row));
	for (const struct field *f = audit_row_type.fields; f->name; f++) {
		static const char *const beside[] = { "salt", "before", NULL };
		struct audit_row other = row;
		if (names_index(beside, f->name, strlen(f->name)) >= 0)
			continue;
		if (f->kind == KIND_INT)
			++*(int64_t *)field_at(f, &other);
		else
			*(const char **)field_at(f, &other) = "x";
		CHECK(!audit_row_holds(a, "before", &other));
	}
	arena_free(a);
}

TEST(audit_chain, a_checkpoint_is_authenticated)
{
	struct arena *a = arena_new(0);
	set_key();
	struct audit_checkpoint c = { .seq = 7, .at = 8, .hash = "h" };
	CHECK(!audit_checkpoint_holds(a, &c));
	c.mac = audit_checkpoint_mac(a, &c);
	CHECK(audit_checkpoint_holds(a, &c));
	c.seq++;
	CHECK(!audit_checkpoint_holds(a, &c));
	CHECK(audit_checkpoint_holds(a, &(struct audit_checkpoint){ 0 })); /* nothing was removed */
	arena_free(a);
}
