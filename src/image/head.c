/* Reads what the first bytes of a file say, without any library: format, size, orientation. */
#include "image/image.h"

#include <string.h>

bool image_fits(const struct image_limits *limits, uint32_t w, uint32_t h)
{
	return w && h && w <= limits->side && h <= limits->side && (uint64_t)w * h <= limits->pixels;
}

static uint32_t big16(const uint8_t *p)
{
	return (uint32_t)p[0] << 8 | p[1];
}

static uint32_t big32(const uint8_t *p)
{
	return big16(p) << 16 | big16(p + 2);
}

static uint32_t little16(const uint8_t *p)
{
	return (uint32_t)p[1] << 8 | p[0];
}

static uint32_t little24(const uint8_t *p)
{
	return (uint32_t)p[2] << 16 | little16(p);
}

static uint32_t little32(const uint8_t *p)
{
	return little16(p + 2) << 16 | little16(p);
}

/* --- formats ------------------------------------------------------------------------------------------------------ */

/* The header's chunk is the first (PNG 1.2 section 4.1.1). */
static bool png_size(const uint8_t *p, size_t n, struct image_head *out)
{
	if (n < 24 || big32(p + 8) != 13 || memcmp(p + 12, "IHDR", 4) != 0)
		return false;
	out->width = big32(p + 16);
	out->height = big32(p + 20);
	return true;
}

/* SOF0 to SOF15, but for the three of that row that are something else (ITU T.81 table B.1). */
static bool is_frame(uint8_t marker)
{
	return marker >= 0xc0 && marker <= 0xcf && marker != 0xc4 && marker != 0xc8 && marker != 0xcc;
}

static bool jpeg_size(const uint8_t *p, size_t n, struct image_head *out)
{
	size_t i = 2;
	while (n - i >= 4 && p[i] == 0xff) {
		uint8_t marker = p[i + 1];
		if (marker == 0xff) { /* a fill byte */
			i++;
			continue;
		}
		size_t length = big16(p + i + 2);
		if (marker == 0xd9 || marker == 0xda || length < 2 || n - i - 2 < length)
			return false;
		if (is_frame(marker) && length >= 8) {
			out->height = big16(p + i + 5);
			out->width = big16(p + i + 7);
			return true;
		}
		i += 2 + length;
	}
	return false;
}

static bool gif_size(const uint8_t *p, size_t n, struct image_head *out)
{
	if (n < 13)
		return false;
	out->width = little16(p + 6);
	out->height = little16(p + 8);
	return true;
}

/* The three kinds of first chunk: lossy, lossless, extended (RFC 9649 section 2). */
static bool webp_size(const uint8_t *p, size_t n, struct image_head *out)
{
	if (n < 30)
		return false;
	const uint8_t *chunk = p + 12;
	if (memcmp(chunk, "VP8X", 4) == 0) {
		out->width = little24(chunk + 12) + 1;
		out->height = little24(chunk + 15) + 1;
	} else if (memcmp(chunk, "VP8L", 4) == 0 && chunk[8] == 0x2f) {
		uint32_t bits = little32(chunk + 9);
		out->width = (bits & 0x3fff) + 1;
		out->height = (bits >> 14 & 0x3fff) + 1;
	} else if (memcmp(chunk, "VP8 ", 4) == 0) {
		out->width = little16(chunk + 14) & 0x3fff;
		out->height = little16(chunk + 16) & 0x3fff;
	} else {
		return false;
	}
	return true;
}

static enum image_format format_of(const uint8_t *p, size_t n)
{
	if (n >= 3 && memcmp(p, "\xff\xd8\xff", 3) == 0)
		return IMAGE_JPEG;
	if (n >= 8 && memcmp(p, "\x89PNG\r\n\x1a\n", 8) == 0)
		return IMAGE_PNG;
	if (n >= 6 && (memcmp(p, "GIF87a", 6) == 0 || memcmp(p, "GIF89a", 6) == 0))
		return IMAGE_GIF;
	if (n >= 12 && memcmp(p, "RIFF", 4) == 0 && memcmp(p + 8, "WEBP", 4) == 0)
		return IMAGE_WEBP;
	return IMAGE_NONE;
}

enum image_error image_sniff(const uint8_t *p, size_t n, struct image_head *out)
{
	static bool (*const size[])(const uint8_t *, size_t, struct image_head *) = {
		[IMAGE_JPEG] = jpeg_size, [IMAGE_PNG] = png_size, [IMAGE_WEBP] = webp_size, [IMAGE_GIF] = gif_size
	};
	*out = (struct image_head){ .format = format_of(p, n) };
	if (out->format == IMAGE_NONE)
		return IMAGE_UNKNOWN;
	return size[out->format](p, n, out) ? IMAGE_OK : IMAGE_BROKEN;
}

/* --- orientation -------------------------------------------------------------------------------------------------- */

enum { TAG_ORIENTATION = 0x0112, TYPE_SHORT = 3, ENTRY = 12 };

unsigned image_orientation(const uint8_t *exif, size_t n)
{
	if (n < 8 || (memcmp(exif, "II*\0", 4) != 0 && memcmp(exif, "MM\0*", 4) != 0))
		return 1;
	bool big = exif[0] == 'M';
	uint32_t (*get16)(const uint8_t *) = big ? big16 : little16;
	uint32_t (*get32)(const uint8_t *) = big ? big32 : little32;
	size_t at = get32(exif + 4);
	if (at > n || n - at < 2)
		return 1;
	size_t entries = get16(exif + at);
	for (at += 2; entries && n - at >= ENTRY; entries--, at += ENTRY) {
		const uint8_t *e = exif + at;
		if (get16(e) != TAG_ORIENTATION || get16(e + 2) != TYPE_SHORT || get32(e + 4) != 1)
			continue;
		uint32_t o = get16(e + 8);
		return o >= 1 && o <= 8 ? o : 1;
	}
	return 1;
}
