#include "http/websocket.h"

#include "base/buf.h"
#include "http/utf8_stream.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>
#include <wslay/wslay.h>

enum {
	CONTROL_MAX = 125, /* section 5.5 */
	MASK = 4, /* bytes of it in a frame of a client */
	PONG_BELOW = 64 << 10, /* pongs wait for a client that does not read */
	DEFLATE_FROM = 1024, /* bytes: shorter messages gain little */
	DEFLATE_ROOM = 1024, /* what a message that does not compress may be longer for it, beside an eighth */
};

struct ws {
	struct ws_handler handler;
	struct ws_limits max;
	/* Reads frames; what they mean together is decided here. It has a buffer of a page: so it is there only while a frame is
	 * coming, NULL between them. */
	wslay_frame_context_ptr frames;
	uint64_t held; /* bytes that `frames` has taken and not given yet */
	const char *in; /* what ws_feed() was given and the frames have not taken yet */
	size_t in_n;

	bool in_frame; /* the current frame: */
	uint8_t opcode;
	bool fin;
	uint64_t left; /* bytes of its payload still to come */
	struct buf control; /* payload of a control frame, while it is coming */

	bool in_message; /* the current message: */
	enum ws_kind kind;
	bool compressed; /* `message` waits to be inflated when it is whole */
	struct buf message;
	size_t fragments;
	struct utf8_stream text;

	struct buf out;
	size_t out_sent; /* bytes at its front that were written */
	struct buf pong; /* the newest ping not answered yet (section 5.5.3 lets older ones go unanswered) */
	bool pong_owed;

	bool close_sent, close_received;
	bool deaf; /* nothing more is read */
	bool ended; /* on_close was called */
	int cut_code; /* not 0: cut with this code */
};

static ssize_t take_input(uint8_t *p, size_t room, int flags, void *arg)
{
	(void)flags;
	struct ws *w = arg;
	size_t n = room < w->in_n ? room : w->in_n;
	if (!n)
		return -1; /* "come back with more" to wslay */
	memcpy(p, w->in, n);
	w->in += n;
	w->in_n -= n;
	w->held += n;
	return (ssize_t)n;
}

static void reader_begins(struct ws *w)
{
	static const struct wslay_frame_callbacks io = { .recv_callback = take_input };
	if (!w->frames && wslay_frame_context_init(&w->frames, &io, w) != 0)
		abort();
}

static void reader_ends(struct ws *w)
{
	if (w->frames)
		wslay_frame_context_free(w->frames);
	w->frames = NULL;
	w->held = 0;
}

static size_t or_else(size_t n, size_t otherwise)
{
	return n ? n : otherwise;
}

struct ws *ws_new(const struct ws_handler *handler, const struct ws_limits *limits)
{
	struct ws *w = calloc(1, sizeof *w);
	if (!w)
		abort();
	w->handler = *handler;
	if (limits)
		w->max = *limits;
	w->max.message = or_else(w->max.message, 16 << 20);
	w->max.fragments = or_else(w->max.fragments, 65536);
	w->max.output = or_else(w->max.output, 32 << 20);
	return w;
}

void ws_free(struct ws *w)
{
	if (!w)
		return;
	reader_ends(w);
	buf_free(&w->message);
	buf_free(&w->control);
	buf_free(&w->pong);
	buf_free(&w->out);
	free(w);
}

/* --- out ------------------------------------------------------------------------------------------------------------ */

static size_t waiting(const struct ws *w)
{
	return w->out.n - w->out_sent;
}

/* Bytes of the length behind the second one of a frame (section 5.2). */
static size_t length_size(uint64_t n)
{
	if (n < 126)
		return 0;
	return n <= UINT16_MAX ? 2 : 8;
}

/* What a server sends has no mask. */
static void write_frame(struct buf *out, uint8_t rsv, uint8_t opcode, const char *p, size_t n)
{
	const size_t more = length_size(n);
	char head[2 + 8] = { (char)(0x80 | rsv << 4 | opcode), (char)(more == 0 ? n : more == 2 ? 126 : 127) };
	for (size_t i = 0; i < more; i++)
		head[2 + i] = (char)(n >> 8 * (more - 1 - i) & 0xff);
	buf_add(out, head, 2 + more);
	buf_add(out, p, n);
}

