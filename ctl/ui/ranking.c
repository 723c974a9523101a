/* SPDX-License-Identifier: MIT */
/*
 * ranking.c - add leases up by name, and put the largest sums first
 *
 * Rows are appended, one for each lease. When there is no room, rows of the same name are
 * merged first, so that the memory follows the number of names.
 */
#include "ctl/ui/ranking.h"

#include <stdlib.h>
#include <string.h>

#include "lib/array.h"
#include "lib/log.h"

static int compare_names(const void *a, const void *b)
{
	const struct ranking_row *x = a, *y = b;

	return strcmp(x->name, y->name);
}

/** merge() - one row for each name, in the order of names */
static void merge(struct ranking *r)
{
	size_t i, kept = 0;

	if (!r->count)
		return;
	qsort(r->rows, r->count, sizeof(*r->rows), compare_names);
	for (i = 1; i < r->count; i++) {
		struct ranking_row *sum = &r->rows[kept], *row = &r->rows[i];

		if (strcmp(sum->name, row->name) != 0) {
			r->rows[++kept] = *row;
			continue;
		}
		sum->leases += row->leases;
		sum->present += row->present;
		sum->rx_bytes += row->rx_bytes;
		sum->tx_bytes += row->tx_bytes;
	}
	r->count = kept + 1;
}

/**
 * ranking_add() - add numbers to those of a name
 * @r:		Ranking
 * @row:	Name and numbers
 *
 * Return: 0; -1 with ENOMEM, logged
 */
int ranking_add(struct ranking *r, const struct ranking_row *row)
{
	struct ranking_row *rows = r->rows;

	if (r->count == r->size) {
		merge(r);
		if (r->count >= r->size / 2)
			rows = array_room(rows, r->size, &r->size, sizeof(*rows));
	}
	if (!rows) {
		log_msg(LOG_ERR, "%m");
		return -1;
	}
	r->rows = rows;
	rows[r->count++] = *row;
	return 0;
}

static uint64_t bytes(const struct ranking_row *row)
{
	return row->rx_bytes + row->tx_bytes;
}

/** compare_leases() - most leases first; equal ones by name */
static int compare_leases(const void *a, const void *b)
{
	const struct ranking_row *x = a, *y = b;

	return x->leases == y->leases ? compare_names(a, b)
				      : (x->leases < y->leases) - (x->leases > y->leases);
}

/** compare_traffic() - most bytes first; equal ones by leases */
static int compare_traffic(const void *a, const void *b)
{
	uint64_t x = bytes(a), y = bytes(b);

	return x == y ? compare_leases(a, b) : (x < y) - (x > y);
}

/**
 * ranking_sort() - put the largest sums first
 * @r:		Ranking
 * @by_traffic:	Sort by bytes in both directions, otherwise by leases
 */
void ranking_sort(struct ranking *r, bool by_traffic)
{
	size_t i;

	merge(r);
	r->leases = 0;
	for (i = 0; i < r->count; i++)
		r->leases += r->rows[i].leases;
	if (r->count)
		qsort(r->rows, r->count, sizeof(*r->rows),
		      by_traffic ? compare_traffic : compare_leases);
}

/** ranking_share() - the leases of a row in percent of all */
double ranking_share(const struct ranking *r, const struct ranking_row *row)
{
	return r->leases ? 100.0 * (double)row->leases / (double)r->leases : 0;
}

/** ranking_free() - empty the ranking and free its memory */
void ranking_free(struct ranking *r)
{
	free(r->rows);
	*r = (struct ranking){.rows = NULL};
}
