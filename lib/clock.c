/* SPDX-License-Identifier: MIT */
/* clock.c - the monotonic clock, for deadlines */
#include "lib/clock.h"

#include <time.h>

/** clock_ms() - milliseconds of CLOCK_MONOTONIC */
int64_t clock_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}
