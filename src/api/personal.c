#include "api/personal.h"
#include "api/op.h"
#include "api/outbox.h"

err_t personal_erase(struct cx *cx, const char *user_id)
{
	for (const struct feature *const *f = features_all; *f; f++)
		if ((*f)->erase)
			TRY((*f)->erase(cx, user_id));
	return outbox_forget(cx, user_id);
}
