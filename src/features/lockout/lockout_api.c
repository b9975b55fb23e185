/* clang-format off */
#include "api/op.h"
#include "features/features.h"
#include "features/lockout/lockout.h"
#include "features/lockout/lockout_store.h"

TYPE(lockout_standing,
	FIELD(lockout_standing, count, 0, ""), FIELD(lockout_standing, last_at, 0, ""), FIELD(lockout_standing, total, 0, ""),
	FIELD(lockout_standing, since, 0, ""), FIELD(lockout_standing, known_at, 0, ""));
TYPE(lockout_challenge,
	FIELD(lockout_challenge, challenge, REQUIRED, "What the proof begins with"),
	FIELD(lockout_challenge, difficulty, REQUIRED, "How many zero bits SHA-256 of the proof must begin with"),
	FIELD(lockout_challenge, expires_at, TIME | REQUIRED, "Until when the challenge is good, once"));
TYPE(login_failure,
	FIELD(login_failure, user_id, REQUIRED, "Whose account; empty when there is none of that name"),
	FIELD(login_failure, address, REQUIRED, "From where: an IPv4 address, or the /64 of an IPv6 one"),
	FIELD(login_failure, user_agent, OMIT_NULL, "By which program"),
	FIELD(login_failure, count, REQUIRED, "How many failures there"),
	FIELD(login_failure, until, TIME | OMIT_NULL, "Until when it is locked"));
TYPE(login_attempt,
	FIELD(login_attempt, address, REQUIRED, "From where: an address block, a device or a session"),
	FIELD(login_attempt, count, REQUIRED, "How many wrong passwords"),
	FIELD(login_attempt, last_at, TIME | REQUIRED, "When the last one"));
TYPE(login_place,
	FIELD(login_place, address, REQUIRED, "From where: an IPv4 address, or the /64 of an IPv6 one"),
	FIELD(login_place, at, TIME | REQUIRED, "When last"));
TYPE(unlock_in,
	FIELD(unlock_in, id, UUID | REQUIRED | IN_PATH, "Identifier"));

const struct event login_failed = EVENT("login.failed", "user", &login_failure_type, "Somebody tried a wrong password",
	.harmless = true);
const struct event login_locked = EVENT("login.locked", "user", &login_failure_type,
	"Too many wrong passwords: the account is locked for whoever tried them");
const struct event login_unlocked = EVENT("login.unlocked", "user", &login_failure_type, "The failures of an account were forgotten");

OP_BIND(user_unlock, unlock_in, none);

CONF_GROUP(lockout, "lockout",
	CONF(lockout, slow, CONF_DURATION | CONF_RELOAD, "400ms",
		"A failed log-in is answered no sooner; each further one takes twice as long", .min = 0, .max = 60000),
	CONF(lockout, slowest, CONF_DURATION | CONF_RELOAD, "5s", "But no longer than this", .min = 0, .max = 60000),
	CONF(lockout, attempts, CONF_RELOAD, "5", "Failed log-ins at one account from one place, then it is locked for that place; 0: never",
		.min = 0, .max = 1000000),
	CONF(lockout, duration, CONF_DURATION | CONF_RELOAD, "15m", "For how long, and how long failures are remembered",
		.min = 1000, .max = 604800000),
	CONF(lockout, proof_after, CONF_RELOAD, "50",
		"Failed log-ins at one account in an hour from all places, then strangers must prove work; 0: never", .min = 0, .max = 1000000),
	CONF(lockout, proof_bits, CONF_RELOAD, "20", "How much: bits that a SHA-256 must begin with", .min = 1, .max = 40),
	CONF(lockout, known_for, CONF_DURATION | CONF_RELOAD, "90d", "How long a device or an address is known after a log-in",
		.min = 60000, .max = INT64_C(31536000000)));

const struct feature lockout_feature = {
	.name = "lockout",
	.doc = "Failed log-ins, and what they lead to",
	.ops = (const struct op[]){
		{ OP(user_unlock), .rest = "POST /users/{id}/unlock", .tag = "user", .need = PERM_USER_STATUS,
		  .flags = OP_WRITE | OP_SERVICE, .rate = RATE_WRITE, .doc = "Forget the failed log-ins of an account",
		  .message = "Account unlocked" },
		{ 0 },
	},
	.events = (const struct event *const[]){ &login_failed, &login_locked, &login_unlocked, NULL },
	.jobs = (const struct feature_job[]){ { "lockout_clean", 60000, lockout_clean, JOB_WRITE }, { 0 } },
	.conf = &lockout_conf_group,
	.erase = lockout_erase,
	.parts = (const struct personal_part[]){
		{ "login_failures.json", "From where wrong passwords were tried on your account lately", &login_attempt_type,
		  lockout_attempts_part },
		{ "login_places.json", "From where you logged in", &login_place_type, lockout_places_part }, { 0 } },
	.metrics = (const struct metric[]){
		{ "roster_login_failures_total", "Wrong passwords", true, lockout_failures },
		{ "roster_login_locks_total", "Accounts locked for a place", true, lockout_locked },
		{ "roster_login_challenges_total", "Proofs of work that were asked for", true, lockout_proofs },
		{ 0 },
	},
};
