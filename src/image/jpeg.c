#include "image/picture.h"

#include <setjmp.h>
#include <stdio.h> /* before jpeglib.h, which does not include it */
#include <string.h>

#include <jpeglib.h>

enum { QUALITY = 85, SCANS_MAX = 100, EXIF_MARKER = JPEG_APP0 + 1 };

/* What is left by longjmp() stands here, not in variables of the function that may be in registers. */
struct reader {
	struct jpeg_decompress_struct jpeg;
	struct jpeg_error_mgr errors;
	struct jpeg_progress_mgr progress;
	jmp_buf out;
	enum image_error why;
	struct picture pic;
	uint8_t *line;
};

static _Noreturn void leave(struct reader *r, enum image_error why)
{
	r->why = why;
	longjmp(r->out, 1);
}

static void on_error(j_common_ptr jpeg)
{
	leave(jpeg->client_data, IMAGE_BROKEN);
}

/* Lesser faults are common and let pass. */
static void on_message(j_common_ptr jpeg, int level)
{
	(void)jpeg;
	(void)level;
}

/* The library would go on with grey where a file was cut off; that is no photo. */
static boolean on_end(j_decompress_ptr jpeg)
{
	leave(jpeg->client_data, IMAGE_BROKEN);
}

static void no_output(j_common_ptr jpeg)
{
	(void)jpeg;
}

/* A progressive file of a few KB can have thousands of scans, each a walk over all pixels (CVE-2018-14498's kin). */
static void on_progress(j_common_ptr jpeg)
{
	if (jpeg->is_decompressor && ((j_decompress_ptr)jpeg)->input_scan_number > SCANS_MAX)
		leave(jpeg->client_data, IMAGE_BROKEN);
}

static unsigned orientation(const struct jpeg_decompress_struct *jpeg)
{
	static const char begin[] = "Exif\0";
	for (jpeg_saved_marker_ptr m = jpeg->marker_list; m; m = m->next)
		if (m->marker == EXIF_MARKER && m->data_length > sizeof begin &&
			memcmp(m->data, begin, sizeof begin) == 0)
			return image_orientation(m->data + sizeof begin, m->data_length - sizeof begin);
	return 1;
}

/* Four inks, which Adobe's programs store inverted, to three lights. */
static void from_inks(uint8_t *to, const uint8_t *from, uint32_t w, bool inverted)
{
	for (uint32_t x = 0; x < w; x++, from += 4, to += 4) {
		unsigned k = inverted ? from[3] : 255u - from[3];
		for (int c = 0; c < 3; c++)
			to[c] = (uint8_t)((inverted ? from[c] : 255u - from[c]) * k / 255);
		to[3] = 255;
	}
}

static void read_lines(struct reader *r, bool inks)
{
	while (r->jpeg.output_scanline < r->jpeg.output_height) {
		uint8_t *to = r->pic.p + (size_t)r->jpeg.output_scanline * r->pic.w * 4;
		JSAMPROW line = inks ? r->line : to;
		if (jpeg_read_scanlines(&r->jpeg, &line, 1) && inks)
			from_inks(to, r->line, r->pic.w, r->jpeg.saw_Adobe_marker);
	}
}

static void read_all(struct reader *r, const struct source *s)
{
	jpeg_create_decompress(&r->jpeg);
	r->jpeg.progress = &r->progress;
	r->progress.progress_monitor = on_progress;
	jpeg_mem_src(&r->jpeg, s->p, s->n);
	r->jpeg.src->fill_input_buffer = on_end;
	jpeg_save_markers(&r->jpeg, EXIF_MARKER, 0xffff);
	jpeg_read_header(&r->jpeg, TRUE);
	if (!image_fits(&s->want->limits, r->jpeg.image_width, r->jpeg.image_height))
		leave(r, IMAGE_TOO_LARGE);
	unsigned turn = orientation(&r->jpeg);
	/* The transform gives a half, quarter or eighth of the picture for a part of the time. */
	uint32_t spare = picture_spare(s->want, r->jpeg.image_width, r->jpeg.image_height, turn, 1);
	r->jpeg.scale_num = 1;
	r->jpeg.scale_denom = spare >= 8 ? 8 : spare >= 4 ? 4 : spare >= 2 ? 2 : 1;
	bool inks = r->jpeg.jpeg_color_space == JCS_CMYK || r->jpeg.jpeg_color_space == JCS_YCCK;
	r->jpeg.out_color_space = inks ? JCS_CMYK : JCS_EXT_RGBA;
	jpeg_start_decompress(&r->jpeg);
	r->pic = picture_new(s->mem, r->jpeg.output_width, r->jpeg.output_height);
	r->pic.orientation = turn;
	r->line = arena_alloc_array(s->mem, r->pic.w, 4);
	read_lines(r, inks);
}

enum image_error decode_jpeg(const struct source *s, struct picture *out)
{
	struct reader *r = arena_new_of(s->mem, struct reader);
	r->jpeg.err = jpeg_std_error(&r->errors);
	r->errors.error_exit = on_error;
	r->errors.emit_message = on_message;
	r->errors.output_message = no_output;
	r->jpeg.client_data = r;
	if (setjmp(r->out) == 0)
		read_all(r, s);
	jpeg_destroy_decompress(&r->jpeg);
	*out = r->pic;
	return r->why;
}

/* --- writing ------------------------------------------------------------------------------------------------------ */

struct writer {
	struct jpeg_compress_struct jpeg;
	struct jpeg_error_mgr errors;
	jmp_buf out;
	unsigned char *bytes;
	unsigned long n;
};

static void on_write_error(j_common_ptr jpeg)
{
	longjmp(((struct writer *)jpeg->client_data)->out, 1);
}

static void write_all(struct writer *w, const struct picture *pic)
{
	jpeg_create_compress(&w->jpeg);
	jpeg_mem_dest(&w->jpeg, &w->bytes, &w->n);
	w->jpeg.image_width = pic->w;
	w->jpeg.image_height = pic->h;
	w->jpeg.input_components = 4;
	w->jpeg.in_color_space = JCS_EXT_RGBX;
	jpeg_set_defaults(&w->jpeg);
	jpeg_set_quality(&w->jpeg, QUALITY, TRUE);
	w->jpeg.optimize_coding = TRUE;
	jpeg_start_compress(&w->jpeg, TRUE);
	while (w->jpeg.next_scanline < pic->h) {
		JSAMPROW line = pic->p + (size_t)w->jpeg.next_scanline * pic->w * 4;
		jpeg_write_scanlines(&w->jpeg, &line, 1);
	}
	jpeg_finish_compress(&w->jpeg);
}

bool encode_jpeg(struct arena *a, const struct picture *pic, struct image_file *out)
{
	struct writer *w = arena_new_of(a, struct writer);
	w->jpeg.err = jpeg_std_error(&w->errors);
	w->errors.error_exit = on_write_error;
	w->errors.output_message = no_output;
	w->jpeg.client_data = w;
	bool failed = setjmp(w->out) != 0;
	if (!failed)
		write_all(w, pic);
	jpeg_destroy_compress(&w->jpeg);
	*out = (struct image_file){ IMAGE_JPEG, pic->w, pic->h, NULL, w->n };
	if (!failed)
		out->bytes = (const uint8_t *)arena_memdup0(a, w->bytes, w->n);
	free(w->bytes);
	return !failed;
}
