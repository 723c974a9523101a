/* SPDX-License-Identifier: MIT */
/* options.h - options of a subcommand */
#ifndef CTL_UI_OPTIONS_H
#define CTL_UI_OPTIONS_H

#include <stddef.h>
#include <stdint.h>

#include "alloc/pool.h"
#include "ctl/ctl.h"

#define OPTIONS_MANY 1000000 /* operands: any number */

enum option_kind {
	OPTION_FLAG,   /* bool */
	OPTION_POOL,   /* enum pool_kind */
	OPTION_NUMBER, /* uint32_t, from @min to @max */
	OPTION_TEXT,   /* const char * */
};

/** struct option_spec - one option and where its value goes */
struct option_spec {
	const char *name; /* without "--"; of one letter: a short option */
	enum option_kind kind;
	void *value;
	uint32_t min, max;
};

int options_parse(struct ctl *ctl, int argc, char **argv, const struct option_spec *specs,
		  size_t count, int operands_min, int operands_max);

#endif
