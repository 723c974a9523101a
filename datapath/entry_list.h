/* SPDX-License-Identifier: MIT */
/* entry_list.h - all tunnels in the maps, as text */
#ifndef DATAPATH_ENTRY_LIST_H
#define DATAPATH_ENTRY_LIST_H

#include <stdio.h>

#include "datapath/entries.h"

int entry_list(const struct entries *e, FILE *to);

#endif
