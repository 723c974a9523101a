/* SPDX-License-Identifier: MIT */
/* mend.h - repair damaged allocation files line by line */
#ifndef ALLOC_MEND_H
#define ALLOC_MEND_H

#include "alloc/store.h"

/** enum rescue - how much of a damaged line can be kept */
enum rescue {
	RESCUE_SOUND,   /* not damaged, or repaired meanwhile */
	RESCUE_WHOLE,   /* everything: the columns agree with each other and the index */
	RESCUE_OWNER,   /* the owner and its address; the tunnel is lost */
	RESCUE_NOTHING, /* the lease becomes free */
	RESCUE_ERROR,   /* errno is set, the error is logged */
};

enum rescue mend_look(struct store *store, enum pool_kind pool, uint32_t number,
		      struct lease *out);
int mend_lease(struct store *store, enum pool_kind pool, const struct lease *lease);
int mend_entry(struct table *t, uint32_t number);
int mend_free(struct table *t, uint32_t number);
int mend_index(struct table *t);

#endif
