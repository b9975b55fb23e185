#include "bus/redis_reply.h"

#include <hiredis/read.h>
#include <stdlib.h>

struct reply_reader {
	redisReader *reader;
	struct arena *mem; /* of the answer that is being read */
	size_t fed;
};

static struct reply *make(const redisReadTask *task, enum reply_kind kind)
{
	struct reply_reader *r = task->privdata;
	struct reply *out = arena_new_of(r->mem, struct reply);
	out->kind = kind;
	if (task->parent) {
		const struct reply *list = task->parent->obj;
		((struct reply **)(uintptr_t)list->items)[task->idx] = out;
	}
	return out;
}

static void *make_text(const redisReadTask *task, char *s, size_t n)
{
	struct reply_reader *r = task->privdata;
	struct reply *out = make(task, task->type == REDIS_REPLY_ERROR ? REPLY_ERROR : REPLY_TEXT);
	out->s = arena_memdup0(r->mem, s, n);
	out->n = n;
	return out;
}

/* NULL makes the reader fail: a list's length is a promise that costs its sender nothing. */
static void *make_list(const redisReadTask *task, int n)
{
	struct reply_reader *r = task->privdata;
	if (n < 0 || n > REPLY_ITEMS_MAX)
		return NULL;
	struct reply *out = make(task, REPLY_LIST);
	out->items = arena_array_of(r->mem, struct reply *, (size_t)n + 1);
	out->n = (size_t)n;
	return out;
}

static void *make_int(const redisReadTask *task, long long i)
{
	struct reply *out = make(task, REPLY_INT);
	out->i = i;
	return out;
}

static void *make_nil(const redisReadTask *task)
{
	return make(task, REPLY_NIL);
}

static void keep(void *reply)
{
	(void)reply; /* goes with its arena */
}

static redisReplyObjectFunctions functions = { make_text, make_list, make_int, make_nil, keep };

struct reply_reader *reply_reader_new(void)
{
	struct reply_reader *r = calloc(1, sizeof *r);
	if (!r)
		abort();
	r->reader = redisReaderCreateWithFunctions(&functions);
	if (!r->reader)
		abort();
	r->reader->privdata = r;
	return r;
}

void reply_reader_free(struct reply_reader *r)
{
	if (!r)
		return;
	redisReaderFree(r->reader);
	free(r);
}

/* Its reader says that an answer has begun as soon as it has looked for one behind the last; the bytes say whether it has. */
bool reply_begun(const struct reply_reader *r)
{
	const redisReader *reader = r->reader;
	return reader->ridx > 0 || (reader->ridx == 0 && reader->pos < reader->len);
}

void reply_begin(struct reply_reader *r)
{
	r->fed = 0;
}

bool reply_feed(struct reply_reader *r, const void *p, size_t n)
{
	r->fed += n;
	return r->fed <= REPLY_BYTES_MAX && redisReaderFeed(r->reader, p, n) == REDIS_OK;
}

bool reply_next(struct reply_reader *r, struct arena *a, struct reply **out)
{
	void *got = NULL;
	r->mem = a;
	if (redisReaderGetReply(r->reader, &got) != REDIS_OK)
		return false;
	*out = got;
	return true;
}

bool redis_read(struct arena *a, const void *p, size_t n, struct reply **last)
{
	struct reply_reader *r = reply_reader_new();
	struct reply *one = NULL;
	bool good = reply_feed(r, p, n);
	*last = NULL;
	while (good && (good = reply_next(r, a, &one)) && one)
		*last = one;
	reply_reader_free(r);
	return good;
}