static void add_frame(struct ws *w, uint8_t opcode, const char *p, size_t n)
{
	write_frame(&w->out, WSLAY_RSV_NONE, opcode, p, n);
}

/* The client does not read: nothing that we could still say would reach it. */
static void cut(struct ws *w, int code)
{
	w->cut_code = code;
	w->deaf = true;
	buf_free(&w->out);
	w->out_sent = 0;
}

static bool is_silent(const struct ws *w)
{
	return w->close_sent || w->deaf;
}

static bool has_room(const struct ws *w, size_t n)
{
	return n <= w->max.output && waiting(w) <= w->max.output - n;
}

static bool may_add(struct ws *w, size_t n)
{
	if (is_silent(w))
		return false;
	if (has_room(w, n))
		return true;
	cut(w, WS_POLICY);
	return false;
}

static uint8_t opcode_of(enum ws_kind kind)
{
	return kind == WS_TEXT ? WSLAY_TEXT_FRAME : WSLAY_BINARY_FRAME;
}

void ws_frame(struct buf *out, enum ws_kind kind, const char *p, size_t n)
{
	write_frame(out, WSLAY_RSV_NONE, opcode_of(kind), p, n);
}

bool ws_may_frames(const struct ws *w, size_t n)
{
	return !w->max.window && !is_silent(w) && has_room(w, n);
}

void ws_send_frames(struct ws *w, const char *p, size_t n)
{
	buf_add(&w->out, p, n);
}

bool ws_send(struct ws *w, enum ws_kind kind, const char *p, size_t n)
{
	struct buf small = { 0 };
	bool deflate = w->max.window && n >= DEFLATE_FROM && !ws_closing(w);
	uint8_t rsv = deflate && ws_deflate(w->max.window, p, n, &small) ? WSLAY_RSV1_BIT : WSLAY_RSV_NONE;
	if (rsv) {
		p = small.p;
		n = small.n;
	}
	bool may = may_add(w, n);
	if (may)
		write_frame(&w->out, rsv, opcode_of(kind), p, n);
	buf_free(&small);
	return may;
}

bool ws_ping(struct ws *w)
{
	if (!may_add(w, 0))
		return false;
	add_frame(w, WSLAY_PING, "", 0);
	return true;
}

static void answer_ping(struct ws *w)
{
	if (!w->pong_owed || w->close_sent || waiting(w) > PONG_BELOW)
		return;
	w->pong_owed = false;
	add_frame(w, WSLAY_PONG, w->pong.p, w->pong.n);
	buf_free(&w->pong);
}

/* A close frame with a code, or an empty one for WS_NO_STATUS. A reason too long is cut between characters. */
static void send_close(struct ws *w, int code, const char *reason, size_t n)
{
	char payload[CONTROL_MAX] = { (char)(code >> 8), (char)(code & 0xff) };
	if (w->close_sent)
		return;
	if (n > CONTROL_MAX - 2) {
		n = CONTROL_MAX - 2;
		while (n && ((unsigned char)reason[n] & 0xc0) == 0x80)
			n--;
	}
	if (n)
		memcpy(payload + 2, reason, n);
	add_frame(w, WSLAY_CONNECTION_CLOSE, payload, code == WS_NO_STATUS ? 0 : n + 2);
	w->close_sent = true;
}

void ws_close(struct ws *w, enum ws_code code, const char *reason)
{
	if (!w->deaf)
		send_close(w, (int)code, reason, reason ? strlen(reason) : 0);
}

const char *ws_output(const struct ws *w, size_t *n)
{
	*n = waiting(w);
	return *n ? w->out.p + w->out_sent : "";
}

void ws_sent(struct ws *w, size_t n)
{
	assert(n <= waiting(w));
	w->out_sent += n;
	if (w->out_sent == w->out.n) {
		w->out_sent = 0;
		buf_free(&w->out); /* a quiet one holds no memory */
	} else if (w->out_sent > w->out.n / 2) { /* moves each byte at most twice, all told */
		buf_drop(&w->out, w->out_sent);
		w->out_sent = 0;
	}
	answer_ping(w);
}

/* --- in ------------------------------------------------------------------------------------------------------------- */

