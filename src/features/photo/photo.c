#include "features/photo/photo.h"
#include "features/photo/photo_file.h"
#include "features/photo/photo_store.h"

#include <pthread.h>
#include <string.h>

enum { HOUR_MS = 3600000, FOLDERS_A_TURN = 16, REPLACED_MAX = 1024, URL_SIZE = 80 };

void photo_init(const char *folder)
{
	photo_file_init(folder);
}

/* --- what was replaced -------------------------------------------------------------------------------------------- */

/* Addresses that a transaction took out of a row. Whether it was committed the rows say, when the job asks them; a name
 * that has gone from the rows never comes back. What is lost here by a crash the slow walk finds. */
static struct {
	pthread_mutex_t lock;
	char urls[REPLACED_MAX][URL_SIZE];
	size_t n;
} replaced = { .lock = PTHREAD_MUTEX_INITIALIZER };

static void note_replaced(const char *url)
{
	if (!photo_file_is_url(url) || strlen(url) >= URL_SIZE)
		return;
	pthread_mutex_lock(&replaced.lock);
	if (replaced.n < REPLACED_MAX)
		memcpy(replaced.urls[replaced.n++], url, strlen(url) + 1);
	pthread_mutex_unlock(&replaced.lock);
}

static size_t take_replaced(struct cx *cx, char (**out)[URL_SIZE])
{
	pthread_mutex_lock(&replaced.lock);
	size_t n = replaced.n;
	*out = arena_alloc_array(cx->mem, n + 1, URL_SIZE);
	memcpy(*out, replaced.urls, n * URL_SIZE);
	replaced.n = 0;
	pthread_mutex_unlock(&replaced.lock);
	return n;
}

static err_t remove_unused(struct cx *cx, const char *url)
{
	bool used;
	TRY(photo_store_is_used(cx, url, &used));
	if (!used)
		photo_file_remove(cx, url);
	return ERR_OK;
}

/* A transaction that has not ended yet when the job asks is found by the slow walk instead. */
err_t photo_clean_replaced(struct cx *cx)
{
	char(*urls)[URL_SIZE];
	size_t n = take_replaced(cx, &urls);
	for (size_t i = 0; i < n; i++)
		TRY(remove_unused(cx, urls[i]));
	return ERR_OK;
}

/* A part of the folders each time, so that other jobs do not wait for it; all of them within the period times 16. */
err_t photo_clean(struct cx *cx)
{
	static unsigned next; /* of the one thread that runs jobs */
	for (int i = 0; i < FOLDERS_A_TURN; i++, next = (next + 1) % PHOTO_FOLDERS) {
		struct list urls;
		TRY(photo_file_list(cx, next, cx->now - HOUR_MS, &urls));
		for (size_t k = 0; k < urls.n; k++)
			TRY(remove_unused(cx, ((const char **)urls.items)[k]));
	}
	return ERR_OK;
}

/* --- taking one --------------------------------------------------------------------------------------------------- */

static err_t refuse(struct cx *cx, err_t code, const char *sentence)
{
	cx->fail.message = sentence;
	return FAIL(cx, code, "%s", sentence);
}

static err_t explain(struct cx *cx, enum image_error e)
{
	switch (e) {
	case IMAGE_OK:
		return ERR_OK;
	case IMAGE_UNKNOWN:
		return refuse(cx, ERR_MEDIA_TYPE,
			"This is no picture that the server reads. Send a JPEG, PNG, WebP or GIF file.");
	case IMAGE_TOO_LARGE:
		return refuse(cx, ERR_INVALID,
			"The picture has too many pixels. It may have 12,000 on a side and 50 million in all.");
	case IMAGE_SLOW:
		return refuse(cx, ERR_INVALID, "The picture took too long to read. Save it anew, or smaller.");
	case IMAGE_BUSY:
		cx->fail.retry_after = 2;
		return refuse(cx, ERR_BUSY, "Other pictures are being read. Try again in a moment.");
	case IMAGE_UNSAFE:
		return FAIL(cx, ERR_UNAVAILABLE, "the process that reads pictures could not be started and shut in");
	case IMAGE_BROKEN:
	case IMAGE_CRASHED:
		break;
	}
	return refuse(
		cx, ERR_INVALID, "The picture could not be read. Open it in a program for pictures and save it anew.");
}

