/* SPDX-License-Identifier: MIT */
/* test_backoff.c - pauses between tries: neither a flood, nor a person who waits */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "client/backoff.h"

static const struct settings settings = {.retry_delay = 30, .retry_delay_max = 300};

/** between() - the next pause is @ms or up to a quarter longer */
static void between(struct backoff *b, enum attempt_result result, int64_t ms)
{
	assert_in_range(backoff_ms(b, &settings, result), ms, ms + ms / 4);
}

static void a_refusal_is_never_followed_by_a_try_at_once(void **state)
{
	static const int64_t seconds[] = {30,  30,  30,  60,  60,  60,  120,
					  120, 120, 240, 240, 240, 300, 300};
	static const enum attempt_result refusals[] = {ATTEMPT_REFUSED, ATTEMPT_LOCAL};
	size_t i, n;

	(void)state;
	for (n = 0; n < 2; n++) {
		struct backoff b = {0};

		for (i = 0; i < sizeof(seconds) / sizeof(seconds[0]); i++)
			between(&b, refusals[n], seconds[i] * 1000);
		for (i = 0; i < 1000; i++)
			between(&b, refusals[n], 300000);
	}
}

static void an_absent_server_is_looked_for_every_few_seconds(void **state)
{
	struct backoff b = {0};
	unsigned i;

	(void)state;
	between(&b, ATTEMPT_ABSENT, 2000);
	for (i = 0; i < 1000; i++)
		between(&b, ATTEMPT_ABSENT, 4000);
	/* and a server that comes back and refuses is left alone */
	between(&b, ATTEMPT_REFUSED, 300000);
}

static void a_tunnel_lost_soon_is_asked_for_at_growing_pauses(void **state)
{
	static const int64_t seconds[] = {1, 2, 4, 8, 16, 30, 30, 30, 30, 30, 30, 30, 30};
	struct backoff b = {0};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(seconds) / sizeof(seconds[0]); i++)
		between(&b, ATTEMPT_OFFER, seconds[i] * 1000);
}

static void clients_do_not_come_back_together(void **state)
{
	int64_t first = backoff_jitter(100000);
	unsigned i;

	(void)state;
	for (i = 0; i < 100; i++) {
		if (backoff_jitter(100000) != first)
			return;
	}
	fail_msg("a hundred pauses are the same");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_refusal_is_never_followed_by_a_try_at_once),
		cmocka_unit_test(an_absent_server_is_looked_for_every_few_seconds),
		cmocka_unit_test(a_tunnel_lost_soon_is_asked_for_at_growing_pauses),
		cmocka_unit_test(clients_do_not_come_back_together),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