static void end(struct ws *w, int code, const char *reason, size_t n)
{
	w->deaf = true;
	buf_free(&w->message);
	if (w->ended)
		return;
	w->ended = true;
	if (w->handler.on_close)
		w->handler.on_close(w->handler.arg, w, code, reason, n);
}

/* Section 7.1.7: fail the connection. */
static void fail(struct ws *w, enum ws_code code, const char *reason)
{
	send_close(w, (int)code, reason, strlen(reason));
	end(w, (int)code, reason, strlen(reason));
}

/* Section 7.4: codes that may stand in a frame. 1012 to 1014 were registered later. */
static bool is_close_code(int code)
{
	return (code >= 1000 && code <= 1003) || (code >= 1007 && code <= 1014) || (code >= 3000 && code <= 4999);
}

static void close_received(struct ws *w)
{
	if (w->control.n == 1) {
		fail(w, WS_PROTOCOL_ERROR, "half a close code");
		return;
	}
	int code = WS_NO_STATUS;
	const bool says = w->control.n;
	const size_t n = says ? w->control.n - 2 : 0;
	const char *reason = says ? w->control.p + 2 : "";
	struct utf8_stream text = { 0 };
	if (says) {
		code = (unsigned char)w->control.p[0] << 8 | (unsigned char)w->control.p[1];
		if (!is_close_code(code)) {
			fail(w, WS_PROTOCOL_ERROR, "a close code that does not exist");
			return;
		}
	}
	if (!utf8_stream_feed(&text, reason, n) || !utf8_stream_complete(&text)) {
		fail(w, WS_NOT_UTF8, "a close reason that is not UTF-8");
		return;
	}
	w->close_received = true;
	send_close(w, code, NULL, 0);
	end(w, code, reason, n);
}

static void control_received(struct ws *w)
{
	switch (w->opcode) {
	case WSLAY_CONNECTION_CLOSE:
		close_received(w);
		break;
	case WSLAY_PING:
		buf_free(&w->pong);
		w->pong = w->control;
		w->control = (struct buf){ 0 };
		w->pong_owed = true;
		answer_ping(w);
		break;
	case WSLAY_PONG:
		if (w->handler.on_pong)
			w->handler.on_pong(w->handler.arg, w);
		break;
	}
}

/* Bytes of payload that a message may have. Compressed it may be longer than what it says, but not by much. */
static uint64_t payload_max(const struct ws *w)
{
	return w->compressed ? w->max.message + w->max.message / 8 + DEFLATE_ROOM : w->max.message;
}

/* Checks the head of a data frame against the message it belongs to (section 5.4). */
static bool data_frame_begins(struct ws *w, bool compressed, uint64_t n)
{
	if ((w->opcode == WSLAY_CONTINUATION_FRAME) != w->in_message) {
		fail(w, WS_PROTOCOL_ERROR, w->in_message ? "a message inside another" : "a continuation of nothing");
		return false;
	}
	if (!w->in_message) {
		w->in_message = true;
		w->kind = w->opcode == WSLAY_TEXT_FRAME ? WS_TEXT : WS_BINARY;
		w->compressed = compressed;
		w->fragments = 0;
		w->text = (struct utf8_stream){ 0 };
	}
	if (++w->fragments > w->max.fragments) {
		fail(w, WS_TOO_BIG, "too many fragments");
		return false;
	}
	if (n > payload_max(w) - w->message.n) {
		fail(w, WS_TOO_BIG, "the message is too long");
		return false;
	}
	return true;
}

/* The first bit is for the first frame of a message that is compressed (RFC 7692 section 6), where that was agreed on. */
static bool rsv_is_allowed(const struct ws *w, const struct wslay_frame_iocb *f)
{
	bool first = f->opcode == WSLAY_TEXT_FRAME || f->opcode == WSLAY_BINARY_FRAME;
	return f->rsv == WSLAY_RSV_NONE || (f->rsv == WSLAY_RSV1_BIT && first && w->max.window);
}

