/* SPDX-License-Identifier: MIT */
/* step.h - runs of a template under test, and what the report says of each */
#ifndef CONFORMANCE_STEP_H
#define CONFORMANCE_STEP_H

#include <stdbool.h>

#include "conformance/conformance.h"
#include "tunnel/template.h"

#define KIT_LINES_SHOWN 24 /* of a difference */

bool kit_say(struct kit *k, bool ok, const char *what);
int kit_keep_said(struct kit *k);
void kit_end_said(int real);
void kit_show_said(struct kit *k);
int kit_do(struct kit *k, enum template_operation operation, unsigned who,
	   struct buf *output);
void kit_look(const struct kit *k, struct snapshot *out);
void kit_judge(struct kit *k, int failed, const struct snapshot *wanted,
	       const char *what);
void kit_step(struct kit *k, enum template_operation operation, unsigned who,
	      const struct snapshot *wanted, const char *what);

#endif
