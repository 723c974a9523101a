/* SPDX-License-Identifier: MIT */
/* test_move.c - which addresses leases get when the ranges of a pool change */
#include <arpa/inet.h>
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "alloc/index.h"
#include "alloc/move.h"
#include "lib/prefix.h"
#include "tests/unit/alloc/store_fixture.h"

#define CAPACITY 100
#define ROUNDS   200

static struct config before;
static struct table old;
static struct move move;
static unsigned seed;

/** draw() - a number from 0 to @below - 1, the same in each run */
static unsigned draw(unsigned below)
{
	seed = seed * 1103515245 + 12345;
	return (seed >> 8) % below;
}

/** ranges() - the ranges of the users pool */
static void ranges(struct config *c, const char *link, const char *prefix,
		   unsigned delegate, uint32_t capacity)
{
	assert_int_equal(prefix6_parse(link, &c->users_pool.link), 0);
	assert_int_equal(prefix6_parse(prefix, &c->users_pool.prefix), 0);
	c->users_pool.delegate = (uint8_t)delegate;
	c->users_pool.capacity = capacity;
}

static int setup(void **state)
{
	if (fixture_setup(state))
		return -1;
	ranges(&config, "2001:db8:ffff::/64", "2001:db8:1000::/36", 56, CAPACITY);
	before = config;
	return 0;
}

static int teardown(void **state)
{
	char path[PATH_MAX];

	path_of("users.leases.new", path);
	unlink(path);
	return fixture_teardown(state);
}

/** lend() - write a lease of the users pool into the old file */
static void lend(uint32_t number, enum lease_state state, uint8_t prefix_len)
{
	struct lease lease = {.number = number, .state = state};

	snprintf(lease.owner, sizeof(lease.owner), "user%u", number);
	lease.tunnel = (struct lease_tunnel){
		.mode = TUNNEL_V6V4,
		.endpoint.addr.s_addr = htonl(0x0a000000 + number),
		.prefix_len = prefix_len,
		.maybe_up = state != LEASE_EXPIRED,
		.granted = T0 - 60,
		.expires = state == LEASE_EXPIRED ? T0 - 30 : T0 + 3600,
		.heard = T0 - 60,
		.secret = number,
	};
	assert_int_equal(index_add(&old, &lease), 0);
	assert_int_equal(table_write(&old, &lease), 0);
}

/** open_old() - the file with the old ranges */
static void open_old(void)
{
	char path[PATH_MAX];

	path_of("users.leases", path);
	assert_int_equal(table_make(&before, POOL_USERS), 0);
	assert_int_equal(table_open(&old, path, POOL_USERS), 0);
}

/** begin() - a move to the ranges of @config */
static void begin(void)
{
	move = (struct move){.plan = {.before = &before,
				      .after = &config,
				      .pool = POOL_USERS,
				      .now = T0}};
	move.to.fd = -1;
}

static void end(void)
{
	move_end(&move);
	table_close(&old);
}

/** addresses() - those of an item's lease, before and after */
static void addresses(const struct move_item *item, struct lease *new,
		      struct pool_addresses *was, struct pool_addresses *is)
{
	struct lease lease;

	assert_int_equal(move_read(&move, item, &lease), 0);
	assert_int_equal(table_read(&move.to, item->to, new), 0);
	assert_string_equal(new->owner, lease.owner);
	pool_users_addresses(&before.users_pool, lease.number, lease.tunnel.prefix_len,
			     was);
	pool_users_addresses(&config.users_pool, new->number, new->tunnel.prefix_len, is);
}

/** check_item() - check a lease in the new file */
static void check_item(const struct move_item *item, bool *taken)
{
	struct pool_addresses was, is;
	bool same, network;
	struct lease new;

	if (item->fate == MOVE_FORGOTTEN) {
		assert_false(item->active);
		return;
	}
	assert_in_range(item->to, 1, config.users_pool.capacity);
	assert_false(taken[item->to]);
	taken[item->to] = true;
	addresses(item, &new, &was, &is);
	same = !memcmp(&was, &is, sizeof(was));
	network = was.prefix.len && is.prefix.len &&
		  !memcmp(&was.prefix.addr, &is.prefix.addr, sizeof(was.prefix.addr));
	/* an ended lease never had new ones */
	assert_true(same || item->active);
	assert_int_equal(item->fate == MOVE_MOVES && item->changes, !same);
	assert_int_equal(new.tunnel.granted, same ? T0 - 60 : T0);
	assert_true(!is.prefix.len || is.prefix.len >= config.users_pool.delegate);
	if (item->fate == MOVE_MOVES)
		assert_int_equal(item->keeps_prefix, network);
}

