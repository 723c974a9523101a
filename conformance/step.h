/* SPDX-License-Identifier: MIT */
/* step.h - runs of a template under test, and what the report says of each */
#ifndef CONFORMANCE_STEP_H
#define CONFORMANCE_STEP_H

#include <stdbool.h>

#include "conformance/suite.h"
#include "tunnel/template.h"

#define STEP_LINES_SHOWN 24 /* of a difference */

bool step_say(struct suite *k, bool ok, const char *what);
int step_keep_said(struct suite *k);
void step_end_said(int real);
void step_show_said(struct suite *k);
int step_run(struct suite *k, enum template_operation operation, unsigned who,
	     struct buf *output);
void step_look(const struct suite *k, struct snapshot *out);
void step_judge(struct suite *k, int failed, const struct snapshot *wanted,
		const char *what);
void step_check(struct suite *k, enum template_operation operation, unsigned who,
		const struct snapshot *wanted, const char *what);

#endif
