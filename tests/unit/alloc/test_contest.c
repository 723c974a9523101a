/* SPDX-License-Identifier: MIT */
/* test_contest.c - who gets an endpoint that has a holder: all cells of the table */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "alloc/contest.h"
#include "tests/unit/alloc/store_fixture.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/*
 * Per row, for a holder that is unproven, claimed, present: w: the newcomer wins, l: it loses,
 * c: [server] conflict decides
 */
static const struct {
	bool proven;
	enum pool_kind newcomer, holder;
	enum tunnel_type mode;
	const char *expected;
} rows[] = {
	{false, POOL_USERS, POOL_USERS, TUNNEL_V6V4, "wll"},
	{false, POOL_USERS, POOL_USERS, TUNNEL_V6UDPV4, "wll"},
	{false, POOL_USERS, POOL_ANONYMOUS, TUNNEL_V6V4, "wll"},
	{false, POOL_USERS, POOL_ANONYMOUS, TUNNEL_V6UDPV4, "wll"},
	{false, POOL_ANONYMOUS, POOL_USERS, TUNNEL_V6V4, "wll"},
	{false, POOL_ANONYMOUS, POOL_USERS, TUNNEL_V6UDPV4, "wll"},
	{false, POOL_ANONYMOUS, POOL_ANONYMOUS, TUNNEL_V6V4, "wll"},
	{false, POOL_ANONYMOUS, POOL_ANONYMOUS, TUNNEL_V6UDPV4, "wll"},
	{true, POOL_USERS, POOL_USERS, TUNNEL_V6V4, "wwc"},
	{true, POOL_USERS, POOL_USERS, TUNNEL_V6UDPV4, "www"},
	{true, POOL_USERS, POOL_ANONYMOUS, TUNNEL_V6V4, "www"},
	{true, POOL_USERS, POOL_ANONYMOUS, TUNNEL_V6UDPV4, "www"},
	{true, POOL_ANONYMOUS, POOL_USERS, TUNNEL_V6V4, "wwl"},
	{true, POOL_ANONYMOUS, POOL_USERS, TUNNEL_V6UDPV4, "www"},
	{true, POOL_ANONYMOUS, POOL_ANONYMOUS, TUNNEL_V6V4, "wwl"},
	{true, POOL_ANONYMOUS, POOL_ANONYMOUS, TUNNEL_V6UDPV4, "www"},
};

static const enum conflict rules[] = {CONFLICT_REFUSE, CONFLICT_REPLACE};

static struct store store;

static int teardown(void **state)
{
	store_close(&store);
	return fixture_teardown(state);
}

/** expected() - what the table says for row @i, column @known */
static bool expected(size_t i, enum contest_holder known, enum conflict rule)
{
	char cell = rows[i].expected[known];

	return cell == 'w' || (cell == 'c' && rule == CONFLICT_REPLACE);
}

static struct contest contest_of(size_t i, enum contest_holder known, enum conflict rule)
{
	return (struct contest){.proven = rows[i].proven,
				.newcomer = rows[i].newcomer,
				.holder = rows[i].holder,
				.known = known,
				.mode = rows[i].mode,
				.rule = rule};
}

static void the_table(void **state)
{
	struct contest c;
	size_t i, r;
	int known;

	(void)state;
	for (i = 0; i < COUNT(rows) * 3 * COUNT(rules); i++) {
		size_t row = i / 3 / COUNT(rules);

		known = (int)(i / COUNT(rules) % 3);
		r = i % COUNT(rules);
		c = contest_of(row, (enum contest_holder)known, rules[r]);
		if (contest_newcomer_wins(&c) !=
		    expected(row, (enum contest_holder)known, rules[r]))
			fail_msg("row %zu, column %d, rule %zu", row, known, r);
	}
}

static const struct {
	enum lease_state state;
	time_t heard;
	enum contest_holder known;
} holders[] = {
	{LEASE_OFFERED, 0, CONTEST_UNPROVEN}, {LEASE_OFFERED, T0, CONTEST_CLAIMED},
	{LEASE_CLAIMED, 0, CONTEST_UNPROVEN}, {LEASE_CLAIMED, T0, CONTEST_CLAIMED},
	{LEASE_PRESENT, 0, CONTEST_PRESENT},  {LEASE_PRESENT, T0, CONTEST_PRESENT},
};

static void what_a_lease_tells(void **state)
{
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(holders); i++) {
		const struct lease_tunnel tunnel = {.heard = holders[i].heard};

		assert_int_equal(contest_holder(holders[i].state, &tunnel),
				 holders[i].known);
	}
}

