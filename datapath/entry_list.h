/* SPDX-License-Identifier: MIT */
/* entry_list.h - all tunnels in the maps, as text */
#ifndef DATAPATH_ENTRY_LIST_H
#define DATAPATH_ENTRY_LIST_H

#include <stdbool.h>
#include <stdio.h>

#include "datapath/entry.h"

int entry_list(struct entries *e, bool traffic, FILE *to);
int entry_list_counters(const struct entry_counters *c, FILE *to);

#endif
