#include "base/test.h"
#include "image/picture.h"

#include <string.h>

static struct picture filled(struct arena *a, uint32_t w, uint32_t h)
{
	struct picture pic = picture_new(a, w, h);
	for (uint32_t i = 0; i < w * h; i++)
		memcpy(pic.p + (size_t)i * 4, (uint8_t[]){ (uint8_t)(i % w), (uint8_t)(i / w), 7, 255 }, 4);
	return pic;
}

static const uint8_t *at(const struct picture *pic, uint32_t x, uint32_t y)
{
	return pic->p + ((size_t)y * pic->w + x) * 4;
}

/* --- what a file says --------------------------------------------------------------------------------------------- */

TEST(image, head_of_a_png_is_read)
{
	uint8_t p[33] = "\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\1\x86\xa0\0\0\0\2";
	struct image_head head;
	CHECK(image_sniff(p, sizeof p, &head) == IMAGE_OK);
	CHECK(head.format == IMAGE_PNG && head.width == 100000 && head.height == 2);
	CHECK(!image_fits(&image_avatar.limits, head.width, head.height));
	CHECK(image_sniff(p, 23, &head) == IMAGE_BROKEN);
	CHECK(image_sniff(p, 7, &head) == IMAGE_UNKNOWN);
}

TEST(image, head_of_a_jpeg_is_found_behind_other_segments)
{
	static const uint8_t p[] = "\xff\xd8\xff\xe0\0\4ab\xff\xff\xc2\0\x0b\x08\1\2\3\4\1\0\0\0";
	struct image_head head;
	CHECK(image_sniff(p, sizeof p - 1, &head) == IMAGE_OK);
	CHECK(head.format == IMAGE_JPEG && head.width == 0x304 && head.height == 0x102);
	for (size_t n = 3; n < 19; n++)
		CHECK(image_sniff(p, n, &head) == IMAGE_BROKEN);
}

TEST(image, head_of_a_gif_and_of_each_webp_is_read)
{
	struct image_head head;
	CHECK(image_sniff((const uint8_t *)"GIF89a\x10\0\x20\0\0\0\0", 13, &head) == IMAGE_OK);
	CHECK(head.format == IMAGE_GIF && head.width == 16 && head.height == 32);
	CHECK(image_sniff((const uint8_t *)"RIFF....WEBPVP8X\12\0\0\0\0\0\0\0\x0f\0\0\x1f\0\0", 30, &head) == IMAGE_OK);
	CHECK(head.format == IMAGE_WEBP && head.width == 16 && head.height == 32);
	CHECK(image_sniff((const uint8_t *)"RIFF....WEBPVP8L....\x2f\x0f\xc0\7\0.....", 30, &head) == IMAGE_OK);
	CHECK(head.width == 16 && head.height == 32);
	CHECK(image_sniff((const uint8_t *)"RIFF....WEBPVP8 .......\x9d\1\x2a\x10\0\x20\0", 30, &head) == IMAGE_OK);
	CHECK(head.width == 16 && head.height == 32);
	CHECK(image_sniff((const uint8_t *)"RIFF....WEBPJUNK..................", 30, &head) == IMAGE_BROKEN);
}

TEST(image, what_is_no_picture_is_unknown)
{
	static const char *const others[] = { "", "<svg/>", "GIF88a", "RIFF1234WAVE", "\xff\xd8", "%PDF-1.4", "BM" };
	struct image_head head;
	for (size_t i = 0; i < sizeof others / sizeof *others; i++)
		CHECK(image_sniff((const uint8_t *)others[i], strlen(others[i]), &head) == IMAGE_UNKNOWN);
}

TEST(image, limits_are_of_a_side_and_of_all_pixels)
{
	const struct image_limits *l = &image_avatar.limits;
	CHECK(image_fits(l, 12000, 4166) && !image_fits(l, 12000, 4167));
	CHECK(!image_fits(l, 12001, 1) && !image_fits(l, 1, 12001));
	CHECK(!image_fits(l, 0, 5) && !image_fits(l, 5, 0));
	CHECK(!image_fits(l, 0xffffffff, 0xffffffff));
}

