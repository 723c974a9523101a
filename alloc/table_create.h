/* SPDX-License-Identifier: MIT */
/* table_create.h - build an allocation file in its full size */
#ifndef ALLOC_TABLE_CREATE_H
#define ALLOC_TABLE_CREATE_H

#include "alloc/header.h"

int table_create_lines(int fd, const struct header *header);

#endif
