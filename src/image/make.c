/* One picture to three sizes: the steps in their order. */
#include "image/picture.h"

const struct image_want image_avatar = { "avatar", 1, 1, { 512, 128, 48 }, { 12000, 50000000 } };
const struct image_want image_cover = { "cover", 3, 1, { 1500, 600, 300 }, { 12000, 50000000 } };

static enum image_error decode(const struct source *s, struct picture *pic)
{
	static enum image_error (*const decoders[])(
		const struct source *, struct picture *) = { [IMAGE_JPEG] = decode_jpeg,
		[IMAGE_PNG] = decode_png,
		[IMAGE_WEBP] = decode_webp,
		[IMAGE_GIF] = decode_gif };
	struct image_head head;
	enum image_error e = image_sniff(s->p, s->n, &head);
	if (e)
		return e;
	if (!image_fits(&s->want->limits, head.width, head.height))
		return IMAGE_TOO_LARGE;
	return decoders[head.format](s, pic);
}

/* A picture is made smaller, never larger: what it does not show cannot be invented. */
static uint32_t no_more(uint32_t wanted, uint32_t there)
{
	return wanted < there ? wanted : there;
}

/* The crop is symmetrical, so it may be taken before the picture is turned, when there is less to turn. */
static struct picture largest(struct arena *a, const struct picture *pic, const struct image_want *want)
{
	bool across = pic->orientation >= 5;
	struct box b = across ? picture_crop(pic->w, pic->h, want->ratio_h, want->ratio_w)
	                      : picture_crop(pic->w, pic->h, want->ratio_w, want->ratio_h);
	uint32_t w = no_more(want->widths[0], across ? b.h : b.w);
	uint32_t h = no_more(w * want->ratio_h / want->ratio_w, across ? b.w : b.h);
	h = h ? h : 1;
	struct picture scaled = picture_scale(a, pic, b, across ? h : w, across ? w : h);
	return picture_turn(a, &scaled);
}

enum image_error image_make(struct arena *a, const uint8_t *p, size_t n, const struct image_want *want,
	struct image_file out[static IMAGE_SIZES])
{
	struct picture pic = { .orientation = 1 };
	enum image_error e = decode(&(struct source){ a, p, n, want }, &pic);
	if (e)
		return e;
	pic = largest(a, &pic, want);
	bool opaque = picture_is_opaque(&pic);
	for (int i = 0; i < IMAGE_SIZES; i++) {
		uint32_t w = no_more(want->widths[i], pic.w);
		uint32_t h = (uint32_t)((uint64_t)w * pic.h / pic.w);
		pic = picture_scale(a, &pic, (struct box){ 0, 0, pic.w, pic.h }, w, h ? h : 1);
		if (!(opaque ? encode_jpeg : encode_png)(a, &pic, &out[i]))
			return IMAGE_BROKEN;
	}
	return IMAGE_OK;
}
