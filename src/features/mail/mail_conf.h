/* Settings of the mail feature: their checks, and what follows from them. */
#ifndef FEATURES_MAIL_CONF_H
#define FEATURES_MAIL_CONF_H

#include "features/mail/mail.h"

#endif
