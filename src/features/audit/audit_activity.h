/* What audit_activity.c reads out of an audit row's `changes`. For it and the tables of audit_api.c alone. */
#ifndef FEATURES_AUDIT_ACTIVITY_H
#define FEATURES_AUDIT_ACTIVITY_H

#include "features/audit/audit.h"

struct activity_sides {
	struct json before, after;
};
/* Of a session, which alone expires, or of a failed log-in. */
struct activity_device {
	const char *id, *expires_at, *device, *user_agent;
};
extern const struct type activity_sides_type, activity_device_type;

#endif
