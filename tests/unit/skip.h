/* SPDX-License-Identifier: MIT */
/* skip.h - leave a test out and say why: tests/run shows the last line before the result */
#ifndef TESTS_UNIT_SKIP_H
#define TESTS_UNIT_SKIP_H

#define skip_because(reason)                                                             \
	do {                                                                             \
		print_message("# %s\n", reason);                                         \
		skip();                                                                  \
	} while (0)

#endif
