#include "net/deadline.h"

void deadlines_init(struct deadlines *l, int64_t after)
{
	l->end.prev = l->end.next = &l->end;
	l->after = after;
}

void deadline_clear(struct deadline *d)
{
	if (!d->next)
		return;
	d->prev->next = d->next;
	d->next->prev = d->prev;
	d->prev = d->next = NULL;
}

void deadline_set(struct deadlines *l, struct deadline *d, int64_t now)
{
	deadline_clear(d);
	if (l->after <= 0)
		return;
	d->at = now + l->after;
	d->prev = l->end.prev;
	d->next = &l->end;
	l->end.prev->next = d;
	l->end.prev = d;
}

struct deadline *deadline_over(struct deadlines *l, int64_t now)
{
	struct deadline *d = l->end.next;
	if (d == &l->end || d->at > now)
		return NULL;
	deadline_clear(d);
	return d;
}
