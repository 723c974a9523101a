/* SPDX-License-Identifier: MIT */
/* upkeep.h - what runs over many leases share: how they end, and who watches them */
#ifndef UPKEEP_UPKEEP_H
#define UPKEEP_UPKEEP_H

#include <stddef.h>

/** enum upkeep_result - how a run over many leases ended */
enum upkeep_result {
	UPKEEP_OK,
	UPKEEP_INCOMPLETE, /* a signal stopped it, or some leases failed: logged */
	UPKEEP_ERROR,      /* failure at run time, logged */
};

/**
 * struct upkeep_observer - watches the progress of runs, as a bar or a metric does
 * @begin:	A run begins: what it does, and with how many leases
 * @advance:	@done of them are finished; called often
 * @end:	The run is over
 * @context:	For all three
 */
struct upkeep_observer {
	void (*begin)(void *context, const char *what, size_t total);
	void (*advance)(void *context, size_t done);
	void (*end)(void *context);
	void *context;
};

void upkeep_begin(const struct upkeep_observer *observer, const char *what, size_t total);
void upkeep_advance(const struct upkeep_observer *observer, size_t done);
void upkeep_end(const struct upkeep_observer *observer);

#endif
