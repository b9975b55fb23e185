#include "image/picture.h"

#include "base/buf.h"
#include <png.h>
#include <string.h>

enum { CHUNK_MAX = 1 << 20, CHUNKS_MAX = 64 };

struct reader {
	const struct source *s;
	size_t at;
	png_structp png;
	png_infop info;
	enum image_error why;
	struct picture pic;
	png_bytep *lines;
};

static _Noreturn void on_error(png_structp png, png_const_charp text)
{
	(void)text;
	png_longjmp(png, 1);
}

static void on_warning(png_structp png, png_const_charp text)
{
	(void)png;
	(void)text;
}

static void give(png_structp png, png_bytep to, size_t n)
{
	struct reader *r = png_get_io_ptr(png);
	if (r->s->n - r->at < n)
		png_error(png, "cut off");
	memcpy(to, r->s->p + r->at, n);
	r->at += n;
}

/* Whatever the file holds: 8 bits of red, green, blue and alpha. */
static void ask_for_rgba(struct reader *r)
{
	png_set_expand(r->png);
	png_set_scale_16(r->png);
	png_set_gray_to_rgb(r->png);
	png_set_add_alpha(r->png, 0xff, PNG_FILLER_AFTER);
	(void)png_set_interlace_handling(r->png);
	png_read_update_info(r->png, r->info);
}

static void find_orientation(struct reader *r)
{
	png_bytep exif = NULL;
	png_uint_32 n = 0;
	if (png_get_eXIf_1(r->png, r->info, &n, &exif))
		r->pic.orientation = image_orientation(exif, n);
}

static void read_all(struct reader *r)
{
	const struct image_limits *l = &r->s->want->limits;
	png_set_read_fn(r->png, r, give);
	png_set_user_limits(r->png, l->side, l->side);
	png_set_chunk_malloc_max(r->png, CHUNK_MAX);
	png_set_chunk_cache_max(r->png, CHUNKS_MAX);
	png_set_keep_unknown_chunks(r->png, PNG_HANDLE_CHUNK_NEVER, NULL, 0);
	png_read_info(r->png, r->info);
	uint32_t w = png_get_image_width(r->png, r->info), h = png_get_image_height(r->png, r->info);
	if (!image_fits(l, w, h)) {
		r->why = IMAGE_TOO_LARGE;
		return;
	}
	ask_for_rgba(r);
	if (png_get_rowbytes(r->png, r->info) != (size_t)w * 4)
		png_error(r->png, "not what was asked for");
	r->pic = picture_new(r->s->mem, w, h);
	r->lines = arena_array_of(r->s->mem, png_bytep, h);
	for (uint32_t y = 0; y < h; y++)
		r->lines[y] = r->pic.p + (size_t)y * w * 4;
	find_orientation(r);
	png_read_image(r->png, r->lines);
	r->why = IMAGE_OK;
}

enum image_error decode_png(const struct source *s, struct picture *out)
{
	struct reader *r = arena_new_of(s->mem, struct reader);
	*r = (struct reader){ .s = s, .why = IMAGE_BROKEN };
	r->png = png_create_read_struct(PNG_LIBPNG_VER_STRING, NULL, on_error, on_warning);
	r->info = r->png ? png_create_info_struct(r->png) : NULL;
	if (r->info && setjmp(png_jmpbuf(r->png)) == 0)
		read_all(r);
	png_destroy_read_struct(&r->png, &r->info, NULL);
	*out = r->pic;
	return r->why;
}

/* --- writing ------------------------------------------------------------------------------------------------------ */

struct writer {
	png_structp png;
	png_infop info;
	struct buf b;
	bool done;
};

static void take(png_structp png, png_bytep p, size_t n)
{
	buf_add(png_get_io_ptr(png), p, n);
}

static void nothing(png_structp png)
{
	(void)png;
}

static void write_all(struct writer *w, const struct picture *pic)
{
	png_set_write_fn(w->png, &w->b, take, nothing);
	png_set_IHDR(w->png, w->info, pic->w, pic->h, 8, PNG_COLOR_TYPE_RGBA, PNG_INTERLACE_NONE,
		PNG_COMPRESSION_TYPE_DEFAULT, PNG_FILTER_TYPE_DEFAULT);
	png_write_info(w->png, w->info);
	for (uint32_t y = 0; y < pic->h; y++)
		png_write_row(w->png, pic->p + (size_t)y * pic->w * 4);
	png_write_end(w->png, w->info);
	w->done = true;
}

bool encode_png(struct arena *a, const struct picture *pic, struct image_file *out)
{
	struct writer *w = arena_new_of(a, struct writer);
	w->b.mem = a;
	w->png = png_create_write_struct(PNG_LIBPNG_VER_STRING, NULL, on_error, on_warning);
	w->info = w->png ? png_create_info_struct(w->png) : NULL;
	if (w->info && setjmp(png_jmpbuf(w->png)) == 0)
		write_all(w, pic);
	png_destroy_write_struct(&w->png, &w->info);
	*out = (struct image_file){ IMAGE_PNG, pic->w, pic->h, (const uint8_t *)w->b.p, w->b.n };
	return w->done;
}
