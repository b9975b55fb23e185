/* What the files of the report feature share. Included by report*.c only. */
#ifndef FEATURES_REPORT_PART_H
#define FEATURES_REPORT_PART_H

#include "features/report/report.h"

/* Gives a strike for what a report told, with what goes with it: status, letter. */
err_t report_strike(
	struct cx *cx, const struct report *r, enum strike_kind kind, const char *reason, int64_t until) CHECKED;

#endif
