/* SPDX-License-Identifier: MIT */
/* place.h - find a line for an owner without a lease */
#ifndef ALLOC_PLACE_H
#define ALLOC_PLACE_H

#include <time.h>

#include "alloc/table.h"

int place_find(struct table *t, const char *owner, time_t now, struct lease *out);

#endif