TEST(image, orientation_is_read_in_both_byte_orders)
{
	uint8_t big[] = "MM\0*\0\0\0\10\0\1\1\x12\0\3\0\0\0\1\0\6\0\0";
	uint8_t little[] = "II*\0\10\0\0\0\1\0\x12\1\3\0\1\0\0\0\10\0\0\0";
	CHECK_INT(image_orientation(big, 22), 6);
	CHECK_INT(image_orientation(little, 22), 8);
	for (size_t n = 0; n < 22; n++)
		CHECK_INT(image_orientation(big, n), 1);
	big[19] = 9;
	CHECK_INT(image_orientation(big, 22), 1);
	memset(big + 4, 0xff, 4); /* a directory far outside */
	CHECK_INT(image_orientation(big, 22), 1);
}

/* --- crop, scale, turn -------------------------------------------------------------------------------------------- */

TEST(image, crop_is_the_middle_of_the_picture)
{
	struct box b = picture_crop(800, 600, 1, 1);
	CHECK(b.x == 100 && b.y == 0 && b.w == 600 && b.h == 600);
	b = picture_crop(600, 801, 1, 1);
	CHECK(b.x == 0 && b.y == 100 && b.w == 600 && b.h == 600);
	b = picture_crop(1000, 1000, 3, 1);
	CHECK(b.x == 0 && b.y == 333 && b.w == 1000 && b.h == 333);
	b = picture_crop(1000, 100, 3, 1);
	CHECK(b.x == 350 && b.y == 0 && b.w == 300 && b.h == 100);
	b = picture_crop(1, 12000, 3, 1);
	CHECK(b.w == 1 && b.h == 1 && b.y == 5999);
	b = picture_crop(12000, 1, 1, 1);
	CHECK(b.w == 1 && b.h == 1);
}

TEST(image, spare_counts_the_turned_picture)
{
	CHECK_INT(picture_spare(&image_avatar, 4000, 3000, 1, 1), 5);
	CHECK_INT(picture_spare(&image_cover, 4000, 3000, 1, 1), 2);
	CHECK_INT(picture_spare(&image_cover, 3000, 9000, 6, 1), 6);
	CHECK_INT(picture_spare(&image_cover, 3000, 9000, 1, 1), 2);
	CHECK_INT(picture_spare(&image_avatar, 10, 10, 1, 2), 1);
}

TEST(image, scaling_keeps_a_flat_colour)
{
	struct arena *a = arena_new(0);
	struct picture pic = picture_new(a, 97, 61);
	for (size_t i = 0; i < (size_t)97 * 61; i++)
		memcpy(pic.p + i * 4, "\x20\x80\xfe\xff", 4);
	static const uint32_t sizes[] = { 61, 60, 31, 30, 7, 1 };
	for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
		struct picture small = picture_scale(a, &pic, picture_crop(97, 61, 1, 1), sizes[i], sizes[i]);
		CHECK(small.w == sizes[i] && small.h == sizes[i]);
		for (size_t k = 0; k < (size_t)small.w * small.h; k++)
			CHECK_BYTES(small.p + k * 4, 4, "\x20\x80\xfe\xff", 4);
	}
	arena_free(a);
}

TEST(image, what_is_transparent_does_not_colour_its_edges)
{
	struct arena *a = arena_new(0);
	struct picture pic = picture_new(a, 64, 64);
	for (uint32_t i = 0; i < 64 * 64; i++) /* invisible red beside solid blue */
		memcpy(pic.p + (size_t)i * 4, i % 64 < 33 ? "\xff\0\0\0" : "\0\0\xff\xff", 4);
	static const uint32_t sizes[] = { 40, 9 };
	for (size_t i = 0; i < 2; i++) {
		struct picture small = picture_scale(a, &pic, (struct box){ 0, 0, 64, 64 }, sizes[i], sizes[i]);
		for (size_t k = 0; k < (size_t)small.w * small.h; k++)
			CHECK(small.p[k * 4] == 0 || small.p[k * 4 + 3] == 0);
	}
	arena_free(a);
}

