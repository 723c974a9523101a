/* SPDX-License-Identifier: MIT */
/* finding.h - what a check has found, in words */
#ifndef CTL_UI_FINDING_H
#define CTL_UI_FINDING_H

#include "upkeep/inspect.h"
#include "upkeep/missing.h"

#define FINDING_TEXT MISSING_TEXT

const char *finding_kind_name(enum check_kind kind);
const char *finding_name(const struct inspect_finding *found);
bool finding_is_of_lease(const struct inspect_finding *found);
void finding_explain(const struct files *files, const struct inspect_finding *found,
		     char out[FINDING_TEXT]);

#endif
