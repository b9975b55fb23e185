#include "features/events/events_sink.h"
#include "features/events/events_store.h"

err_t sink_hold(struct cx *cx, const struct sink_self *self, bool *held, int64_t *position)
{
	err_t e = events_store_sink_hold(cx, self, position);
	*held = !e;
	return e == ERR_NOT_FOUND ? ERR_OK : e;
}

err_t sink_read(struct cx *cx, int64_t after, int64_t most, struct list *out)
{
	struct list rows;
	TRY(events_store_read(cx,
		&(struct events_stretch){
			.after = after, .upto = INT64_MAX, .type = "", .subject_id = "", .most = most },
		&rows));
	*out = events_of(cx, &rows, false);
	return ERR_OK;
}

err_t sink_move(struct cx *cx, const struct sink_self *self, int64_t from, int64_t to, bool *moved)
{
	return events_store_sink_move(cx, self, from, to, moved);
}

err_t sink_note_trouble(struct cx *cx, const struct sink_self *self, const char *why)
{
	return events_store_sink_trouble(cx, self, why);
}

err_t sink_let_go(struct cx *cx, const struct sink_self *self)
{
	return events_store_sink_let_go(cx, self);
}
