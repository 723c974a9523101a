/* SPDX-License-Identifier: MIT */
/* pager.h - show a long table by the operator's pager */
#ifndef CTL_UI_PAGER_H
#define CTL_UI_PAGER_H

#include <stdbool.h>
#include <stddef.h>

bool pager_show(size_t lines, void (*print)(void *context), void *context);

#endif
