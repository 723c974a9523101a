/* SPDX-License-Identifier: MIT */
/* object.h - the compiled programs, embedded in tsp-datapath */
#ifndef DATAPATH_OBJECT_H
#define DATAPATH_OBJECT_H

extern const char object_begin[], object_end[];

#endif
