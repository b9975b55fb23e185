/* clang-format off */
#include "api/op.h"
#include "features/features.h"
#include "features/key/key.h"
#include "features/key/key_store.h"

#include <string.h>

TYPE(key_row,
	FIELD(key_row, kid, 0, ""),
	FIELD(key_row, alg, 0, ""),
	FIELD(key_row, sealed, HIDDEN, ""),
	FIELD(key_row, created_at, TIME, ""),
	FIELD(key_row, signs_from, TIME, ""),
	FIELD(key_row, retired_at, TIME, ""));
TYPE(key_info,
	FIELD(key_info, kid, REQUIRED, "Key id, as tokens name it"),
	FIELD(key_info, alg, REQUIRED, "Signature algorithm"),
	FIELD(key_info, created_at, TIME | REQUIRED, "When it was made"),
	FIELD(key_info, retired_at, TIME, "When it stops verifying; null while it signs"),
	FIELD(key_info, signs, REQUIRED, "Whether new tokens are signed with it"));
TYPE(key_list,
	FIELD_LIST(key_list, items, key_info, REQUIRED, "Keys, newest first"),
	FIELD_OBJECT(key_list, page, page, REQUIRED, "Place in the list"));
TYPE(jwks,
	FIELD(jwks, keys, REQUIRED, "JSON Web Keys (RFC 7517)"));

const struct event key_rotated = EVENT("key.rotated", "key", &key_info_type, "Tokens are signed with a new key");

OP_BIND(key_jwks, none, jwks);
OP_BIND(key_rotate, none, key_info);
OP_BIND(key_list, none, key_list);

static const char *const algorithms[] = { "ES256", "EdDSA", "RS256", "HS256", NULL };

static void check_secret(struct arena *a, const void *values, struct buf *problems)
{
	(void)a;
	const struct key_conf *conf = values;
	if (strcmp(conf->algorithm, "HS256") == 0 && conf->secret && *conf->secret && strlen(conf->secret) < 32)
		buf_str(problems, "key.secret: HS256 needs at least 32 bytes; empty makes one at random\n");
}

CONF_GROUP_CHECKED(key, "key", check_secret,
	CONF(key, algorithm, CONF_PLAIN, "ES256", "How access tokens are signed", .names = algorithms, .env = "JWT_ALGORITHM"),
	CONF(key, secret, CONF_SECRET, "", "Shared secret for HS256, 32 bytes or more; made at random when empty",
		.env = "JWT_SECRET_KEY|SECRET_KEY"),
	CONF(key, overlap, CONF_DURATION, "1d", "How long an old key goes on verifying after a rotation"),
	CONF(key, rotate_every, CONF_DURATION, "90d", "Age at which a signing key is replaced; 0 never"));

const struct feature key_feature = {
	.name = "key",
	.doc = "Signing keys, and their public halves as JWKS",
	.ops = (const struct op[]){
		{ OP(key_jwks), .root = "GET /.well-known/jwks.json", .flags = OP_ANYONE | OP_FAST | OP_BARE,
		  .doc = "Public keys that verify access tokens", .rate = RATE_NONE },
		{ OP(key_list), .rest = "GET /keys", .need = PERM_KEY_ADMIN, .doc = "List the signing keys" },
		{ OP(key_rotate), .rest = "POST /keys/rotate", .need = PERM_KEY_ADMIN, .flags = OP_WRITE, .rate = RATE_WRITE,
		  .doc = "Sign with a new key from now on" },
		{ 0 },
	},
	.events = (const struct event *const[]){ &key_rotated, NULL },
	.jobs = (const struct feature_job[]){ { "key_age", 3600000, key_age, JOB_WRITE }, { 0 } },
	.conf = &key_conf_group,
};
