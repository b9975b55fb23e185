/* What the first bytes of a file say, and the orientation in an EXIF block. */
#include "image/image.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	struct image_head head;
	enum image_error e = image_sniff(data, n, &head);
	if ((e == IMAGE_UNKNOWN) != (head.format == IMAGE_NONE))
		abort();
	unsigned o = image_orientation(data, n);
	if (o < 1 || o > 8)
		abort();
	return 0;
}