TEST(image, turning_puts_the_right_corner_to_the_top_left)
{
	static const uint8_t corner[9][2] = { [1] = { 0, 0 },
		[2] = { 2, 0 },
		[3] = { 2, 1 },
		[4] = { 0, 1 },
		[5] = { 0, 0 },
		[6] = { 0, 1 },
		[7] = { 2, 1 },
		[8] = { 2, 0 } };
	struct arena *a = arena_new(0);
	for (unsigned o = 1; o <= 8; o++) {
		struct picture pic = filled(a, 3, 2);
		pic.orientation = o;
		struct picture out = picture_turn(a, &pic);
		CHECK(out.w == (o >= 5 ? 2U : 3U) && out.h == (o >= 5 ? 3U : 2U));
		CHECK(at(&out, 0, 0)[0] == corner[o][0] && at(&out, 0, 0)[1] == corner[o][1]);
		/* to the right of it comes the next of its row, or, turned by a quarter, of its column */
		CHECK((at(&out, 1, 0)[0] == at(&out, 0, 0)[0]) == (o >= 5));
	}
	arena_free(a);
}

/* --- all of it ---------------------------------------------------------------------------------------------------- */

static void made(struct arena *a, const struct picture *pic, bool jpeg, struct image_file out[IMAGE_SIZES])
{
	struct image_file file;
	CHECK((jpeg ? encode_jpeg : encode_png)(a, pic, &file));
	CHECK(image_make(a, file.bytes, file.n, &image_cover, out) == IMAGE_OK);
}

TEST(image, a_picture_becomes_three_that_can_be_read_again)
{
	struct arena *a = arena_new(0);
	struct picture pic = filled(a, 250, 200);
	for (int jpeg = 0; jpeg < 2; jpeg++) {
		struct image_file out[IMAGE_SIZES];
		made(a, &pic, jpeg, out);
		for (int i = 0; i < IMAGE_SIZES; i++) {
			struct image_head head;
			CHECK(image_sniff(out[i].bytes, out[i].n, &head) == IMAGE_OK);
			CHECK(head.format == IMAGE_JPEG && head.width == 250 && head.height == 83);
		}
	}
	arena_free(a);
}

TEST(image, a_picture_with_a_hole_stays_png)
{
	struct arena *a = arena_new(0);
	struct picture pic = filled(a, 30, 30);
	pic.p[(15 * 30 + 15) * 4 + 3] = 0;
	struct image_file out[IMAGE_SIZES];
	made(a, &pic, false, out);
	CHECK(out[0].format == IMAGE_PNG && out[2].format == IMAGE_PNG);
	arena_free(a);
}

TEST(image, a_file_that_is_cut_off_is_broken)
{
	struct arena *a = arena_new(0);
	struct picture pic = filled(a, 60, 60);
	for (int jpeg = 0; jpeg < 2; jpeg++) {
		struct image_file file, out[IMAGE_SIZES];
		CHECK((jpeg ? encode_jpeg : encode_png)(a, &pic, &file));
		for (size_t n = 30; n < file.n - 30; n += 17)
			CHECK(image_make(a, file.bytes, n, &image_avatar, out) == IMAGE_BROKEN);
	}
	arena_free(a);
}

TEST(image, more_pixels_than_are_taken_are_refused_before_they_are_read)
{
	struct arena *a = arena_new(0);
	struct picture pic = filled(a, 60, 60);
	struct image_want want = image_avatar;
	want.limits = (struct image_limits){ 59, 100000 };
	struct image_file file, out[IMAGE_SIZES];
	CHECK(encode_png(a, &pic, &file));
	CHECK(image_make(a, file.bytes, file.n, &want, out) == IMAGE_TOO_LARGE);
	arena_free(a);
}
