/* SPDX-License-Identifier: MIT */
/* resize.h - copy a map's entries into a larger or smaller map */
#ifndef DATAPATH_RESIZE_H
#define DATAPATH_RESIZE_H

struct tsp_config;

int resize_copy(int from, int to, const char *name);
int resize_index(int anon, int index, const struct tsp_config *config);

#endif
