/* SPDX-License-Identifier: MIT */
/* ranking.h - add leases up by name, and put the largest sums first */
#ifndef CTL_UI_RANKING_H
#define CTL_UI_RANKING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/parse.h"

#define RANKING_NAME (USER_ID_MAX + 1) /* an IPv4 network fits as well */

/** struct ranking_row - the sums of one name; an empty name is one, too */
struct ranking_row {
	char name[RANKING_NAME];
	uint32_t leases, present;
	uint64_t rx_bytes, tx_bytes;
};

/** struct ranking - all rows; all zero: empty */
struct ranking {
	struct ranking_row *rows;
	size_t count, size;
	uint64_t leases; /* of all rows, after ranking_sort() */
};

int ranking_add(struct ranking *r, const struct ranking_row *row);
void ranking_sort(struct ranking *r, bool by_traffic);
double ranking_share(const struct ranking *r, const struct ranking_row *row);
void ranking_free(struct ranking *r);

#endif
