/* SPDX-License-Identifier: MIT */
/* inspect.h - check files and tunnels, and repair them */
#ifndef UPKEEP_INSPECT_H
#define UPKEEP_INSPECT_H

#include "alloc/check.h"
#include "upkeep/files.h"
#include "upkeep/repair.h"

/**
 * struct inspect_finding - a finding, and the outcome of its repair
 * @file:	What the check of the files has found
 * @tunnel:	The tunnel of lease @file.number is missing; @file.kind has no meaning
 * @elsewhere:	With @tunnel: it is there, and ends at another address of this machine
 * @stray:	@client has a tunnel that lease @file.number does not explain; likewise
 * @client:	Of a stray
 * @repaired:	It is settled
 * @said:	What the repair did, or why it did nothing; empty: none was tried
 */
struct inspect_finding {
	struct check_finding file;
	bool tunnel, elsewhere, stray;
	struct endpoint client;
	bool repaired;
	char said[REPAIR_TEXT];
};

/** typedef inspect_reporter() - called once for each finding */
typedef void inspect_reporter(void *context, const struct inspect_finding *finding);

/**
 * struct inspect - what to do, and the numbers of findings
 * @files:	Files, open for TABLE_READ, or for TABLE_MEND to repair
 * @repair:	Repair the findings; this checks tunnels too
 * @force:	Repair even if more than a handful of leases is lost
 * @tunnels:	Ask the template for missing tunnels
 * @report:	Called with each finding, repairs first
 * @context:	For @report
 * @beyond:	Harmful findings that no repair can settle
 * @left:	Findings that are neither repaired nor harmless
 * @lost:	Repairs that have lost a tunnel or a lease
 */
struct inspect {
	struct files *files;
	bool repair, force, tunnels;
	inspect_reporter *report;
	void *context;
	size_t harmless, harmful, beyond, repaired, left, lost;
};

bool inspect_is_harmless(const struct inspect_finding *finding);
enum upkeep_result inspect_run(struct inspect *in);

#endif
