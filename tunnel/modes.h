/* SPDX-License-Identifier: MIT */
/* modes.h - which tunnels a template builds */
#ifndef TUNNEL_MODES_H
#define TUNNEL_MODES_H

#include <stdbool.h>

#include "alloc/lease.h"

bool modes_declared(const char *path, enum lease_mode mode);
bool modes_batch_declared(const char *path);

#endif
