/* Pictures that strangers send: what they are, and what is made of them. This is the only code that calls the picture
 * libraries. Those have had holes, so a server never decodes by itself: image_in_process() has it done by another process
 * that may do nothing but that. */
#ifndef IMAGE_IMAGE_H
#define IMAGE_IMAGE_H

#include "base/arena.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum image_format { IMAGE_NONE, IMAGE_JPEG, IMAGE_PNG, IMAGE_WEBP, IMAGE_GIF };

enum image_error {
	IMAGE_OK,
	IMAGE_UNKNOWN, /* none of the formats, by its first bytes */
	IMAGE_TOO_LARGE, /* more pixels than are taken */
	IMAGE_BROKEN, /* cut off, or not what it says */
	IMAGE_SLOW, /* took longer than it may */
	IMAGE_CRASHED, /* the process that read it ended: a hole, or more memory than it may have */
	IMAGE_BUSY, /* as many are being read as may be at once */
	IMAGE_UNSAFE, /* the process could not be started, or not be limited */
};

struct image_limits {
	uint32_t side;
	uint64_t pixels;
};

enum { IMAGE_SIZES = 3 };

/* What is made of a picture: the middle of it in these proportions, in three widths, the largest first. */
struct image_want {
	const char *name;
	uint32_t ratio_w, ratio_h;
	uint32_t widths[IMAGE_SIZES];
	struct image_limits limits;
};
extern const struct image_want image_avatar, image_cover;

struct image_file {
	enum image_format format; /* IMAGE_JPEG, or IMAGE_PNG where something shows through */
	uint32_t width, height;
	const uint8_t *bytes;
	size_t n;
};

/* What the first bytes of a file say; width and height are those of the file, not yet turned. */
struct image_head {
	enum image_format format;
	uint32_t width, height;
};
/* IMAGE_UNKNOWN, or IMAGE_BROKEN when it begins as a picture and then has no size. Reads no pixel. */
enum image_error image_sniff(const uint8_t *p, size_t n, struct image_head *out);
bool image_fits(const struct image_limits *limits, uint32_t w, uint32_t h);

/* How a picture must be turned (1 to 8: EXIF 2.32, tag 0x0112), out of an EXIF block, which begins with its TIFF header.
 * 1, as it is, when that cannot be read. */
unsigned image_orientation(const uint8_t *exif, size_t n);

/* Decodes, turns, crops, scales and encodes, in this process: for the process that does this alone, and for tests. */
enum image_error image_make(struct arena *a, const uint8_t *p, size_t n, const struct image_want *want,
	struct image_file out[static IMAGE_SIZES]);

/* --- the process ---------------------------------------------------------------------------------------------------- */

#define IMAGE_COMMAND "photo-worker"

/* The same in a process of its own: /proc/self/exe IMAGE_COMMAND. It is killed after timeout_ms. At most at_once of them
 * run; one more is IMAGE_BUSY. */
enum image_error image_in_process(struct arena *a, const uint8_t *p, size_t n, const struct image_want *want,
	int64_t timeout_ms, int at_once, struct image_file out[static IMAGE_SIZES]);
/* What main() does when it is that process: gives up every right, reads the file from standard input, writes the answer to
 * standard output. `name` is that of an image_want. Returns the exit status. */
int image_worker(const char *name);

#endif
