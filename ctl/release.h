/* SPDX-License-Identifier: MIT */
/* release.h - end one lease because somebody says so */
#ifndef CTL_RELEASE_H
#define CTL_RELEASE_H

#include "upkeep/files.h"

int release_lease(struct ctl *ctl, struct files *f, const struct store_ref *ref,
		  const char *text);

#endif
