/* SPDX-License-Identifier: MIT */
/* gone.h - leases of users that the users file does not list */
#ifndef UPKEEP_GONE_H
#define UPKEEP_GONE_H

#include "upkeep/files.h"

/** typedef gone_visitor() - called for each such lease */
typedef void gone_visitor(void *context, const struct lease *lease);

enum upkeep_result gone_each(struct files *f, gone_visitor *visit, void *context);

#endif
