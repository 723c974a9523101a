/* SPDX-License-Identifier: MIT */
/* report_counts.h - what a run has done, in numbers */
#ifndef CTL_UI_REPORT_COUNTS_H
#define CTL_UI_REPORT_COUNTS_H

#include <stddef.h>

#include "ctl/ctl.h"

#define REPORT_COUNTS_MAX 8

/**
 * struct report_count - a number
 * @name:	For machines
 * @words:	For people, behind the number
 * @count:	The number; people see it if it is not 0, and the first one always
 */
struct report_count {
	const char *name, *words;
	size_t count;
};

int report_counts(const struct ctl *ctl, const struct report_count *counts, size_t n);

#endif