/** fill() - leases in random lines, of all kinds; returns how many are active */
static uint32_t fill(void)
{
	static const uint8_t lengths[] = {0, 56, 60, 64};
	uint32_t number, active = 0;
	bool is_active;

	for (number = 1; number <= CAPACITY; number++) {
		if (draw(3) == 0)
			continue;
		is_active = draw(4) != 0;
		lend(number, is_active ? LEASE_PRESENT : LEASE_EXPIRED, lengths[draw(4)]);
		active += is_active;
	}
	return active;
}

/** other_ranges() - ranges that overlap the old ones, contain them, or are elsewhere */
static void other_ranges(void)
{
	static const char *const links[] = {"2001:db8:ffff::/64", "2001:db8:fffe::/64",
					    "2001:db8:ffff::/112"};
	static const char *const prefixes[] = {"2001:db8:1000::/36", "2001:db8:1000::/40",
					       "2001:db8:1000::/49",
					       "2001:db8:2000::/36"};
	static const unsigned delegates[] = {52, 56, 58, 60, 64};
	uint32_t room;

	ranges(&config, links[draw(3)], prefixes[draw(4)], delegates[draw(5)], 1);
	room = config_pool_room(&config.users_pool);
	config.users_pool.capacity = 70 + draw(2000);
	if (config.users_pool.capacity > room)
		config.users_pool.capacity = room;
}

/** is_refused() - nothing has been made of a move without room for all active leases */
static void is_refused(enum rebuild_result r, uint32_t active)
{
	char path[PATH_MAX];

	assert_int_equal(r, REBUILD_LOSSES);
	assert_true(active > config.users_pool.capacity);
	path_of("users.leases.new", path);
	assert_int_equal(access(path, F_OK), -1);
}

/** any_ranges() - one round of the test below */
static void any_ranges(unsigned round)
{
	bool taken[4096] = {false};
	char path[PATH_MAX];
	uint32_t active;
	enum rebuild_result r;
	size_t i;

	seed = round;
	open_old();
	active = fill();
	other_ranges();
	begin();
	r = move_prepare(&move, &old, 0);
	assert_int_equal(move.plan.active, active);
	if (r == REBUILD_OK) {
		for (i = 0; i < move.plan.count; i++)
			check_item(&move.plan.items[i], taken);
		assert_true(move_plan_fits(&move.plan));
	} else {
		is_refused(r, active);
	}
	end();
	path_of("users.leases", path);
	unlink(path);
}

static void no_address_is_given_twice_and_no_active_lease_is_lost(void **state)
{
	unsigned round;

	(void)state;
	for (round = 0; round < ROUNDS; round++)
		any_ranges(round);
}

static void a_network_keeps_its_beginning(void **state)
{
	struct pool_addresses was, is;
	struct lease new;

	(void)state;
	open_old();
	lend(5, LEASE_PRESENT, 56);
	config.users_pool.delegate = 60;
	begin();
	assert_int_equal(move_prepare(&move, &old, 0), REBUILD_OK);
	addresses(&move.plan.items[0], &new, &was, &is);
	assert_int_equal(new.number, 5 * 16);
	assert_memory_equal(&was.prefix.addr, &is.prefix.addr, sizeof(is.prefix.addr));
	assert_int_equal(is.prefix.len, 60);
	end();
}

static void a_session_of_the_old_ranges_ends(void **state)
{
	struct table session;
	struct lease lease;
	char path[PATH_MAX];

	(void)state;
	open_old();
	lend(5, LEASE_PRESENT, 56);
	path_of("users.leases", path);
	assert_int_equal(table_open(&session, path, POOL_USERS), 0);
	config.users_pool.delegate = 60;
	begin();
	assert_int_equal(move_prepare(&move, &old, 0), REBUILD_OK);
	assert_int_equal(table_hold(&session, 7), -1); /* no line can be claimed now */
	assert_int_equal(errno, EAGAIN);
	assert_int_equal(move_commit(&move), REBUILD_OK);
	assert_int_equal(unlink(move.kept), 0);
	end();
	log_begin();
	assert_int_equal(table_look(&session, 5, &lease), -1);
	assert_int_equal(errno, ESTALE);
	assert_non_null(strstr(log_end(), "its leases were moved to other ranges"));
	table_close(&session);
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
	const struct CMUnitTest tests[] = {
		TEST(no_address_is_given_twice_and_no_active_lease_is_lost),
		TEST(a_network_keeps_its_beginning),
		TEST(a_session_of_the_old_ranges_ends),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
