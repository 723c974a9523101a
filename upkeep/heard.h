/* SPDX-License-Identifier: MIT */
/* heard.h - whose secret was heard: extend leases, and notice who falls silent */
#ifndef UPKEEP_HEARD_H
#define UPKEEP_HEARD_H

#include "upkeep/files.h"
#include "upkeep/pings.h"

enum upkeep_result heard_update(struct files *f, unsigned jobs,
				const struct pings *pings);

#endif
