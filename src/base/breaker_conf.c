/* clang-format off */
#include "base/breaker.h"

CONF_GROUP(breakers, "breaker",
	CONF(breakers, failures, CONF_PLAIN, "5",
		"After so many failures one after another another server (broker, SMTP, Redis, webhook) is left alone for a while",
		.min = 1, .max = 1000),
	CONF(breakers, open, CONF_DURATION, "60s", "How long, at first; each time longer, up to ten times that",
		.min = 100, .max = 3600000));
