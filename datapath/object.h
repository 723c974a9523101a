/* SPDX-License-Identifier: MIT */
/* object.h - the compiled programs, which tsp-datapath carries in itself */
#ifndef DATAPATH_OBJECT_H
#define DATAPATH_OBJECT_H

extern const char object_begin[], object_end[];

#endif
