#include "image/picture.h"

#include <gif_lib.h>
#include <string.h>

struct reader {
	const struct source *s;
	size_t at;
	int transparent; /* index of the colour that is none; -1: there is none */
};

static int give(GifFileType *gif, GifByteType *to, int n)
{
	struct reader *r = gif->UserData;
	size_t left = r->s->n - r->at, some = (size_t)n < left ? (size_t)n : left;
	memcpy(to, r->s->p + r->at, some);
	r->at += some;
	return (int)some;
}

static bool read_extension(GifFileType *gif, struct reader *r)
{
	GifByteType *block;
	int code;
	GraphicsControlBlock control;
	if (DGifGetExtension(gif, &code, &block) == GIF_ERROR)
		return false;
	for (; block;) {
		if (code == GRAPHICS_EXT_FUNC_CODE && block[0] == 4 &&
			DGifExtensionToGCB(block[0], block + 1, &control) == GIF_OK)
			r->transparent = control.TransparentColor;
		if (DGifGetExtensionNext(gif, &block) == GIF_ERROR)
			return false;
	}
	return true;
}

static bool read_line(GifFileType *gif, const struct reader *r, const ColorMapObject *map, GifPixelType *line,
	struct picture *out, uint32_t y)
{
	if (DGifGetLine(gif, line, (int)out->w) == GIF_ERROR)
		return false;
	uint8_t *to = out->p + (size_t)y * out->w * 4;
	for (uint32_t x = 0; x < out->w; x++, to += 4) {
		if (line[x] == r->transparent || line[x] >= map->ColorCount)
			continue; /* as it is: nothing */
		const GifColorType *c = &map->Colors[line[x]];
		to[0] = c->Red;
		to[1] = c->Green;
		to[2] = c->Blue;
		to[3] = 255;
	}
	return true;
}

static enum image_error read_frame(GifFileType *gif, const struct reader *r, struct picture *out)
{
	static const uint32_t first[] = { 0, 4, 2, 1 }, step[] = { 8, 8, 4, 2 };
	if (DGifGetImageDesc(gif) == GIF_ERROR)
		return IMAGE_BROKEN;
	const GifImageDesc *d = &gif->Image;
	const ColorMapObject *map = d->ColorMap ? d->ColorMap : gif->SColorMap;
	if (!map || d->Width <= 0 || d->Height <= 0)
		return IMAGE_BROKEN;
	if (!image_fits(&r->s->want->limits, (uint32_t)d->Width, (uint32_t)d->Height))
		return IMAGE_TOO_LARGE;
	*out = picture_new(r->s->mem, (uint32_t)d->Width, (uint32_t)d->Height);
	GifPixelType *line = arena_array_of(r->s->mem, GifPixelType, out->w);
	for (int pass = 0; pass < (d->Interlace ? 4 : 1); pass++)
		for (uint32_t y = d->Interlace ? first[pass] : 0; y < out->h; y += d->Interlace ? step[pass] : 1)
			if (!read_line(gif, r, map, line, out, y))
				return IMAGE_BROKEN;
	return IMAGE_OK;
}

static enum image_error find_frame(GifFileType *gif, struct reader *r, struct picture *out)
{
	GifRecordType type;
	while (DGifGetRecordType(gif, &type) == GIF_OK) {
		if (type == IMAGE_DESC_RECORD_TYPE)
			return read_frame(gif, r, out);
		if (type != EXTENSION_RECORD_TYPE || !read_extension(gif, r))
			break;
	}
	return IMAGE_BROKEN;
}

/* Of an animation the first frame. */
enum image_error decode_gif(const struct source *s, struct picture *out)
{
	struct reader r = { s, 0, -1 };
	GifFileType *gif = DGifOpen(&r, give, NULL);
	if (!gif)
		return IMAGE_BROKEN;
	enum image_error e = find_frame(gif, &r, out);
	(void)DGifCloseFile(gif, NULL);
	return e;
}
