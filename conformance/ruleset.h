/* SPDX-License-Identifier: MIT */
/* ruleset.h - the output of "nft list ruleset" as lines of a snapshot */
#ifndef CONFORMANCE_RULESET_H
#define CONFORMANCE_RULESET_H

#include "conformance/snapshot.h"

#define RULESET_DEPTH 4 /* table, chain or set, elements */

/** struct ruleset - ruleset_line() under way; begin with all zero but @to */
struct ruleset {
	struct snapshot *to;
	char path[RULESET_DEPTH][64]; /* "table ip6 tsp", "set dropped" */
	size_t depth;
	bool elements; /* inside a list of elements */
};

int ruleset_line(struct ruleset *r, char *line);

#endif
