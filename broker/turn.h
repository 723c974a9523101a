/* SPDX-License-Identifier: MIT */
/* turn.h - how many sessions run the template at the same time */
#ifndef BROKER_TURN_H
#define BROKER_TURN_H

#include "lib/config.h"
#include "tunnel/template.h"

/**
 * enum turn_kind - what a session runs the template for
 * @TURN_NEW:	A new tunnel, which may be refused
 * @TURN_OLD:	A tunnel to take down, or to bring back, which must be done: it has places
 *		that no new tunnel can take
 */
enum turn_kind { TURN_NEW, TURN_OLD };

int turn_take(const struct config *config, enum turn_kind kind, unsigned seconds);
void turn_end(int turn);
int turn_run(const struct config *config, enum template_operation operation,
	     const struct tunnel *tunnel);

#endif
