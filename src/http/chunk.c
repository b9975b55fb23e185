#include "http/chunk.h"
#include "http/field.h"

enum { DIGITS_MAX = 12 }; /* 2^48: enough for any body, and far from an overflow */

void chunk_init(struct chunk *c, int64_t body_max)
{
	*c = (struct chunk){ .max = body_max };
}

static int hex(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return -1;
}

static bool is_text(char c)
{
	return ((unsigned char)c >= 0x20 && c != 0x7f) || c == '\t';
}

static err_t go(struct chunk *c, enum chunk_at at)
{
	c->at = at;
	return ERR_OK;
}

static err_t in_size(struct chunk *c, char b)
{
	int digit = hex(b);
	if (digit >= 0) {
		if (++c->digits > DIGITS_MAX)
			return ERR_MALFORMED;
		c->left = c->left * 16 + digit;
		return go(c, CHUNK_SIZE);
	}
	if (c->digits == 0)
		return ERR_MALFORMED;
	if (b == ';')
		return go(c, CHUNK_EXTENSION);
	return b == '\r' ? go(c, CHUNK_SIZE_LF) : ERR_MALFORMED;
}

static err_t in_extension(struct chunk *c, char b)
{
	if (b == '\r')
		return go(c, CHUNK_SIZE_LF);
	return is_text(b) && ++c->extensions <= CHUNK_EXTENSIONS_MAX ? ERR_OK : ERR_MALFORMED;
}

static err_t size_ends(struct chunk *c, char b)
{
	if (b != '\n')
		return ERR_MALFORMED;
	c->digits = 0;
	if (c->left == 0)
		return go(c, CHUNK_TRAILER_FIRST);
	if (c->left > c->max - c->total)
		return ERR_TOO_LARGE;
	c->total += c->left;
	return go(c, CHUNK_DATA);
}

static err_t in_trailer(struct chunk *c, char b)
{
	if (++c->trailers > CHUNK_TRAILERS_MAX)
		return ERR_MALFORMED;
	if (c->at == CHUNK_TRAILER_FIRST && b == '\r')
		return go(c, CHUNK_END_LF);
	if (c->at == CHUNK_TRAILER_VALUE) {
		if (b == '\r')
			return go(c, CHUNK_TRAILER_LF);
		return is_text(b) ? ERR_OK : ERR_MALFORMED;
	}
	if (c->at == CHUNK_TRAILER_NAME && b == ':')
		return go(c, CHUNK_TRAILER_VALUE);
	return field_is_token_char(b) ? go(c, CHUNK_TRAILER_NAME) : ERR_MALFORMED;
}

static err_t step(struct chunk *c, char b)
{
	switch (c->at) {
	case CHUNK_SIZE_FIRST:
	case CHUNK_SIZE:
		return in_size(c, b);
	case CHUNK_EXTENSION:
		return in_extension(c, b);
	case CHUNK_SIZE_LF:
		return size_ends(c, b);
	case CHUNK_DATA_CR:
		return b == '\r' ? go(c, CHUNK_DATA_LF) : ERR_MALFORMED;
	case CHUNK_DATA_LF:
		return b == '\n' ? go(c, CHUNK_SIZE_FIRST) : ERR_MALFORMED;
	case CHUNK_TRAILER_FIRST:
	case CHUNK_TRAILER_NAME:
	case CHUNK_TRAILER_VALUE:
		return in_trailer(c, b);
	case CHUNK_TRAILER_LF:
		return b == '\n' ? go(c, CHUNK_TRAILER_FIRST) : ERR_MALFORMED;
	case CHUNK_END_LF:
		return b == '\n' ? go(c, CHUNK_DONE) : ERR_MALFORMED;
	case CHUNK_DATA:
	case CHUNK_DONE:
		break; /* chunk_check()'s own */
	}
	return ERR_MALFORMED;
}

err_t chunk_check(struct chunk *c, const char *p, size_t n, size_t *used)
{
	size_t i = 0;
	while (i < n && c->at != CHUNK_DONE) {
		if (c->at != CHUNK_DATA) {
			TRY(step(c, p[i++]));
			continue;
		}
		size_t take = n - i < (size_t)c->left ? n - i : (size_t)c->left;
		c->left -= (int64_t)take;
		i += take;
		if (c->left == 0)
			c->at = CHUNK_DATA_CR;
	}
	*used = i;
	return ERR_OK;
}
