/* SPDX-License-Identifier: MIT */
/* real.h - build the tunnels of a server's leases where it can do no harm */
#ifndef CONFORMANCE_REAL_H
#define CONFORMANCE_REAL_H

#include "tunnel/tunnel.h"

size_t real_build(const struct config *config, const struct tunnel *tunnels,
		  size_t count);

#endif
