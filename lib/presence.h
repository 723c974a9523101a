/* SPDX-License-Identifier: MIT */
/* presence.h - secrets that are computed instead of stored, for offers that take no state */
#ifndef LIB_PRESENCE_H
#define LIB_PRESENCE_H

#include <stdint.h>
#include <time.h>

#include "lib/config.h"
#include "lib/endpoint.h"

int presence_key(const struct config *config, bool make, uint64_t key[2]);
uint64_t presence_epoch(time_t now);
uint64_t presence_secret(const uint64_t key[2], const struct endpoint *client,
			 const struct endpoint *server, uint64_t epoch);

#endif
