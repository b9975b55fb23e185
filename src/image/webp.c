#include "image/picture.h"

#include <webp/decode.h>
#include <webp/demux.h>

/* Some is left over for the filter that follows: the library's own is a plain mean. */
enum { SPARE = 2 };

static unsigned orientation(WebPDemuxer *file)
{
	WebPChunkIterator chunk;
	unsigned o = 1;
	if (WebPDemuxGetChunk(file, "EXIF", 1, &chunk))
		o = image_orientation(chunk.chunk.bytes, chunk.chunk.size);
	WebPDemuxReleaseChunkIterator(&chunk);
	return o;
}

static enum image_error decode_frame(const struct source *s, const WebPData *frame, struct picture *out)
{
	WebPDecoderConfig c;
	if (!WebPInitDecoderConfig(&c) || WebPGetFeatures(frame->bytes, frame->size, &c.input) != VP8_STATUS_OK)
		return IMAGE_BROKEN;
	uint32_t w = (uint32_t)c.input.width, h = (uint32_t)c.input.height;
	if (!image_fits(&s->want->limits, w, h))
		return IMAGE_TOO_LARGE;
	unsigned turn = out->orientation;
	uint32_t k = picture_spare(s->want, w, h, turn, SPARE);
	*out = picture_new(s->mem, (w + k - 1) / k, (h + k - 1) / k);
	out->orientation = turn;
	c.options.use_scaling = k > 1;
	c.options.scaled_width = (int)out->w;
	c.options.scaled_height = (int)out->h;
	c.output.colorspace = MODE_RGBA;
	c.output.is_external_memory = 1;
	c.output.u.RGBA.rgba = out->p;
	c.output.u.RGBA.stride = (int)out->w * 4;
	c.output.u.RGBA.size = (size_t)out->w * out->h * 4;
	VP8StatusCode status = WebPDecode(frame->bytes, frame->size, &c);
	WebPFreeDecBuffer(&c.output);
	return status == VP8_STATUS_OK ? IMAGE_OK : IMAGE_BROKEN;
}

/* Of an animation the first frame. */
enum image_error decode_webp(const struct source *s, struct picture *out)
{
	enum image_error e = IMAGE_BROKEN;
	WebPDemuxer *file = WebPDemux(&(WebPData){ s->p, s->n });
	WebPIterator frame;
	if (!file)
		return e;
	if (WebPDemuxGetFrame(file, 1, &frame)) {
		out->orientation = orientation(file);
		e = frame.complete ? decode_frame(s, &frame.fragment, out) : IMAGE_BROKEN;
	}
	WebPDemuxReleaseIterator(&frame);
	WebPDemuxDelete(file);
	return e;
}
