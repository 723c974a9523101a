/* SPDX-License-Identifier: MIT */
/* exit.h - exit statuses of all programs, documented in their manual pages, used by units */
#ifndef LIB_EXIT_H
#define LIB_EXIT_H

/**
 * enum exit_status - how a program ended
 * @EXIT_SERVED:	It did what it was started for
 * @EXIT_USAGE:		Wrong options or configuration: starting it again does not help
 * @EXIT_RUN_TIME:	Failure at run time, logged
 */
enum exit_status { EXIT_SERVED = 0, EXIT_USAGE = 100, EXIT_RUN_TIME = 111 };

#endif
