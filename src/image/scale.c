/* From the decoded picture to the wanted sizes: crop, scale, turn. Arithmetic on pixels, no library. */
#include "image/picture.h"

#include <math.h>
#include <string.h>

struct picture picture_new(struct arena *a, uint32_t w, uint32_t h)
{
	return (struct picture){ w, h, arena_alloc_array(a, (size_t)w * h, 4), 1 };
}

bool picture_is_opaque(const struct picture *pic)
{
	for (size_t i = 0; i < (size_t)pic->w * pic->h; i++)
		if (pic->p[i * 4 + 3] != 255)
			return false;
	return true;
}

/* --- crop --------------------------------------------------------------------------------------------------------- */

static uint32_t at_least_one(uint64_t n)
{
	return n ? (uint32_t)n : 1;
}

struct box picture_crop(uint32_t w, uint32_t h, uint32_t ratio_w, uint32_t ratio_h)
{
	struct box b = { .w = w, .h = h };
	if ((uint64_t)w * ratio_h > (uint64_t)h * ratio_w)
		b.w = at_least_one((uint64_t)h * ratio_w / ratio_h);
	else
		b.h = at_least_one((uint64_t)w * ratio_h / ratio_w);
	b.x = (w - b.w) / 2;
	b.y = (h - b.h) / 2;
	return b;
}

uint32_t picture_spare(const struct image_want *want, uint32_t w, uint32_t h, unsigned orientation, uint32_t times)
{
	bool across = orientation >= 5;
	struct box b = picture_crop(across ? h : w, across ? w : h, want->ratio_w, want->ratio_h);
	return at_least_one(b.w / (want->widths[0] * times));
}

/* --- scale -------------------------------------------------------------------------------------------------------- */

/* Colour that is mixed counts as much as it covers: else what stands behind transparency bleeds out at its edges. */
static void premultiply(struct picture *pic)
{
	for (size_t i = 0; i < (size_t)pic->w * pic->h; i++) {
		uint8_t *p = pic->p + i * 4;
		for (int c = 0; p[3] != 255 && c < 3; c++)
			p[c] = (uint8_t)((p[c] * p[3] + 127) / 255);
	}
}

static void unpremultiply(struct picture *pic)
{
	for (size_t i = 0; i < (size_t)pic->w * pic->h; i++) {
		uint8_t *p = pic->p + i * 4;
		for (int c = 0; p[3] != 255 && c < 3; c++) {
			unsigned v = p[3] ? (p[c] * 255u + p[3] / 2) / p[3] : 0;
			p[c] = (uint8_t)(v > 255 ? 255 : v);
		}
	}
}

static struct picture cut(struct arena *a, const struct picture *from, struct box b)
{
	struct picture out = picture_new(a, b.w, b.h);
	for (uint32_t y = 0; y < b.h; y++)
		memcpy(out.p + (size_t)y * b.w * 4, from->p + ((size_t)(b.y + y) * from->w + b.x) * 4, (size_t)b.w * 4);
	return out;
}

/* The mean of k by k pixels: what a filter of many taps would give for far more time. Colours count by what they cover. */
static struct picture shrink(struct arena *a, const struct picture *from, struct box b, uint32_t k)
{
	struct picture out = picture_new(a, b.w / k, b.h / k);
	for (uint32_t y = 0; y < out.h; y++)
		for (uint32_t x = 0; x < out.w; x++) {
			uint64_t sum[4] = { 0 };
			for (uint32_t j = 0; j < k; j++) {
				const uint8_t *p =
					from->p + ((size_t)(b.y + y * k + j) * from->w + b.x + (size_t)x * k) * 4;
				for (uint32_t i = 0; i < k; i++, p += 4) {
					for (int c = 0; c < 3; c++)
						sum[c] += (uint64_t)p[c] * p[3];
					sum[3] += p[3];
				}
			}
			uint8_t *to = out.p + ((size_t)y * out.w + x) * 4;
			for (int c = 0; sum[3] && c < 3; c++)
				to[c] = (uint8_t)((sum[c] + sum[3] / 2) / sum[3]);
			to[3] = (uint8_t)(sum[3] / ((uint64_t)k * k));
		}
	return out;
}

struct taps {
	uint32_t first, n;
	float *weight;
};

