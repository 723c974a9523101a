/* SPDX-License-Identifier: MIT */
/* terminal.h - what the terminal can do, and its size */
#ifndef CTL_UI_TERMINAL_H
#define CTL_UI_TERMINAL_H

#include <stdbool.h>
#include <stddef.h>

bool terminal_moves(int fd);
size_t terminal_width(void);
size_t terminal_height(void);

#endif
