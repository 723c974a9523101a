/* SPDX-License-Identifier: MIT */
/* resize.h - entries of a map into a larger or smaller one */
#ifndef DATAPATH_RESIZE_H
#define DATAPATH_RESIZE_H

struct tsp_config;

int resize_copy(int from, int to, const char *name);
int resize_index(int anon, int index, const struct tsp_config *config);

#endif
