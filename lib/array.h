/* SPDX-License-Identifier: MIT */
/* array.h - arrays that grow at their end */
#ifndef LIB_ARRAY_H
#define LIB_ARRAY_H

#include <stddef.h>

void *array_room(void *items, size_t count, size_t *size, size_t item);

#endif
