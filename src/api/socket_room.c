/* Who may join which room: the rules of the setting `realtime.rooms`, "staff-*=moderator+admin, *=anyone". */
#include "api/socket_part.h"
#include "base/str.h"

#include <string.h>

/* One word of a text up to a character or its end, without blanks around; what is behind it. */
static const char *take(const char *p, const char *until, const char **word, size_t *n)
{
	const size_t length = strcspn(p, until);
	*word = p + strspn(p, " \t");
	*n = length > (size_t)(*word - p) ? length - (size_t)(*word - p) : 0;
	while (*n && strchr(" \t", (*word)[*n - 1]))
		(*n)--;
	return p + length;
}

static bool is(const char *word, size_t n, const char *text)
{
	return strlen(text) == n && memcmp(word, text, n) == 0;
}

static bool fits(const char *pattern, size_t n, const char *room)
{
	if (n && pattern[n - 1] == '*')
		return strncmp(pattern, room, n - 1) == 0;
	return is(pattern, n, room);
}

/* One of the roles between the plus signs. */
static bool has_role(const char *roles, size_t n, const char *role)
{
	const char *end = roles + n;
	for (const char *p = roles; p < end;) {
		const char *word;
		size_t length;
		p = take(p, "+,", &word, &length);
		if (is(word, length, "anyone") || is(word, length, role))
			return true;
		if (p >= end || *p != '+')
			break;
		p++;
	}
	return false;
}

bool room_allows(const char *rules, const char *room, const char *role)
{
	for (const char *p = rules; *p;) {
		const char *pattern, *roles;
		size_t n, n_roles;
		p = take(p, "=,", &pattern, &n);
		const bool whole = *p == '=';
		p = take(whole ? p + 1 : p, ",", &roles, &n_roles);
		p += *p == ',';
		if (n && fits(pattern, n, room))
			return whole && has_role(roles, n_roles, role);
	}
	return true;
}

bool room_is_ours(const char *room)
{
	return str_starts(room, "user:") || str_starts(room, "role:") || str_starts(room, "sys:");
}

const char *room_refuses(const struct visitor *v, const char *room)
{
	if (!*room || strlen(room) >= SIO_ROOM_MAX || room_is_ours(room) ||
		sio_is_sid(sockets.spaces[v->space - spaces], room))
		return "That room is not for joining.";
	return room_allows(sockets_conf()->rooms, room, v->role) ? NULL : "You may not join that room.";
}
