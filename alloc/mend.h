/* SPDX-License-Identifier: MIT */
/* mend.h - put damaged allocation files in order, line by line */
#ifndef ALLOC_MEND_H
#define ALLOC_MEND_H

#include "alloc/store.h"

/** enum rescue - how much of a damaged line can be kept */
enum rescue {
	RESCUE_SOUND,   /* it is not damaged, or not any more */
	RESCUE_WHOLE,   /* all: the columns fit each other and the index */
	RESCUE_OWNER,   /* the owner, and so its address; the tunnel is lost */
	RESCUE_NOTHING, /* the lease becomes free */
	RESCUE_ERROR,   /* errno and a log line say what */
};

enum rescue mend_look(struct store *store, enum pool_kind pool, uint32_t number,
		      struct lease *out);
int mend_lease(struct store *store, enum pool_kind pool, const struct lease *lease);
int mend_entry(struct table *t, uint32_t number);
int mend_free(struct table *t, uint32_t number);
int mend_index(struct table *t);

#endif
