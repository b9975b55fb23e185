/* Private to src/image: what the process that decodes writes to its standard output, before the bytes of the files. Both
 * ends are the same program on the same machine; all the same its reader believes nothing. */
#ifndef IMAGE_ANSWER_H
#define IMAGE_ANSWER_H

#include "image/image.h"

struct answer_file {
	uint32_t format, width, height, n;
};
struct answer {
	char mark[4]; /* "RPH1" */
	uint32_t error; /* an enum image_error; without one the files follow */
	struct answer_file files[IMAGE_SIZES];
};
#define ANSWER_MARK "RPH1"

enum { ANSWER_MAX = 16 << 20, SOURCE_MAX = 64 << 20 };

#endif
