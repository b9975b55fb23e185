#include "base/err.h"

#include <stddef.h>

static const struct err_info table[ERR_COUNT] = {
	[ERR_OK] = { 200, "ok", "" },
#define ERR_ROW(name, http, code, text) [ERR_##name] = { http, code, text },
#include "base/errors.def"
#undef ERR_ROW
};

const struct err_info *err_info(err_t e)
{
	return &table[(size_t)e < ERR_COUNT ? (size_t)e : (size_t)ERR_INTERNAL];
}
