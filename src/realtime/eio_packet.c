#include "realtime/eio_packet.h"
#include "base/str.h"

enum { SEPARATOR = 0x1e };

bool eio_packet_read(const char *p, size_t n, struct eio_packet *out)
{
	if (!n || *p < EIO_OPEN || *p > EIO_NOOP)
		return false;
	*out = (struct eio_packet){ .type = (enum eio_type) * p, .p = p + 1, .n = n - 1 };
	return true;
}

static bool read_binary(struct arena *a, const char *p, size_t n, struct eio_packet *out)
{
	size_t got;
	const unsigned char *bytes = base64_decode(a, p, n, false, &got);
	*out = (struct eio_packet){ .type = EIO_MESSAGE, .binary = true, .p = (const char *)bytes, .n = got };
	return bytes;
}

bool eio_payload_read(struct arena *a, const char **p, size_t *n, struct eio_packet *out)
{
	const char *end = *n ? memchr(*p, SEPARATOR, *n) : NULL;
	size_t length = end ? (size_t)(end - *p) : *n;
	const char *one = length ? arena_memdup0(a, *p, length) : "";
	*n -= end ? length + 1 : length;
	*p = end ? end + 1 : NULL;
	return length && *one == 'b' ? read_binary(a, one + 1, length - 1, out) : eio_packet_read(one, length, out);
}

void eio_payload_add(struct buf *b, const struct eio_packet *packet)
{
	if (b->n)
		buf_char(b, SEPARATOR);
	if (!packet->binary) {
		buf_char(b, (char)packet->type);
		buf_add(b, packet->p, packet->n);
		return;
	}
	struct arena *a = arena_new(0);
	buf_char(b, 'b');
	buf_str(b, base64_encode(a, packet->p, packet->n, false));
	arena_free(a);
}
