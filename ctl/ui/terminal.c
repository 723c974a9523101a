/* SPDX-License-Identifier: MIT */
/* terminal.c - what the terminal can do, and its size */
#include "ctl/ui/terminal.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

/** terminal_moves() - @fd is a terminal whose cursor moves: not without TERM, not a "dumb" one */
bool terminal_moves(int fd)
{
	const char *term = getenv("TERM");

	return isatty(fd) && term && *term && strcmp(term, "dumb") != 0;
}

/** terminal_width() - characters of a line of standard output; no limit without a terminal */
size_t terminal_width(void)
{
	struct winsize size;

	if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) || !size.ws_col)
		return isatty(STDOUT_FILENO) ? 80 : SIZE_MAX / 2;
	return size.ws_col;
}

/** terminal_height() - lines of the terminal; no limit if it does not tell */
size_t terminal_height(void)
{
	struct winsize size;

	if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) || !size.ws_row)
		return SIZE_MAX / 2;
	return size.ws_row;
}
