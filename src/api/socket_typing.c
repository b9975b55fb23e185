/* That somebody types, in a room or to a person; and that he has stopped, when he says nothing more for a while. */
#include "api/socket_part.h"
#include "base/str.h"
#include "base/time.h"

#include <stdlib.h>

enum { EXPIRES_MS = 6000 };

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER; /* of the places of all visitors */

static void tell(const struct sio_socket *k, const struct visitor *v, const char *room, bool types)
{
	const bool person = str_starts(room, "user:");
	const struct told_typing told = { v->user_id, v->username, person ? NULL : room, types, time_now() };
	socket_tell_room(room, k, "user:typing", &told_typing_type, &told);
}

/* Most who are connected never type. */
static struct typing *places(struct visitor *v)
{
	if (!v->typing)
		v->typing = calloc(TYPING_MAX, sizeof *v->typing);
	if (!v->typing)
		abort();
	return v->typing;
}

/* Remembers it; the oldest place makes way. */
static void note(struct visitor *v, const char *room, bool types)
{
	pthread_mutex_lock(&lock);
	struct typing *at = places(v);
	for (size_t i = 0; i < TYPING_MAX; i++) {
		struct typing *t = &v->typing[i];
		if (strcmp(t->room, room) == 0) {
			at = t;
			break;
		}
		if (t->until < at->until)
			at = t;
	}
	if (types) {
		snprintf(at->room, sizeof at->room, "%s", room);
		at->until = time_monotonic() + EXPIRES_MS;
	} else if (strcmp(at->room, room) == 0) {
		*at = (struct typing){ 0 };
	}
	pthread_mutex_unlock(&lock);
}

void typing_told(struct sio_socket *k, const char *room, bool types)
{
	struct visitor *v = sio_user(k);
	note(v, room, types);
	tell(k, v, room, types);
}

/* Out of the places; false when none is over. */
static bool take_over(struct visitor *v, int64_t now, char room[static SIO_ROOM_MAX])
{
	bool found = false;
	pthread_mutex_lock(&lock);
	for (size_t i = 0; v->typing && i < TYPING_MAX && !found; i++) {
		struct typing *t = &v->typing[i];
		found = *t->room && t->until <= now;
		if (!found)
			continue;
		memcpy(room, t->room, SIO_ROOM_MAX);
		*t = (struct typing){ 0 };
	}
	pthread_mutex_unlock(&lock);
	return found;
}

void typing_expire(struct sio_socket *k, int64_t now)
{
	char room[SIO_ROOM_MAX];
	struct visitor *v = sio_user(k);
	while (take_over(v, now, room))
		tell(k, v, room, false);
}
