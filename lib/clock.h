/* SPDX-License-Identifier: MIT */
/* clock.h - the monotonic clock, for deadlines */
#ifndef LIB_CLOCK_H
#define LIB_CLOCK_H

#include <stdint.h>

int64_t clock_ms(void);

#endif
