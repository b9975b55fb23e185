/* Engine.IO payloads and Socket.IO packets: whatever they hold, what is read lies inside of them, and what was read and written
 * again is read as the same. */
#include "realtime/eio_packet.h"
#include "realtime/sio_packet.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

static void payload(struct arena *a, const char *p, size_t n)
{
	struct eio_packet packet, again;
	const char *at = p;
	while (at && eio_payload_read(a, &at, &n, &packet)) {
		struct buf b = { .mem = a };
		eio_payload_add(&b, &packet);
		const char *written = buf_cstr(&b);
		size_t length = b.n;
		if (!eio_payload_read(a, &written, &length, &again) || again.type != packet.type ||
			again.binary != packet.binary || again.n != packet.n ||
			(packet.n && memcmp(again.p, packet.p, packet.n) != 0))
			abort();
	}
}

static void packet(struct arena *a, const char *p, size_t n)
{
	struct sio_packet one, again;
	if (!sio_packet_read(a, p, n, &one))
		return;
	if (strlen(one.nsp) > SIO_NAMESPACE_MAX || one.nsp[0] != '/' || one.attachments > SIO_ATTACHMENTS_MAX)
		abort();
	if (!one.name)
		return;
	struct buf b = { .mem = a };
	sio_packet_write(&b, &(struct sio_out){ SIO_EVENT, one.nsp, one.ack, one.attachments, one.name, one.args });
	if (!sio_packet_read(a, buf_cstr(&b), b.n, &again) || strcmp(again.name, one.name) != 0 ||
		strcmp(again.args, one.args) != 0 || again.ack != one.ack || strcmp(again.nsp, one.nsp) != 0)
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	struct arena *a = arena_new(0);
	const char *text = arena_memdup0(a, data, n);
	payload(a, text, n);
	packet(a, text, n);
	arena_free(a);
	return 0;
}
