/* clang-format off */
#include "base/str.h"
#include "bus/rabbit.h"

static const char *check_url(const char *s)
{
	bool good = !*s || str_starts(s, "amqp://") || str_starts(s, "amqps://");
	return good ? NULL : "must be amqp://user:password@host:port/vhost, or amqps://";
}

CONF_GROUP(rabbit, "rabbitmq",
	CONF(rabbit, url, CONF_SECRET, "",
		"Broker that gets all events and brings requests, amqp://user:password@host:5672/vhost, amqps:// for TLS; empty: none",
		.env = "RABBITMQ_URL", .check = check_url, .max = 1024),
	CONF(rabbit, host, CONF_PLAIN, "", "The same in parts, when there is no URL", .env = "RABBITMQ_HOST", .max = 255),
	CONF(rabbit, port, CONF_PLAIN, "0", "0: 5672, or 5671 for TLS", .env = "RABBITMQ_PORT", .min = 0, .max = 65535),
	CONF(rabbit, user, CONF_PLAIN, "guest", "Who logs in there", .env = "RABBITMQ_USER", .max = 255),
	CONF(rabbit, password, CONF_SECRET, "guest", "With this password", .env = "RABBITMQ_PASSWORD", .max = 255),
	CONF(rabbit, vhost, CONF_PLAIN, "/", "Virtual host", .env = "RABBITMQ_VHOST", .max = 255),
	CONF(rabbit, tls, CONF_PLAIN, "false", "By TLS, with the host's name checked", .env = "RABBITMQ_USE_SSL"),
	CONF(rabbit, ca_file, CONF_PLAIN, "", "Certificates (PEM) that vouch for it; empty: the system's"),
	CONF(rabbit, timeout, CONF_DURATION, "10s", "Longest wait for it", .min = 100, .max = 600000));

const struct rabbit_conf *rabbit_settings(void)
{
	return conf_get(conf_current(), &rabbit_conf_group);
}

bool rabbit_is_set(void)
{
	return *rabbit_settings()->url || *rabbit_settings()->host;
}