/* Catmull-Rom, the sharp one of the bicubic family (Mitchell and Netravali 1988: B = 0, C = 1/2). */
static float cubic(float x)
{
	x = fabsf(x);
	if (x < 1)
		return (1.5F * x - 2.5F) * x * x + 1;
	return x < 2 ? ((-0.5F * x + 2.5F) * x - 4) * x + 2 : 0;
}

/* For each pixel of the new line, which of the old count, and how much; their sum is 1. */
static struct taps *taps_new(struct arena *a, uint32_t from, uint32_t to)
{
	struct taps *t = arena_array_of(a, struct taps, to);
	float ratio = (float)from / (float)to;
	for (uint32_t i = 0; i < to; i++) {
		float middle = ((float)i + 0.5F) * ratio - 0.5F, sum = 0;
		float low = ceilf(middle - 2 * ratio), high = floorf(middle + 2 * ratio);
		t[i].first = low < 0 ? 0 : (uint32_t)low;
		uint32_t last = high > (float)(from - 1) ? from - 1 : (uint32_t)high;
		t[i].n = last - t[i].first + 1;
		t[i].weight = arena_array_of(a, float, t[i].n);
		for (uint32_t k = 0; k < t[i].n; k++)
			sum += t[i].weight[k] = cubic(((float)(t[i].first + k) - middle) / ratio);
		for (uint32_t k = 0; k < t[i].n; k++)
			t[i].weight[k] /= sum;
	}
	return t;
}

static uint8_t clamp(float v)
{
	v += 0.5F; /* never below 0 where it is cut off: no call of a rounding function for each sample */
	return v <= 0 ? 0 : v >= 255 ? 255 : (uint8_t)v;
}

static void mix(uint8_t *to, const uint8_t *from, size_t step, const struct taps *t)
{
	float sum[4] = { 0 };
	from += t->first * step;
	for (uint32_t k = 0; k < t->n; k++, from += step)
		for (int c = 0; c < 4; c++)
			sum[c] += t->weight[k] * (float)from[c];
	for (int c = 0; c < 4; c++)
		to[c] = clamp(sum[c]);
}

static struct picture filter(struct arena *a, const struct picture *from, uint32_t w, uint32_t h)
{
	struct picture wide = picture_new(a, w, from->h), out = picture_new(a, w, h);
	const struct taps *across = taps_new(a, from->w, w), *down = taps_new(a, from->h, h);
	for (uint32_t y = 0; y < from->h; y++)
		for (uint32_t x = 0; x < w; x++)
			mix(wide.p + ((size_t)y * w + x) * 4, from->p + (size_t)y * from->w * 4, 4, &across[x]);
	for (uint32_t y = 0; y < h; y++)
		for (uint32_t x = 0; x < w; x++)
			mix(out.p + ((size_t)y * w + x) * 4, wide.p + (size_t)x * 4, (size_t)w * 4, &down[y]);
	return out;
}

struct picture picture_scale(struct arena *a, const struct picture *from, struct box box, uint32_t w, uint32_t h)
{
	uint32_t across = box.w / (2 * w), down = box.h / (2 * h), k = across < down ? across : down;
	struct picture part = k > 1 ? shrink(a, from, box, k) : cut(a, from, box);
	if (part.w != w || part.h != h) {
		premultiply(&part);
		part = filter(a, &part, w, h);
		unpremultiply(&part);
	}
	part.orientation = from->orientation;
	return part;
}

/* --- turn --------------------------------------------------------------------------------------------------------- */

/* EXIF 2.32, tag 0x0112: of each pixel of the turned picture, where it is in the stored one. */
struct picture picture_turn(struct arena *a, const struct picture *from)
{
	unsigned o = from->orientation;
	if (o <= 1 || o > 8)
		return *from;
	struct picture out = o >= 5 ? picture_new(a, from->h, from->w) : picture_new(a, from->w, from->h);
	bool back_x = o == 2 || o == 3 || o == 7 || o == 8, back_y = o == 3 || o == 4 || o == 6 || o == 7;
	for (uint32_t y = 0; y < out.h; y++)
		for (uint32_t x = 0; x < out.w; x++) {
			uint32_t fx = o >= 5 ? y : x, fy = o >= 5 ? x : y;
			fx = back_x ? from->w - 1 - fx : fx;
			fy = back_y ? from->h - 1 - fy : fy;
			memcpy(out.p + ((size_t)y * out.w + x) * 4, from->p + ((size_t)fy * from->w + fx) * 4, 4);
		}
	return out;
}
