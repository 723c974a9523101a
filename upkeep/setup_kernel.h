/* SPDX-License-Identifier: MIT */
/* setup_kernel.h - can this kernel make the devices that a template needs? */
#ifndef UPKEEP_SETUP_KERNEL_H
#define UPKEEP_SETUP_KERNEL_H

#include <stdbool.h>

#include "tunnel/modes.h"

bool setup_kernel_lacks(const char *template, char kind[MODES_WORD]);

#endif
