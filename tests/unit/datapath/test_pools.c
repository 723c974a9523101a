/* SPDX-License-Identifier: MIT */
/* test_pools.c - pools of other lengths: where the lease number or the endpoint begins */
#include "tests/datapath/expect.h"

enum { USER = 5, PORT = 40000 };

/** open_with() - programs with these pools, a user and two anonymous clients */
static void open_with(struct expect *e, unsigned link, unsigned prefix, unsigned delegate,
		      unsigned anonymous)
{
	struct tsp_config config;

	bpf_run_config(&config);
	tsp_pool_set(&config.pools[0], TSP_POOL_LINK, 0x20010db8ffff0000, 0, link, 0);
	tsp_pool_set(&config.pools[1], TSP_POOL_PREFIX, 0x2a00000000000000, 0, prefix,
		     delegate);
	tsp_pool_set(&config.pools[2], TSP_POOL_ANONYMOUS, 0x2b00000000000000, 0,
		     anonymous, 0);
	config.pools[1].kind = prefix ? TSP_POOL_PREFIX : TSP_POOL_NONE;
	assert_int_equal(bpf_run_open(&e->run, &config, 10, 10), 0);
	bpf_run_user(&e->run, USER, FRAME_CLIENT, 0, 0);
	e->run.users[USER].beyond = 0;
	assert_int_equal(bpf_run_anon(&e->run, 1, FRAME_CLIENT, 0), 0);
	assert_int_equal(bpf_run_anon(&e->run, 2, FRAME_CLIENT, PORT), 0);
}

/** from() - a packet with this source, in UDP if there is a port */
static void from(struct expect *e, struct six source, uint16_t port, uint32_t counter)
{
	expect_tunnel(e, "source", (struct outside){.from_port = port},
		      (struct inside){.from = source},
		      counter == NOTHING_COUNTED ? XDP_REDIRECT : XDP_DROP, counter);
}

static void the_shortest(void **state)
{
	static struct expect e;
	const uint64_t link = 0x20010db8ffff0000;

	NEEDS_ROOT;
	open_with(&e, 48, 24, 40, 36);
	from(&e, (struct six){link, USER << 1 | 1}, 0, NOTHING_COUNTED);
	from(&e, (struct six){link | 1, USER << 1 | 1}, 0, TSP_COUNT_SPOOFED);
	from(&e, (struct six){link | 0x8000, USER << 1 | 1}, 0, TSP_COUNT_SPOOFED);
	/* 5 in bits 24 to 39 */
	from(&e, (struct six){0x2a00000005000000, 1}, 0, NOTHING_COUNTED);
	from(&e, (struct six){0x2a00000005ffffff, ~0ull}, 0, NOTHING_COUNTED);
	from(&e, (struct six){0x2a00000004ffffff, 1}, 0, TSP_COUNT_SPOOFED);
	/* the endpoint in bits 36 to 83 */
	from(&e,
	     (struct six){0x2b00000000000000 | FRAME_CLIENT >> 4,
			  (uint64_t)FRAME_CLIENT << 60 | 3},
	     0, NOTHING_COUNTED);
	from(&e,
	     (struct six){0x2b00000000000000 | FRAME_CLIENT >> 4,
			  (uint64_t)FRAME_CLIENT << 60 | (uint64_t)PORT << 44 | 3},
	     PORT, NOTHING_COUNTED);
	from(&e,
	     (struct six){0x2b00000000000000 | FRAME_CLIENT >> 4,
			  (uint64_t)FRAME_CLIENT << 60 | 1ull << 43 | 3},
	     0, TSP_COUNT_SPOOFED);
}

static void the_longest(void **state)
{
	static struct expect e;
	const uint64_t link = 0x20010db8ffff0000;

	NEEDS_ROOT;
	open_with(&e, 124, 60, 64, 64);
	from(&e, (struct six){link, USER << 1 | 1}, 0, NOTHING_COUNTED);
	from(&e, (struct six){link, 16 | USER << 1 | 1}, 0, TSP_COUNT_FOREIGN);
	from(&e, (struct six){0x2a00000000000005, ~0ull}, 0, NOTHING_COUNTED);
	from(&e, (struct six){0x2a00000000000004, 1}, 0, TSP_COUNT_SPOOFED);
	from(&e, (struct six){0x2a00000000000015, 1}, 0, TSP_COUNT_FOREIGN);
}

/* the numbers 2 and 3 in the bits after the port: 17 bits, of which the first is 0 */
static void anonymous_links_of_63_bits(void **state)
{
	static struct expect e;
	const uint64_t high = 0x2b00000000000000 | FRAME_CLIENT >> 31;
	const uint64_t low = (uint64_t)FRAME_CLIENT << 33 | (uint64_t)PORT << 17;

	NEEDS_ROOT;
	open_with(&e, 64, 36, 56, 63);
	from(&e, (struct six){high, low | 3}, PORT, NOTHING_COUNTED);
	from(&e, (struct six){high, low | 2}, PORT, TSP_COUNT_SPOOFED);
	from(&e, (struct six){high, low | 1 << 16 | 3}, PORT, TSP_COUNT_SPOOFED);
	from(&e, (struct six){high ^ 1, low | 3}, PORT, TSP_COUNT_SPOOFED);
}

static void no_prefix_pool(void **state)
{
	static struct expect e;

	NEEDS_ROOT;
	open_with(&e, 64, 0, 0, 64);
	from(&e, (struct six){0x20010db8ffff0000, USER << 1 | 1}, 0, NOTHING_COUNTED);
	from(&e, (struct six){0x2a00000000050000, 1}, 0, TSP_COUNT_FOREIGN);
	from(&e, (struct six){0, 1ull << 40}, 0, TSP_COUNT_FOREIGN);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_shortest),
		cmocka_unit_test(the_longest),
		cmocka_unit_test(anonymous_links_of_63_bits),
		cmocka_unit_test(no_prefix_pool),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
