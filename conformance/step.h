/* SPDX-License-Identifier: MIT */
/* step.h - run the template under test, judge the outcome, report it */
#ifndef CONFORMANCE_STEP_H
#define CONFORMANCE_STEP_H

#include <stdbool.h>

#include "conformance/suite.h"
#include "tunnel/template.h"

#define STEP_LINES_SHOWN 24 /* of a difference */

bool step_say(const struct suite *s, bool ok, const char *name);
void step_skip(const struct suite *s, const char *name, const char *why);
void step_note(const struct suite *s, const char *format, ...)
	__attribute__((format(printf, 2, 3)));
void step_show_said(const struct suite *s);
void step_show_difference(const struct suite *s, const struct snapshot *before,
			  const struct snapshot *after, size_t most);

int step_run(struct suite *s, enum template_operation operation, unsigned who,
	     struct buf *output);
int step_crowd(struct suite *s, enum template_operation operation, bool at_once);
int step_batch(struct suite *s, enum template_operation operation, struct buf *output);

void step_look(struct suite *s, struct snapshot *out);
void step_judge(struct suite *s, int failed, const struct snapshot *wanted,
		const char *name);
void step_check(struct suite *s, enum template_operation operation, unsigned who,
		const struct snapshot *wanted, const char *name);

#endif
