/* SPDX-License-Identifier: MIT */
/* test_anon_index.c - from endpoints to lease numbers, and the other words of maps.h */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "datapath/bpf/anon_index.h"

enum { LEASES = 87000 }; /* as full as tsp_index_buckets() lets an index be */

/** struct world - an index in memory */
static struct world {
	struct tsp_bucket *buckets;
	struct tsp_tunnel *anon;
	uint32_t mask;
	uint64_t key;
} w;

static int setup(void **state)
{
	uint32_t buckets = tsp_index_buckets(LEASES);

	(void)state;
	w.mask = buckets - 1;
	w.buckets = calloc(buckets, sizeof(*w.buckets));
	w.anon = calloc(LEASES + 1, sizeof(*w.anon));
	w.key = 0x0123456789abcdef;
	return w.buckets && w.anon ? 0 : -1;
}

static int teardown(void **state)
{
	(void)state;
	free(w.buckets);
	free(w.anon);
	return 0;
}

static struct tsp_places places(uint64_t word)
{
	return tsp_index_places(tsp_endpoint(word), w.key, w.mask);
}

/** put() - lease @n gets this endpoint */
static int put(uint32_t n, uint32_t ipv4, uint16_t port)
{
	uint64_t word = tsp_word(ipv4, port, 1);

	w.anon[n].word = word;
	return tsp_index_put(w.buckets, w.anon, places(word), n);
}

static void sizes(void **state)
{
	(void)state;
	assert_int_equal(tsp_index_buckets(1), 2);
	assert_int_equal(tsp_index_buckets(5), 2);
	assert_int_equal(tsp_index_buckets(6), 4);
	assert_int_equal(tsp_index_buckets(87381), 32768);
	assert_int_equal(tsp_index_buckets(87382), 65536);
	assert_int_equal(tsp_index_buckets(0xffffffff), 0x80000000);
}

static void put_get_drop(void **state)
{
	struct tsp_places p = places(tsp_word(9, 8, 0));

	(void)state;
	assert_int_equal(tsp_index_get(w.buckets, p), 0);
	assert_int_equal(put(7, 9, 8), 0);
	assert_int_equal(tsp_index_get(w.buckets, p), 7);
	assert_int_equal(put(7, 9, 8), 0); /* it has its place already */
	tsp_index_drop(w.buckets, p, 6);
	assert_int_equal(tsp_index_get(w.buckets, p), 7);
	tsp_index_drop(w.buckets, p, 7);
	assert_int_equal(tsp_index_get(w.buckets, p), 0);
	tsp_index_drop(w.buckets, p, 7);
}

/* a teardown that was killed leaves its slot, as does a second lease of one endpoint */
static void what_was_left_over(void **state)
{
	struct tsp_places p = places(tsp_word(9, 8, 0));

	(void)state;
	assert_int_equal(put(7, 9, 8), 0);
	w.anon[7].word = 0;
	assert_int_equal(put(5, 9, 8), 0);
	assert_int_equal(tsp_index_get(w.buckets, p), 5);
	assert_int_equal(put(4, 9, 8), 0);
	assert_int_equal(tsp_index_get(w.buckets, p), 4);
	for (int i = 0, used = 0; i < 2 * TSP_SLOTS; i++) {
		used += w.buckets[i < TSP_SLOTS ? p.first : p.second]
				.slot[i % TSP_SLOTS] != 0;
		assert_true(used <= 1);
	}
}

/* the slot of another endpoint, which is there, is not taken */
static void tags_that_meet(void **state)
{
	struct tsp_places p = places(tsp_word(9, 8, 0));

	(void)state;
	assert_int_equal(put(7, 9, 8), 0);
	w.anon[7].word = tsp_word(10, 8, 1);
	w.anon[5].word = tsp_word(9, 8, 1);
	assert_int_equal(tsp_index_put(w.buckets, w.anon, p, 5), -1);
	assert_int_equal(tsp_index_get(w.buckets, p), 7);
}

static void two_full_buckets(void **state)
{
	struct tsp_places p = places(tsp_word(9, 8, 0));

	(void)state;
	assert_int_not_equal(p.first, p.second);
	for (uint32_t i = 0; i < TSP_SLOTS; i++) {
		w.buckets[p.first].slot[i] = tsp_index_slot(p.tag + 1 + i, 100 + i);
		w.buckets[p.second].slot[i] = tsp_index_slot(p.tag + 1 + i, 200 + i);
	}
	assert_int_equal(put(7, 9, 8), -1);
	w.buckets[p.second].slot[3] = 0;
	assert_int_equal(put(7, 9, 8), 0);
	assert_int_equal(tsp_index_get(w.buckets, p), 7);
}