/** hold() - the endpoint gets a holder; its lease's number */
static uint32_t hold(enum pool_kind pool, const char *endpoint, enum contest_holder known)
{
	struct store_wish w = wish(pool == POOL_USERS ? "holder" : NULL, endpoint);
	struct store_claim c;

	w.unproven = known == CONTEST_UNPROVEN;
	w.heard = known == CONTEST_PRESENT;
	w.server = at("198.51.100.1").addr;
	assert_int_equal(store_claim(&store, &w, &c), STORE_OK);
	assert_int_equal(store_accept(&store, &c), 0);
	return c.lease.number;
}

/** contend() - the newcomer of row @i claims the endpoint for @server */
static enum store_result contend(size_t i, const char *endpoint, const char *server,
				 struct store_claim *c)
{
	struct store_wish w =
		wish(rows[i].newcomer == POOL_USERS ? "newcomer" : NULL, endpoint);

	w.unproven = !rows[i].proven;
	w.heard = false;
	w.server = at(server).addr;
	return store_claim(&store, &w, c);
}

/* every cell through the files; the same anonymous client has the same endpoint */
static void the_store_keeps_to_it(void **state)
{
	struct store_claim c;
	uint32_t number;
	size_t i, n;

	(void)state;
	open_store(&store);
	for (n = 0; n < COUNT(rows) * 3 * COUNT(rules); n++) {
		enum contest_holder known = (enum contest_holder)(n / COUNT(rules) % 3);
		const char *endpoint;
		bool wins;

		i = n / 3 / COUNT(rules);
		endpoint = rows[i].mode == TUNNEL_V6V4 ? "192.0.2.1" : "192.0.2.1:4000";
		if (rows[i].newcomer == POOL_ANONYMOUS &&
		    rows[i].holder == POOL_ANONYMOUS)
			continue;
		config.conflict = rules[n % COUNT(rules)];
		wins = expected(i, known, config.conflict);
		number = hold(rows[i].holder, endpoint, known);
		assert_int_equal(contend(i, endpoint, "198.51.100.1", &c),
				 wins ? STORE_OK : STORE_IN_USE);
		assert_int_equal(c.displaced_count, wins);
		if (wins)
			assert_int_equal(store_accept(&store, &c), 0);
		assert_int_equal(lease_at(&store, rows[i].holder, number).state ==
					 LEASE_EXPIRED,
				 wins);
		assert_int_equal(audit(&store), 1);
		test_time += 86400;
	}
}

static void a_port_at_another_server_address_is_another_endpoint(void **state)
{
	struct store_claim c;

	(void)state;
	open_store(&store);
	hold(POOL_USERS, "192.0.2.1:4000", CONTEST_PRESENT);
	assert_int_equal(contend(9, "192.0.2.1:4000", "198.51.100.2", &c), STORE_OK);
	assert_int_equal(c.displaced_count, 0);
	assert_int_equal(store_accept(&store, &c), 0);
	assert_int_equal(audit(&store), 2);
	/* protocol 41 has its address to itself */
	test_time += 86400;
	hold(POOL_USERS, "192.0.2.1", CONTEST_PRESENT);
	assert_int_equal(contend(8, "192.0.2.1", "198.51.100.2", &c), STORE_IN_USE);
}

static void without_proof_nobody_counts(void **state)
{
	char owner[16], endpoint[ENDPOINT_LEN];
	struct store_claim c;
	int i;

	(void)state;
	open_store(&store);
	/* 80 are more than one look-up in the index finds */
	for (i = 0; i < 80; i++) {
		struct store_wish w;

		snprintf(owner, sizeof(owner), "user%d", i);
		snprintf(endpoint, sizeof(endpoint), "192.0.2.1:%d", 1000 + i);
		w = wish(owner, endpoint);
		w.heard = false;
		w.unproven = i % 2;
		assert_int_equal(store_claim(&store, &w, &c), STORE_OK);
		assert_int_equal(store_accept(&store, &c), 0);
	}
	for (i = 0; i < 4; i++) {
		snprintf(endpoint, sizeof(endpoint), "192.0.2.1:%d", 2000 + i);
		give(&store, NULL, endpoint);
	}
	assert_int_equal(claim(&store, NULL, "192.0.2.1:3000", &c), STORE_FULL);
	/* the fifth that is heard has no place among those that are present */
	assert_int_equal(store_find_owner(&store, POOL_USERS, "user7", &c.lease),
			 STORE_OK);
	prove(&store, POOL_USERS, c.lease.number);
	assert_int_equal(lease_at(&store, POOL_USERS, c.lease.number).state,
			 LEASE_CLAIMED);
	assert_int_equal(audit(&store), 84);
}

int main(void)
{
#define TEST(test) cmocka_unit_test_setup_teardown(test, fixture_setup, teardown)
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_table),
		cmocka_unit_test(what_a_lease_tells),
		TEST(the_store_keeps_to_it),
		TEST(a_port_at_another_server_address_is_another_endpoint),
		TEST(without_proof_nobody_counts),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
