/* SPDX-License-Identifier: MIT */
/* resize.h - entries of a map into a larger or smaller one */
#ifndef DATAPATH_RESIZE_H
#define DATAPATH_RESIZE_H

int resize_copy(int from, int to, const char *name);

#endif
