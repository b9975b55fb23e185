/* Rules of rooms. Connections and events: test/e2e/sockets.test.mjs. */
#include "api/socket_part.h"
#include "base/test.h"

TEST(socket_room, the_first_rule_that_fits_says_who_may_join)
{
	static const struct {
		const char *rules, *room, *role;
		bool may;
	} cases[] = {
		{ "", "garden", "user", true },
		{ "*=anyone", "garden", "user", true },
		{ "staff-*=moderator+admin, *=anyone", "staff-1", "user", false },
		{ "staff-*=moderator+admin, *=anyone", "staff-1", "admin", true },
		{ "staff-*=moderator + admin , *=anyone", "staff-1", "moderator", true },
		{ "staff-*=moderator+admin, *=anyone", "garden", "user", true },
		{ "staff-*=moderator+admin", "garden", "user", true }, /* no rule speaks of it */
		{ "chat:*=anyone,*=nobody", "chat:7", "user", true },
		{ "chat:*=anyone,*=nobody", "other", "admin", false },
		{ "hall=user, *=nobody", "hall", "user", true },
		{ "hall=user, *=nobody", "hallway", "user", false },
		{ "a*=use", "ab", "user", false },
		{ "a*=users", "ab", "user", false },
		{ "a*=", "ab", "user", false }, /* what is no rule lets nobody in */
		{ "a*", "ab", "user", false },
		{ ",, ,=x,b*=nobody", "bc", "user", false },
	};
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
		if (room_allows(cases[i].rules, cases[i].room, cases[i].role) != cases[i].may)
			test_fail(__FILE__, __LINE__, "%s: %s as %s", cases[i].rules, cases[i].room, cases[i].role);
}
