/* SPDX-License-Identifier: MIT */
/* who.h - the lease that an operator names: find it, show a choice, end it */
#ifndef CTL_UI_WHO_H
#define CTL_UI_WHO_H

#include "ctl/ctl.h"
#include "ctl/ui/output.h"
#include "upkeep/lookup.h"

int who_find(struct files *f, const char *text, enum pool_kind pool, struct lookup *out);
int who_judge(struct files *f, const struct lookup *who);
int who_choices(struct files *f, const struct lookup *who, enum output_form form);
int who_release(struct files *f, const struct store_ref *ref, const char *text, bool dry);

#endif
