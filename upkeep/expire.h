/* SPDX-License-Identifier: MIT */
/* expire.h - end leases that are over and take their tunnels down */
#ifndef UPKEEP_EXPIRE_H
#define UPKEEP_EXPIRE_H

#include "upkeep/files.h"
#include "upkeep/pings.h"

/**
 * struct expire_counts - what a run has done
 * @ended:	Leases ended
 * @settled:	Offers of dead sessions withdrawn
 * @held:	Leases left to sessions that hold them
 * @strays:	Tunnels without a lease taken down
 * @rebuilt:	Missing tunnels built again
 * @failed:	Leases whose tunnel stays or that could not be written
 */
struct expire_counts {
	size_t ended, settled, held, strays, rebuilt, failed;
};

enum upkeep_result expire_run(struct files *f, unsigned jobs, const struct pings *pings,
			      struct expire_counts *out);

#endif
