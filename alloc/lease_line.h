/* SPDX-License-Identifier: MIT */
/* lease_line.h - columns of a lease line (tsp-leases(5)), also for searches */
#ifndef ALLOC_LEASE_LINE_H
#define ALLOC_LEASE_LINE_H

#include "alloc/line.h"

#define LEASE_NUMBER_MAX 99999999 /* eight digits */

/** enum tunnel_column - columns of a tunnel, from its first one */
enum tunnel_column {
	TUNNEL_ENDPOINT,
	TUNNEL_MODE,
	TUNNEL_PREFIX_LEN,
	TUNNEL_GRANTED,
	TUNNEL_EXPIRES,
	TUNNEL_HEARD,
	TUNNEL_SERVER,
	TUNNEL_UP,
	TUNNEL_SLOT,
	TUNNEL_SECRET,
	TUNNEL_KEY,
	TUNNEL_COLUMNS,
};

/** enum lease_column - columns of a line, from the left; times sort as text */
enum lease_column {
	LEASE_NUMBER,
	LEASE_STATE,
	LEASE_OWNER,
	LEASE_TUNNEL, /* the first of the tunnel's columns */
	LEASE_BEFORE_STATE = LEASE_TUNNEL + TUNNEL_COLUMNS,
	LEASE_BEFORE, /* same columns of the tunnel that an offer replaces */
	LEASE_RIVAL = LEASE_BEFORE + TUNNEL_COLUMNS,
	LEASE_COLUMNS,
};

extern const struct column lease_columns[LEASE_COLUMNS];

#endif