/* addresses in a row, many ports of one address, and others: all find a place */
static void as_many_as_it_is_for(void **state)
{
	uint32_t second = 0;

	(void)state;
	for (w.key = 1; w.key < 6; w.key++) {
		memset(w.buckets, 0, (w.mask + 1) * sizeof(*w.buckets));
		for (uint32_t n = 1; n <= LEASES; n++)
			assert_int_equal(n % 3 ? put(n, 0x0a000000 + n, 0)
					       : put(n, 0x0b000000, (uint16_t)(n / 3)),
					 0);
		for (uint32_t n = 1; n <= LEASES; n++) {
			struct tsp_places p = places(w.anon[n].word);
			__u64 *slot = tsp_index_at(w.buckets, p);

			assert_int_equal(tsp_index_get(w.buckets, p), n);
			second += slot < w.buckets[p.first].slot ||
				  slot >= w.buckets[p.first].slot + TSP_SLOTS;
		}
	}
	assert_true(second < 5 * LEASES / 20); /* seldom */
}

static void words(void **state)
{
	uint64_t word = tsp_word(0xc6336407, 40000, 0xfffe);

	(void)state;
	assert_int_equal(tsp_word_ipv4(word), 0xc6336407);
	assert_int_equal(tsp_word_port(word), 40000);
	assert_int_equal(tsp_word_generation(word), 0xfffe);
	assert_int_equal(tsp_endpoint(word), tsp_word(0xc6336407, 40000, 0));
	assert_int_equal(tsp_next_generation(0), 1);
	assert_int_equal(tsp_next_generation(0xfffe), 0xffff);
	assert_int_equal(tsp_next_generation(0xffff), 1);
}

static void what_was_not_delegated(void **state)
{
	(void)state;
	assert_int_equal(tsp_beyond(56, 56), 0);
	assert_int_equal(tsp_beyond(56, 57), 0x80);
	assert_int_equal(tsp_beyond(56, 60), 0xf0);
	assert_int_equal(tsp_beyond(56, 64), 0xff);
	assert_int_equal(tsp_beyond(64, 64), 0);
	assert_int_equal(tsp_beyond(48, 64), 0xffff);
	assert_int_equal(tsp_beyond(2, 64), 0x3fffffffffffffff);
	assert_true(tsp_beyond(56, 0) == ~0ull);
}

static void times(void **state)
{
	const uint64_t ns = 5ull << 50, second = 1ull << TSP_SECOND_SHIFT;
	uint64_t path = tsp_path(7, 1400, ns);

	(void)state;
	assert_int_equal(tsp_stamp_ns(tsp_stamp(9, ns)), ns);
	assert_int_equal(tsp_stamp_generation(tsp_stamp(9, ns)), 9);
	assert_int_equal(tsp_path_mtu(path, 7, ns), 1400);
	assert_int_equal(tsp_path_mtu(path, 8, ns), 0);
	assert_int_equal(tsp_path_mtu(path, 7, ns + (TSP_PATH_AGE - 1) * second), 1400);
	assert_int_equal(tsp_path_mtu(path, 7, ns + TSP_PATH_AGE * second), 0);
}

static void pools(void **state)
{
	struct tsp_pool pool;

	(void)state;
	tsp_pool_set(&pool, TSP_POOL_ANONYMOUS, 0x20010db8000a0000, 5, 64, 0);
	assert_int_equal(pool.low, 0);
	assert_true(pool.mask_high == ~0ull);
	assert_int_equal(pool.mask_low, 0);
	assert_int_equal(pool.zero_high, 0);
	assert_int_equal(pool.zero_low, 0xffff);
	tsp_pool_set(&pool, TSP_POOL_ANONYMOUS, 0x20010db8000a0000, 0, 12, 0);
	assert_true(pool.mask_high == 0xfff0000000000000);
	assert_int_equal(pool.zero_high, 0xf);
	assert_true(pool.zero_low == ~0ull);
	tsp_pool_set(&pool, TSP_POOL_LINK, 1, 0, 125, 0);
	assert_true(pool.mask_high == ~0ull);
	assert_true(pool.mask_low == ~7ull);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(sizes),
		cmocka_unit_test_setup_teardown(put_get_drop, setup, teardown),
		cmocka_unit_test_setup_teardown(what_was_left_over, setup, teardown),
		cmocka_unit_test_setup_teardown(tags_that_meet, setup, teardown),
		cmocka_unit_test_setup_teardown(two_full_buckets, setup, teardown),
		cmocka_unit_test_setup_teardown(as_many_as_it_is_for, setup, teardown),
		cmocka_unit_test(words),
		cmocka_unit_test(what_was_not_delegated),
		cmocka_unit_test(times),
		cmocka_unit_test(pools),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