static bool frame_begins(struct ws *w, const struct wslay_frame_iocb *f)
{
	static const bool known[16] = { [WSLAY_CONTINUATION_FRAME] = true,
		[WSLAY_TEXT_FRAME] = true,
		[WSLAY_BINARY_FRAME] = true,
		[WSLAY_CONNECTION_CLOSE] = true,
		[WSLAY_PING] = true,
		[WSLAY_PONG] = true };
	if (!f->mask || f->opcode > 15 || !known[f->opcode] || !rsv_is_allowed(w, f)) {
		/* Section 5.1: a server must close on a frame without a mask; 5.2: on reserved bits and opcodes. */
		fail(w, WS_PROTOCOL_ERROR, !f->mask ? "a frame without a mask" : "reserved bits or opcode");
		return false;
	}
	w->in_frame = true;
	w->held -= 2 + length_size(f->payload_length) + MASK;
	w->opcode = f->opcode;
	w->fin = f->fin;
	w->left = f->payload_length;
	return wslay_is_ctrl_frame(f->opcode) || data_frame_begins(w, f->rsv, f->payload_length);
}

static bool frame_data(struct ws *w, const char *p, size_t n)
{
	w->left -= n;
	w->held -= n;
	if (wslay_is_ctrl_frame(w->opcode)) {
		buf_add(&w->control, p, n); /* wslay refuses more than 125 bytes in all */
		return true;
	}
	if (w->kind == WS_TEXT && !w->compressed && !utf8_stream_feed(&w->text, p, n)) {
		fail(w, WS_NOT_UTF8, "text that is not UTF-8");
		return false;
	}
	if (!w->close_sent) /* after our close its messages are only passed over */
		buf_add(&w->message, p, n);
	return true;
}

/* Puts what a compressed message says in its place. */
static bool inflate_message(struct ws *w)
{
	struct buf message = { 0 };
	enum ws_inflated end = ws_inflate(w->message.p, w->message.n, w->max.message, &message);
	buf_free(&w->message);
	w->message = message;
	switch (end) {
	case WS_INFLATED:
		break;
	case WS_INFLATE_BROKEN:
		fail(w, WS_NOT_UTF8, "a message that cannot be inflated"); /* 1007: data that does not fit its kind */
		return false;
	case WS_INFLATE_TOO_BIG:
		fail(w, WS_TOO_BIG, "the message is too long");
		return false;
	}
	if (w->kind == WS_TEXT && !utf8_stream_feed(&w->text, message.p, message.n)) {
		fail(w, WS_NOT_UTF8, "text that is not UTF-8");
		return false;
	}
	return true;
}

static void message_received(struct ws *w)
{
	if (w->compressed && !w->close_sent && !inflate_message(w))
		return;
	if (w->kind == WS_TEXT && !utf8_stream_complete(&w->text)) {
		fail(w, WS_NOT_UTF8, "text that ends inside a character");
		return;
	}
	struct buf message = w->message;
	w->message = (struct buf){ 0 };
	w->in_message = false;
	if (!w->close_sent)
		w->handler.on_message(w->handler.arg, w, w->kind, buf_cstr(&message), message.n);
	buf_free(&message);
}

static void frame_ends(struct ws *w)
{
	w->in_frame = false;
	if (!wslay_is_ctrl_frame(w->opcode)) {
		if (w->fin)
			message_received(w);
		return;
	}
	control_received(w);
	buf_free(&w->control);
}

void ws_feed(struct ws *w, const char *p, size_t n)
{
	w->in = p;
	w->in_n = n;
	reader_begins(w);
	while (!w->deaf) {
		struct wslay_frame_iocb f = { 0 };
		ssize_t got = wslay_frame_recv(w->frames, &f);
		if (got == WSLAY_ERR_WANT_READ)
			break;
		if (got < 0) {
			fail(w, WS_PROTOCOL_ERROR, "a malformed frame");
			break;
		}
		if (!w->in_frame && !frame_begins(w, &f))
			break;
		if (frame_data(w, (const char *)f.data, f.data_length) && !w->left)
			frame_ends(w);
	}
	w->in = NULL;
	w->in_n = 0;
	if (w->deaf || (!w->in_frame && !w->held))
		reader_ends(w);
}

void ws_gone(struct ws *w)
{
	end(w, w->cut_code ? w->cut_code : WS_ABNORMAL, "", 0);
}

bool ws_closing(const struct ws *w)
{
	return w->close_sent || w->close_received || w->deaf;
}

bool ws_done(const struct ws *w)
{
	return w->deaf;
}
