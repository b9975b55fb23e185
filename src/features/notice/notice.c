#include "features/notice/notice.h"

err_t notice_send(struct cx *cx, const struct user *u, const char *template_name, const struct mail_value *values)
{
	if (!u->email)
		return ERR_OK;
	err_t e = mail_send(
		cx, &(struct mail_letter){
			    .to = u->email, .template_name = template_name, .user_id = u->id, .values = values });
	if (e != ERR_INVALID)
		return e;
	cx_forgive(cx);
	return ERR_OK;
}
