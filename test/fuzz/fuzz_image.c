/* The whole way of a picture, as the process that decodes goes it, but with few pixels: what comes out is a picture. */
#include "image/image.h"

#include <stdlib.h>

static void try(const uint8_t *data, size_t n, struct image_want want)
{
	struct arena *a = arena_new(0);
	struct image_file out[IMAGE_SIZES];
	want.limits = (struct image_limits){ 400, 40000 };
	want.widths[0] = 32;
	want.widths[1] = 16;
	want.widths[2] = 8;
	bool good = image_make(a, data, n, &want, out) == IMAGE_OK;
	for (int i = 0; good && i < IMAGE_SIZES; i++) {
		struct image_head head;
		if (image_sniff(out[i].bytes, out[i].n, &head) || head.format != out[i].format ||
			head.width != out[i].width || head.height != out[i].height || head.width > 32)
			abort();
	}
	arena_free(a);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	try(data, n, image_avatar);
	try(data, n, image_cover);
	return 0;
}
