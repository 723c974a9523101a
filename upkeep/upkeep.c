/* SPDX-License-Identifier: MIT */
/* upkeep.c - tell the observer of a run, if it has one, about its progress */
#include "upkeep/upkeep.h"

/** upkeep_begin() - a run begins; @observer may be NULL */
void upkeep_begin(const struct upkeep_observer *observer, const char *what, size_t total)
{
	if (observer)
		observer->begin(observer->context, what, total);
}

/** upkeep_advance() - @done leases are finished; @observer may be NULL */
void upkeep_advance(const struct upkeep_observer *observer, size_t done)
{
	if (observer)
		observer->advance(observer->context, done);
}

/** upkeep_end() - the run is over; @observer may be NULL */
void upkeep_end(const struct upkeep_observer *observer)
{
	if (observer)
		observer->end(observer->context);
}
