/* Requests for push notifications: who is notified, and that nobody is twice. */
#include "features/dispatch/dispatch.h"
#include "base/json_edit.h"
#include "base/test.h"
#include "features/fixture_test.h"

#include <string.h>

static struct arena *mem;
static struct person ann;

static void open_with_device(void)
{
	mem = home_open();
	ann = home_person("ann");
	home_call(ann.access, "push_register", "{\"token\":\"device-1\"}");
}

static struct call *ask(const char *more)
{
	return home_local("dispatch_push", home_text("{\"user_id\":\"%s\",\"template_code\":\"hi\"%s}", ann.id, more));
}

static enum dispatch_outcome outcome(const char *more)
{
	return HOME_OUT(dispatch_message, ask(more))->outcome;
}

TEST(dispatch, completes_a_request_with_the_person)
{
	open_with_device();
	struct dispatch_message *m =
		HOME_OUT(dispatch_message, ask(",\"variables\":{\"name\":\"?\",\"n\":[1,{\"x\":null}]}"));
	CHECK_INT(m->outcome, DISPATCH_SENT);
	CHECK_TEXT(m->user_data->push_token, "device-1");
	CHECK_TEXT(json_member(mem, m->request.variables.text, "name"), m->user_data->name);
	CHECK(strstr(m->request.variables.text, "\"n\":[1,{\"x\":null}]"));
	CHECK_INT(home_events("notification.requested"), 1);
	home_close();
}

TEST(dispatch, holds_a_request_id_until_it_is_with_the_push_service)
{
	open_with_device();
	static const char id[] = ",\"request_id\":\"r-1\"";
	CHECK_INT(outcome(id), DISPATCH_SENT);
	CHECK_ERR(ask(id)->result, ERR_KEY_BUSY); /* somebody else is at it */
	rig_change("UPDATE push_request SET held_until = 0");
	CHECK_INT(outcome(id), DISPATCH_SENT); /* whoever was at it is gone */
	rig_change("UPDATE push_request SET done = TRUE");
	CHECK_INT(outcome(id), DISPATCH_REPEATED);
	home_close();
}

TEST(dispatch, forgets_request_ids_after_a_day)
{
	open_with_device();
	static const char id[] = ",\"request_id\":\"r-1\"";
	CHECK_INT(outcome(id), DISPATCH_SENT);
	rig_change("UPDATE push_request SET done = TRUE, at = at - 86400001");
	home_job("dispatch_clean");
	CHECK_INT(outcome(id), DISPATCH_SENT);
	home_close();
}

TEST(dispatch, of_who_wants_none_or_may_not_act_sends_nothing_and_is_done_at_once)
{
	open_with_device();
	rig_change("UPDATE users SET push_notifications = FALSE");
	CHECK_INT(outcome(",\"request_id\":\"r-1\""), DISPATCH_OFF);
	CHECK_INT(outcome(",\"request_id\":\"r-1\""), DISPATCH_REPEATED);
	rig_change("UPDATE users SET push_notifications = TRUE, status = 'suspended'");
	CHECK_INT(outcome(""), DISPATCH_SILENT);
	CHECK_INT(home_events("notification.requested"), 0);
	home_close();
}

TEST(dispatch, of_nobody_is_refused_and_leaves_no_trace)
{
	open_with_device();
	CHECK_ERR(home_local("dispatch_push",
			  "{\"user_id\":\"01a1fc88-7a2d-7c34-9404-6091f8f70010\",\"request_id\":\"r-1\"}")
			  ->result,
		ERR_NOT_FOUND);
	CHECK_ERR(home_local("dispatch_push", "{\"request_id\":\"r-1\",\"metadata\":{\"user_id\":5}}")->result,
		ERR_INVALID);
	CHECK_INT(rig_number("SELECT COUNT(*) FROM push_request"), 0);
	home_close();
}

TEST(dispatch, text_of_others_json_is_changed_in_one_place_only)
{
	struct arena *a = arena_new(0);
	CHECK_TEXT(json_with_text(a, "{\"a\":1.50,\"name\":[2],\"z\":\"\\u00e9\"}", "name", "x\"y"),
		"{\"a\":1.5,\"name\":\"x\\\"y\",\"z\":\"\xc3\xa9\"}");
	CHECK_TEXT(json_with_text(a, NULL, "name", NULL), "{\"name\":null}");
	CHECK_TEXT(json_with_text(a, "[1]", "name", "x"), "{\"name\":\"x\"}");
	CHECK(!json_member(a, "{\"user_id\":5}", "user_id") && !json_member(a, "[]", "user_id"));
	CHECK_TEXT(json_member(a, "{\"user_id\":\"u\"}", "user_id"), "u");
	arena_free(a);
}
