/* SPDX-License-Identifier: MIT */
/* lease_line.h - the columns that a search looks at without decoding the whole line */
#ifndef ALLOC_LEASE_LINE_H
#define ALLOC_LEASE_LINE_H

#define LEASE_NUMBER_MAX 99999999 /* eight digits */

/* initialisers of struct column; times are ISO 8601, so their texts sort as they do */
#define LEASE_COLUMN_STATE                                                               \
	{                                                                                \
		9, 8                                                                     \
	}
#define LEASE_COLUMN_OWNER                                                               \
	{                                                                                \
		18, 64                                                                   \
	}
#define LEASE_COLUMN_ENDPOINT                                                            \
	{                                                                                \
		83, 21                                                                   \
	}
#define LEASE_COLUMN_GRANTED                                                             \
	{                                                                                \
		117, 20                                                                  \
	}
#define LEASE_COLUMN_EXPIRES                                                             \
	{                                                                                \
		138, 20                                                                  \
	}
#define LEASE_COLUMN_BEFORE_ENDPOINT                                                     \
	{                                                                                \
		161, 21                                                                  \
	}
#define LEASE_COLUMN_BEFORE_EXPIRES                                                      \
	{                                                                                \
		216, 20                                                                  \
	}

#endif
