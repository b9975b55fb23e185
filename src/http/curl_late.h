/* libcurl, loaded when it is first needed: it brings thirty libraries along, which a server that sends no mail should not
 * hold in memory (decision 0015). */
#ifndef HTTP_CURL_LATE_H
#define HTTP_CURL_LATE_H

#include <curl/curl.h>
#include <stdbool.h>
#include <stdint.h>

struct curl_late {
	CURLcode (*global_init)(long flags);
	CURL *(*easy_init)(void);
	void (*easy_cleanup)(CURL *e);
	CURLcode (*easy_setopt)(CURL *e, CURLoption o, ...);
	CURLcode (*easy_getinfo)(CURL *e, CURLINFO i, ...);
	const char *(*easy_strerror)(CURLcode code);
	CURLM *(*multi_init)(void);
	CURLMcode (*multi_cleanup)(CURLM *m);
	CURLMcode (*multi_setopt)(CURLM *m, CURLMoption o, ...);
	CURLMcode (*multi_add_handle)(CURLM *m, CURL *e);
	CURLMcode (*multi_remove_handle)(CURLM *m, CURL *e);
	CURLMcode (*multi_perform)(CURLM *m, int *running);
	CURLMcode (*multi_poll)(CURLM *m, struct curl_waitfd *more, unsigned n, int ms, int *ready);
	CURLMcode (*multi_wakeup)(CURLM *m);
	CURLMsg *(*multi_info_read)(CURLM *m, int *left);
	struct curl_slist *(*slist_append)(struct curl_slist *l, const char *s);
	void (*slist_free_all)(struct curl_slist *l);
};

/* NULL and *why when the library is not there. */
const struct curl_late *curl_late(const char **why);

/* What holds for every transfer, whatever its protocol: no proxy of the environment, TLS from 1.2 on with a certificate that is
 * verified against ca_file (NULL or "": the system's), bounded in time, no signals, and no waiting for a name server at the end.
 * The text must outlive the transfer. */
struct curl_bounds {
	const char *ca_file;
	int64_t connect_ms, total_ms; /* for the connection to be ready; for the whole */
};
void curl_set_bounds(CURL *easy, const struct curl_bounds *b);

#endif
