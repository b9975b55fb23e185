/* What a photo of 12 megapixels costs: a JPEG of 4000 by 3000 pixels is made once, then given to `roster photo-worker` as the
 * server does, and the processor time of that process is read when it has ended.
 *
 *	photo ROSTER TIMES */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <jpeglib.h>

#include "threads.h"

enum { WIDTH = 4000, HEIGHT = 3000, TIMES_MAX = 100 };

/* As hard to decode as a photo: slopes, edges and some noise, about 3 bits a pixel. */
static void fill(unsigned char *line, unsigned y)
{
	static unsigned noise = 1;
	for (unsigned x = 0; x < WIDTH; x++) {
		noise = noise * 1664525U + 1013904223U;
		unsigned edge = (x / 37 + y / 53) % 2 * 40, grain = noise >> 28;
		line[x * 3] = (unsigned char)(x * 180 / WIDTH + edge + grain);
		line[x * 3 + 1] = (unsigned char)(y * 180 / HEIGHT + edge + grain);
		line[x * 3 + 2] = (unsigned char)((x + y) * 90 / HEIGHT + grain);
	}
}

static FILE *make_picture(unsigned long *size)
{
	static unsigned char line[WIDTH * 3];
	struct jpeg_compress_struct c;
	struct jpeg_error_mgr errors;
	FILE *f = tmpfile();
	if (!f)
		stop("cannot make a file");
	c.err = jpeg_std_error(&errors);
	jpeg_create_compress(&c);
	jpeg_stdio_dest(&c, f);
	c.image_width = WIDTH;
	c.image_height = HEIGHT;
	c.input_components = 3;
	c.in_color_space = JCS_RGB;
	jpeg_set_defaults(&c);
	jpeg_set_quality(&c, 90, TRUE);
	jpeg_start_compress(&c, TRUE);
	while (c.next_scanline < HEIGHT) {
		JSAMPROW row = line;
		fill(line, c.next_scanline);
		jpeg_write_scanlines(&c, &row, 1);
	}
	jpeg_finish_compress(&c);
	jpeg_destroy_compress(&c);
	fflush(f);
	*size = (unsigned long)ftell(f);
	return f;
}

static double once(const char *roster, const char *what, int picture)
{
	struct rusage used;
	int out[2], status, n;
	char some[65536];
	long long all = 0;
	if (lseek(picture, 0, SEEK_SET) != 0 || pipe(out) != 0)
		stop("cannot begin");
	pid_t pid = fork();
	if (pid == 0) {
		dup2(picture, STDIN_FILENO);
		dup2(out[1], STDOUT_FILENO);
		execl(roster, "roster", "photo-worker", what, (char *)NULL);
		_exit(127);
	}
	close(out[1]);
	while ((n = (int)read(out[0], some, sizeof some)) > 0)
		all += n;
	close(out[0]);
	if (wait4(pid, &status, 0, &used) != pid || status != 0 || all < 1000)
		stop("it did not decode");
	return (double)(used.ru_utime.tv_sec + used.ru_stime.tv_sec) * 1e3 +
	       (double)(used.ru_utime.tv_usec + used.ru_stime.tv_usec) / 1e3;
}

static int by_size(const void *a, const void *b)
{
	const double *x = a, *y = b;
	return (*x > *y) - (*x < *y);
}

static double median(const char *roster, const char *what, int picture, int times)
{
	double ms[TIMES_MAX];
	for (int i = 0; i < times; i++)
		ms[i] = once(roster, what, picture);
	qsort(ms, (size_t)times, sizeof *ms, by_size);
	return ms[times / 2];
}

int main(int argc, char **argv)
{
	unsigned long size;
	int times = argc == 3 ? (int)strtol(argv[2], NULL, 10) : 0;
	if (times < 1 || times > TIMES_MAX) {
		fputs("usage: photo ROSTER TIMES (1 to 100)\n", stderr);
		return 2;
	}
	FILE *picture = make_picture(&size);
	double avatar = median(argv[1], "avatar", fileno(picture), times);
	double cover = median(argv[1], "cover", fileno(picture), times);
	printf("{\"program\":\"photo\",\"bytes\":%lu,\"times\":%d,\"avatar_ms\":%.1f,\"cover_ms\":%.1f}\n", size, times,
		avatar, cover);
	fclose(picture);
	return 0;
}
