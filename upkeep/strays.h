/* SPDX-License-Identifier: MIT */
/* strays.h - compare the tunnels that the template lists with the leases */
#ifndef UPKEEP_STRAYS_H
#define UPKEEP_STRAYS_H

#include "tunnel/listing.h"
#include "upkeep/files.h"
#include "upkeep/worklist.h"

/**
 * struct strays - what differs, and what was done; starts as {0}
 * @strange:	Tunnels that no lease explains
 * @missing:	Active leases without their tunnel, marked with STRAYS_MISSING, or whose
 *		tunnel ends at another address of this machine, with STRAYS_ELSEWHERE
 * @done:	By strays_end(), for each of @strange: it was taken down, or is explained now
 * @ended:	Tunnels taken down
 * @failed:	Tunnels that could not be taken down
 */
struct strays {
	struct listing strange;
	struct worklist missing;
	bool *done;
	size_t ended, failed;
};

#define STRAYS_MISSING   1
#define STRAYS_ELSEWHERE 2

enum upkeep_result strays_find(struct files *f, struct strays *s);
enum upkeep_result strays_end(struct files *f, struct strays *s, unsigned jobs);
void strays_free(struct strays *s);

#endif
