#include "http/curl_late.h"

#include <dlfcn.h>
#include <pthread.h>
#include <stddef.h>

static struct curl_late curl;
static bool there;
static pthread_once_t once = PTHREAD_ONCE_INIT;

static const struct {
	const char *name;
	size_t off;
} functions[] = {
#define FUNCTION(name_) \
	{ \
		"curl_" #name_, offsetof(struct curl_late, name_) \
	}
	FUNCTION(global_init),
	FUNCTION(easy_init),
	FUNCTION(easy_cleanup),
	FUNCTION(easy_setopt),
	FUNCTION(easy_getinfo),
	FUNCTION(easy_strerror),
	FUNCTION(multi_init),
	FUNCTION(multi_cleanup),
	FUNCTION(multi_setopt),
	FUNCTION(multi_add_handle),
	FUNCTION(multi_remove_handle),
	FUNCTION(multi_perform),
	FUNCTION(multi_poll),
	FUNCTION(multi_wakeup),
	FUNCTION(multi_info_read),
	FUNCTION(slist_append),
	FUNCTION(slist_free_all),
};

static void load(void)
{
	void *library = dlopen("libcurl.so.4", RTLD_NOW | RTLD_LOCAL); /* never closed: it may have made threads */
	if (!library)
		return;
	for (size_t i = 0; i < sizeof functions / sizeof *functions; i++) {
		/* POSIX lets a function be an object here. */
		void **f = (void **)(void *)((char *)&curl + functions[i].off);
		*f = dlsym(library, functions[i].name);
		if (!*f)
			return;
	}
	there = curl.global_init(CURL_GLOBAL_DEFAULT) == CURLE_OK;
}

const struct curl_late *curl_late(const char **why)
{
	pthread_once(&once, load);
	*why = "libcurl.so.4 is missing or too old; install libcurl4";
	return there ? &curl : NULL;
}

void curl_set_bounds(CURL *easy, const struct curl_bounds *b)
{
	CURLcode (*set)(CURL *, CURLoption, ...) = curl.easy_setopt;
	set(easy, CURLOPT_PROXY, ""); /* whatever the environment says */
	set(easy, CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2);
	set(easy, CURLOPT_SSL_VERIFYPEER, 1L);
	set(easy, CURLOPT_SSL_VERIFYHOST, 2L);
	if (b->ca_file && *b->ca_file) {
		set(easy, CURLOPT_CAINFO, b->ca_file);
		set(easy, CURLOPT_CAPATH, NULL);
	}
	set(easy, CURLOPT_CONNECTTIMEOUT_MS, (long)b->connect_ms);
	set(easy, CURLOPT_TIMEOUT_MS, (long)b->total_ms);
	set(easy, CURLOPT_NOSIGNAL, 1L);
	set(easy, CURLOPT_QUICK_EXIT, 1L); /* a name server that does not answer holds nobody up */
}
