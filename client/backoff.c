/* SPDX-License-Identifier: MIT */
/*
 * backoff.c - how long to wait after a try that failed
 *
 * Asking an absent server costs nothing: the pause is 2 to 4 seconds, so that nobody
 * waits for a server that was restarted. After a refusal or a fault of this machine it is
 * retry_delay, doubled after every third failure up to retry_delay_max. A tunnel that was
 * lost soon after it came up is requested again after one second, then two, and so on up
 * to retry_delay. Every pause is longer by up to a quarter, at random: clients that lost
 * a server together do not come back together.
 */
#include "client/backoff.h"

#include "lib/random.h"

#define ABSENT_MS     2000
#define ABSENT_MAX_MS 4000
#define LOST_MS       1000
#define DOUBLE_AFTER  3

/** backoff_jitter() - @ms and up to a quarter more */
int64_t backoff_jitter(int64_t ms)
{
	uint16_t random = 0;

	if (random_get(&random, sizeof(random)))
		random = 0;
	return ms + ms / 4 * random / 65536;
}

/**
 * backoff_ms() - count a failure and return the pause after it
 * @b:		Failures so far; counted on
 * @settings:	retry_delay, retry_delay_max
 * @result:	How the try ended; ATTEMPT_OFFER: in a tunnel that was lost soon
 *
 * Return: milliseconds
 */
int64_t backoff_ms(struct backoff *b, const struct settings *settings,
		   enum attempt_result result)
{
	int64_t most = settings->retry_delay_max * 1000LL;
	int64_t ms = settings->retry_delay * 1000LL;
	unsigned i;

	if (result == ATTEMPT_ABSENT) {
		ms = ABSENT_MS << (b->failures ? 1 : 0);
		most = ABSENT_MAX_MS;
	} else if (result == ATTEMPT_OFFER) {
		most = ms;
		ms = LOST_MS << (b->failures < 10 ? b->failures : 10);
	} else {
		for (i = DOUBLE_AFTER; i <= b->failures && ms < most; i += DOUBLE_AFTER)
			ms *= 2;
	}
	b->failures++;
	return backoff_jitter(ms < most ? ms : most);
}
