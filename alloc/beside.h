/* SPDX-License-Identifier: MIT */
/* beside.h - a new allocation file beside the one that it will replace */
#ifndef ALLOC_BESIDE_H
#define ALLOC_BESIDE_H

#include <limits.h>

#include "alloc/table.h"

#define BESIDE_KEPT ".before." /* in the name of a file that was replaced */

int beside_create(struct table *to, const struct table *from);
void beside_sync_name(const char *path);
int beside_swap(const char *fresh, const char *path, char kept[PATH_MAX]);

#endif
