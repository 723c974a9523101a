/* SPDX-License-Identifier: MIT */
/* setup_onlink.h - are the pools' ranges routed to this server, or on-link? */
#ifndef UPKEEP_SETUP_ONLINK_H
#define UPKEEP_SETUP_ONLINK_H

#include "lib/config.h"

void setup_onlink_note(const struct config *c);

#endif
