/* SPDX-License-Identifier: MIT */
/* capability.h - the answer to VERSION (RFC 5572, 4.3) */
#ifndef TSP_CAPABILITY_H
#define TSP_CAPABILITY_H

#include <stdbool.h>

#include "lib/buf.h"

void capability_write(struct buf *out, unsigned mechanisms, bool v6udpv4);

#endif
