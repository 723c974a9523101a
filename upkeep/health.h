/* SPDX-License-Identifier: MIT */
/* health.h - is the broker healthy? */
#ifndef UPKEEP_HEALTH_H
#define UPKEEP_HEALTH_H

#include "upkeep/files.h"

#define HEALTH_TEXT 256

/** enum health - state of a part; the worst is the state of the whole */
enum health {
	HEALTH_OK,
	HEALTH_UNKNOWN, /* unknown from here; does not count */
	HEALTH_DEGRADED,
	HEALTH_DOWN,
	HEALTH_STATES,
};

/** typedef health_reporter() - called for each part: its name, its state, details */
typedef void health_reporter(void *context, const char *part, enum health state,
			     const char *text);

const char *health_name(enum health state);
enum health health_run(struct files *f, health_reporter *report, void *context);

#endif
