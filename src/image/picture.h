/* Private to src/image: decoded pixels, and the steps between decoding and encoding. */
#ifndef IMAGE_PICTURE_H
#define IMAGE_PICTURE_H

#include "image/image.h"

struct picture {
	uint32_t w, h;
	uint8_t *p; /* RGBA, w * h * 4 bytes, from the top left */
	unsigned orientation; /* how it is to be turned yet: 1 to 8 */
};

struct box {
	uint32_t x, y, w, h;
};

/* The file, and what it is wanted for: a decoder may shrink while it decodes, as long as enough is left. */
struct source {
	struct arena *mem;
	const uint8_t *p;
	size_t n;
	const struct image_want *want;
};

/* Each decodes the first picture of the file; they check the size against the limits before they take memory. */
enum image_error decode_jpeg(const struct source *s, struct picture *out);
enum image_error decode_png(const struct source *s, struct picture *out);
enum image_error decode_webp(const struct source *s, struct picture *out);
enum image_error decode_gif(const struct source *s, struct picture *out);

/* False when the library fails. */
bool encode_jpeg(struct arena *a, const struct picture *pic, struct image_file *out);
bool encode_png(struct arena *a, const struct picture *pic, struct image_file *out);

/* The largest box of these proportions, in the middle; at least a pixel. */
struct box picture_crop(uint32_t w, uint32_t h, uint32_t ratio_w, uint32_t ratio_h);
/* By what whole number a picture of that size (not yet turned) can be divided so that `times` the largest wanted width is
 * left of its crop; at least 1. */
uint32_t picture_spare(const struct image_want *want, uint32_t w, uint32_t h, unsigned orientation, uint32_t times);
struct picture picture_new(struct arena *a, uint32_t w, uint32_t h);
/* The box of a picture in a new size, by a bicubic filter. Never enlarges: `w` and `h` are at most the box's. */
struct picture picture_scale(struct arena *a, const struct picture *from, struct box box, uint32_t w, uint32_t h);
struct picture picture_turn(struct arena *a, const struct picture *from);
bool picture_is_opaque(const struct picture *pic);

#endif
