/* SPDX-License-Identifier: MIT */
/* array.c - arrays that grow at their end */
#include "lib/array.h"

#include <stdlib.h>

#define FIRST 64 /* items of a new array */

/**
 * array_room() - make room for one more item
 * @items:	Array, memory of malloc(); NULL while it is empty
 * @count:	Items in use
 * @size:	Items that there is room for, changed with the array
 * @item:	Bytes of one item
 *
 * Return: the array, which may have moved; NULL with ENOMEM, and @items as it was
 */
void *array_room(void *items, size_t count, size_t *size, size_t item)
{
	size_t more = *size ? 2 * *size : FIRST;
	void *moved;

	if (count < *size)
		return items;
	moved = reallocarray(items, more, item);
	if (moved)
		*size = more;
	return moved;
}
