/* SPDX-License-Identifier: MIT */
/* backoff.h - how long to wait after a try that failed */
#ifndef CLIENT_BACKOFF_H
#define CLIENT_BACKOFF_H

#include <stdint.h>

#include "client/attempt.h"

/** struct backoff - failures in a row */
struct backoff {
	unsigned failures;
};

int64_t backoff_ms(struct backoff *b, const struct settings *settings,
		   enum attempt_result result);
int64_t backoff_jitter(int64_t ms);

#endif
