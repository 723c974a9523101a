/* SPDX-License-Identifier: MIT */
/* session.h - one TSP conversation, from VERSION to accept (RFC 5572, 4) */
#ifndef TSP_SESSION_H
#define TSP_SESSION_H

#include "lib/config.h"

int session_run(const struct config *config, int in, int out, int broker);

#endif
