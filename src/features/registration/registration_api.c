/* clang-format off */
#include "api/op.h"
#include "features/features.h"
#include "features/registration/registration.h"

TYPE(registration,
	FIELD(registration, id, 0, ""), FIELD(registration, email, 0, ""), FIELD(registration, username, 0, ""),
	FIELD(registration, name, 0, ""), FIELD(registration, first_name, 0, ""), FIELD(registration, last_name, 0, ""),
	FIELD(registration, display_name, 0, ""), FIELD(registration, push_token, HIDDEN, ""),
	FIELD_AS(registration, preferences.email, "email_notifications", 0, ""),
	FIELD_AS(registration, preferences.push, "push_notifications", 0, ""),
	FIELD(registration, password_hash, HIDDEN, ""), FIELD(registration, created_at, TIME, ""));

CONF_GROUP(registration, "registration",
	CONF(registration, verify_first, CONF_RELOAD, "false",
		"Who registers proves the address before there is an account; nothing says whether it was taken"),
	CONF(registration, verify_before_login, CONF_RELOAD, "false",
		"A new account is pending, and cannot be used, until its address is proved"),
	CONF(registration, letter, CONF_RELOAD, "true", "Whether who registers is sent a letter to prove the address"),
	CONF(registration, link_lifetime, CONF_DURATION | CONF_RELOAD, "24h",
		"How long the link of a letter that proves an address is good", .min = 60000, .max = INT64_C(2592000000)));

const struct feature registration_feature = {
	.name = "registration",
	.doc = "Accounts that wait for the proof of their address",
	.ops = (const struct op[]){ { 0 } },
	.jobs = (const struct feature_job[]){ { "registration_send", 500, registration_send, JOB_WRITE },
		{ "registration_clean", 3600000, registration_clean, JOB_WRITE }, { 0 } },
	.conf = &registration_conf_group,
	.erase = registration_erase,
};
