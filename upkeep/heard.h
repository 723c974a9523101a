/* SPDX-License-Identifier: MIT */
/* heard.h - extend the leases of clients that were heard, and find silent ones */
#ifndef UPKEEP_HEARD_H
#define UPKEEP_HEARD_H

#include "upkeep/files.h"
#include "upkeep/pings.h"

enum upkeep_result heard_update(struct files *f, unsigned jobs,
				const struct pings *pings);

#endif
