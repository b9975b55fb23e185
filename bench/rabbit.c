/* What RabbitMQ takes and gives with nothing around it, by librabbitmq alone: persistent messages, confirmed in batches; or
 * messages that are only acknowledged.
 *
 *	rabbit publish PORT EXCHANGE KEY BYTES COUNT BATCH   as fast as batches are confirmed
 *	rabbit fill    PORT EXCHANGE KEY FILE COUNT          a message a line of the file, from its beginning again at its end
 *	rabbit consume PORT QUEUE COUNT PREFETCH             takes COUNT messages, acknowledges every batch of PREFETCH */
#include "threads.h"

#include <amqp.h>
#include <amqp_framing.h>
#include <amqp_tcp_socket.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { CHANNEL = 1, PERSISTENT = 2, FRAME_MAX = 131072, LINES = 10000 };

static amqp_connection_state_t broker;

static void must(bool good, const char *what)
{
	if (!good)
		stop(what);
}

static void answered(const char *what)
{
	must(amqp_get_rpc_reply(broker).reply_type == AMQP_RESPONSE_NORMAL, what);
}

static void open_broker(int port)
{
	broker = amqp_new_connection();
	amqp_socket_t *s = amqp_tcp_socket_new(broker);
	must(amqp_socket_open(s, "127.0.0.1", port) == AMQP_STATUS_OK, "the broker does not listen");
	must(amqp_login(broker, "/", 0, FRAME_MAX, 0, AMQP_SASL_METHOD_PLAIN, "guest", "guest").reply_type ==
			AMQP_RESPONSE_NORMAL,
		"log-in");
	amqp_channel_open(broker, CHANNEL);
	answered("channel");
}

static double seconds(void)
{
	struct timespec t;
	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static void tell(long count, double began)
{
	double took = seconds() - began;
	printf("{\"count\":%ld,\"seconds\":%.3f,\"rate\":%.1f}\n", count, took, (double)count / took);
}

/* --- publishing --------------------------------------------------------------------------------------------------- */

static void send_one(const char *exchange, const char *key, const char *body, size_t n)
{
	amqp_basic_properties_t p = { ._flags = AMQP_BASIC_DELIVERY_MODE_FLAG | AMQP_BASIC_CONTENT_TYPE_FLAG,
		.delivery_mode = PERSISTENT,
		.content_type = amqp_cstring_bytes("application/json") };
	must(amqp_basic_publish(broker, CHANNEL, amqp_cstring_bytes(exchange), amqp_cstring_bytes(key), 0, 0, &p,
		     (amqp_bytes_t){ n, (void *)(uintptr_t)body }) == AMQP_STATUS_OK,
		"publish");
}

static void wait_for(uint64_t tag)
{
	uint64_t got = 0;
	while (got < tag) {
		amqp_frame_t f;
		amqp_maybe_release_buffers(broker);
		must(amqp_simple_wait_frame(broker, &f) == AMQP_STATUS_OK, "confirmation");
		must(f.frame_type == AMQP_FRAME_METHOD && f.payload.method.id == AMQP_BASIC_ACK_METHOD,
			"not confirmed");
		const amqp_basic_ack_t *ack = f.payload.method.decoded;
		got = ack->delivery_tag > got ? ack->delivery_tag : got;
	}
}

static void publish(
	const char *exchange, const char *key, const char *const *bodies, size_t kinds, long count, long batch)
{
	amqp_confirm_select(broker, CHANNEL);
	answered("confirm.select");
	double began = seconds();
	for (long i = 0; i < count; i++) {
		const char *body = bodies[(size_t)i % kinds];
		send_one(exchange, key, body, strlen(body));
		if ((i + 1) % batch == 0 || i + 1 == count)
			wait_for((uint64_t)i + 1);
	}
	tell(count, began);
}

static const char *letters(size_t n)
{
	char *s = malloc(n + 1);
	must(s, "memory");
	memset(s, 'x', n);
	s[n] = 0;
	return s;
}

static size_t lines_of(const char *file, const char **out)
{
	FILE *f = fopen(file, "re");
	char line[65536];
	size_t n = 0;
	must(f, file);
	while (n < LINES && fgets(line, sizeof line, f)) {
		line[strcspn(line, "\n")] = 0;
		out[n] = strdup(line);
		must(out[n++], "memory");
	}
	fclose(f);
	must(n, "an empty file");
	return n;
}

/* --- taking ------------------------------------------------------------------------------------------------------- */

static void consume(const char *queue, long count, int prefetch)
{
	amqp_envelope_t e;
	amqp_basic_qos(broker, CHANNEL, 0, (uint16_t)prefetch, 0);
	answered("qos");
	amqp_basic_consume(broker, CHANNEL, amqp_cstring_bytes(queue), amqp_empty_bytes, 0, 0, 0, amqp_empty_table);
	answered("consume");
	double began = seconds();
	for (long i = 0; i < count; i++) {
		amqp_maybe_release_buffers(broker);
		must(amqp_consume_message(broker, &e, NULL, 0).reply_type == AMQP_RESPONSE_NORMAL, "message");
		/* When no more are on their way, as the server does it. */
		if ((i + 1) % prefetch == 0 || i + 1 == count)
			must(amqp_basic_ack(broker, CHANNEL, e.delivery_tag, 1) == AMQP_STATUS_OK, "ack");
		amqp_destroy_envelope(&e);
	}
	tell(count, began);
}

int main(int argc, char **argv)
{
	static const char *bodies[LINES];
	must(argc >= 6, "usage: see the top of bench/rabbit.c");
	open_broker((int)strtol(argv[2], NULL, 10));
	if (strcmp(argv[1], "publish") == 0 && argc == 8) {
		bodies[0] = letters(strtoul(argv[5], NULL, 10));
		publish(argv[3], argv[4], bodies, 1, strtol(argv[6], NULL, 10), strtol(argv[7], NULL, 10));
	} else if (strcmp(argv[1], "fill") == 0 && argc == 7) {
		size_t n = lines_of(argv[5], bodies);
		publish(argv[3], argv[4], bodies, n, strtol(argv[6], NULL, 10), 500);
	} else if (strcmp(argv[1], "consume") == 0 && argc == 6) {
		consume(argv[3], strtol(argv[4], NULL, 10), (int)strtol(argv[5], NULL, 10));
	} else {
		stop("usage: see the top of bench/rabbit.c");
	}
	amqp_connection_close(broker, AMQP_REPLY_SUCCESS);
	return 0;
}