static err_t take(struct cx *cx, const struct image_want *want)
{
	const struct photo_conf *conf = CONF_OF(cx, photo);
	struct image_file files[IMAGE_SIZES];
	struct image_head head;
	if ((int64_t)cx->file->n > conf->body_max)
		return FAIL(cx, ERR_TOO_LARGE, "a picture of %zu bytes", cx->file->n);
	/* Before a process is started for it. */
	enum image_error e = image_sniff(cx->file->bytes, cx->file->n, &head);
	if (!e && !image_fits(&want->limits, head.width, head.height))
		e = IMAGE_TOO_LARGE;
	if (!e)
		e = image_in_process(
			cx->mem, cx->file->bytes, cx->file->n, want, conf->timeout, (int)conf->at_once, files);
	TRY(explain(cx, e));
	const char *url;
	TRY(photo_file_write(cx, want, files, &url));
	cx->file->made = (void *)(uintptr_t)url;
	return ERR_OK;
}

err_t photo_take_avatar(struct cx *cx)
{
	return take(cx, &image_avatar);
}

err_t photo_take_cover(struct cx *cx)
{
	return take(cx, &image_cover);
}

const char *photo_taken(const struct cx *cx)
{
	return cx->file ? cx->file->made : NULL;
}

/* --- operations --------------------------------------------------------------------------------------------------- */

static err_t put(struct cx *cx, const char *id, enum user_picture which, const char *url, struct user *out)
{
	const char *old;
	TRY(user_set_picture(cx, id, which, url, out, &old));
	note_replaced(old);
	return person_shown(cx, out);
}

static err_t put_new(struct cx *cx, const char *id, enum user_picture which, struct user *out)
{
	const char *url = photo_taken(cx);
	if (!url)
		return cx_field_code(
			cx, "file", "required", "is required: a picture, as form data or as the body itself");
	return put(cx, id, which, url, out);
}

static err_t own(struct cx *cx)
{
	return cx->who.kind == ACTOR_USER ? ERR_OK : FAIL(cx, ERR_DENIED, "only a person has a profile of its own");
}

err_t avatar_set(struct cx *cx, const struct photo_owner *in, struct user *out)
{
	return put_new(cx, in->id, USER_AVATAR, out);
}

err_t avatar_set_me(struct cx *cx, const struct none *in, struct user *out)
{
	(void)in;
	TRY(own(cx));
	return put_new(cx, cx->who.id, USER_AVATAR, out);
}

err_t avatar_clear(struct cx *cx, const struct photo_owner *in, struct user *out)
{
	return put(cx, in->id, USER_AVATAR, NULL, out);
}

err_t avatar_clear_me(struct cx *cx, const struct none *in, struct user *out)
{
	(void)in;
	TRY(own(cx));
	return put(cx, cx->who.id, USER_AVATAR, NULL, out);
}

err_t cover_set(struct cx *cx, const struct photo_owner *in, struct user *out)
{
	return put_new(cx, in->id, USER_COVER, out);
}

err_t cover_set_me(struct cx *cx, const struct none *in, struct user *out)
{
	(void)in;
	TRY(own(cx));
	return put_new(cx, cx->who.id, USER_COVER, out);
}

err_t cover_clear(struct cx *cx, const struct photo_owner *in, struct user *out)
{
	return put(cx, in->id, USER_COVER, NULL, out);
}

err_t cover_clear_me(struct cx *cx, const struct none *in, struct user *out)
{
	(void)in;
	TRY(own(cx));
	return put(cx, cx->who.id, USER_COVER, NULL, out);
}

err_t photo_drop(struct cx *cx, const char *user_id)
{
	static const enum user_picture both[] = { USER_AVATAR, USER_COVER };
	for (size_t i = 0; i < 2; i++) {
		const char *old;
		TRY(user_forget_picture(cx, user_id, both[i], &old));
		note_replaced(old);
	}
	return ERR_OK;
}
