#include "crypto/password.h"

#include <math.h>
#include <sodium.h>
#include <string.h>
#include <zxcvbn.h>

enum {
	SCORED = 100, /* bytes of a password that are looked at */
	WORDS = 32, /* of the account */
	WORD_MIN = 3, /* shorter ones are in every good password */
	WORD_BYTES = 1024, /* for all of them together */
};

struct words {
	const char *list[WORDS + 1];
	size_t n, used;
	char bytes[WORD_BYTES];
};

static void word_add(struct words *w, const char *s, size_t n)
{
	if (n < WORD_MIN || n > SCORED || w->n == WORDS || n + 1 > WORD_BYTES - w->used)
		return;
	char *at = w->bytes + w->used;
	memcpy(at, s, n);
	at[n] = 0;
	w->used += n + 1;
	w->list[w->n++] = at;
}

/* The text itself and its parts: "ada.lovelace@example.org" is guessed as "lovelace" too. */
static void words_add(struct words *w, const char *s)
{
	static const char breaks[] = " .@_-+'";
	word_add(w, s, strlen(s));
	size_t n = strcspn(s, breaks);
	if (!s[n])
		return; /* has no parts */
	for (; *s; s += n, s += strspn(s, breaks)) {
		n = strcspn(s, breaks);
		word_add(w, s, n);
	}
}

int password_score(const char *password, const char *const *own)
{
	/* zxcvbn's thresholds: fewer than 10^3, 10^6, 10^8, 10^10 guesses */
	static const double decades[] = { 3, 6, 8, 10 };
	char head[SCORED + 1] = { 0 };
	struct words w = { .n = 0 };
	memcpy(head, password, strnlen(password, SCORED));
	for (size_t i = 0; own && own[i]; i++)
		words_add(&w, own[i]);
	double guesses = ZxcvbnMatch(head, w.list, NULL) * log10(2); /* as a power of ten */
	sodium_memzero(head, sizeof head);
	int score = 0;
	while (score < 4 && guesses >= decades[score])
		score++;
	return score;
}
