/* SPDX-License-Identifier: MIT */
/* test_entry.c - from the words of a template to an entry, in memory that is no map */
#include <arpa/inet.h>
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>

#include "datapath/entry.h"

#define USERS     16
#define ANONYMOUS 8

static struct tsp_tunnel users[USERS], anon[ANONYMOUS];
static struct tsp_bucket buckets[4];
static struct entries entries;

static int fresh(void **state)
{
	struct tsp_config *c = &entries.shared.config;

	(void)state;
	memset(users, 0, sizeof(users));
	memset(anon, 0, sizeof(anon));
	memset(buckets, 0, sizeof(buckets));
	entries = (struct entries){.users = users,
				   .anon = anon,
				   .index = buckets,
				   .users_count = USERS,
				   .anon_count = ANONYMOUS,
				   .index_count = 4};
	tsp_pool_set(&c->pools[0], TSP_POOL_LINK, 0x20010db8ffff0000, 0, 64, 0);
	tsp_pool_set(&c->pools[1], TSP_POOL_PREFIX, 0x20010db810000000, 0, 36, 56);
	tsp_pool_set(&c->pools[2], TSP_POOL_ANONYMOUS, 0x20010db8000a0000, 0, 48, 0);
	c->index_mask = 3;
	c->id_key[1] = 77;
	c->keepalive = 0x20010db8ffff0000;
	c->keepalive_set = 1ULL << 63;
	c->server_count = 2;
	c->servers[0] = htonl(0xc0000201);
	c->servers[1] = htonl(0xc0000202);
	return 0;
}

/** request() - a line of a batch that is taken */
static struct request request(const char *text)
{
	char line[512];
	struct request r;

	snprintf(line, sizeof(line), "%s", text);
	assert_int_equal(variables_line(line, &r), 0);
	return r;
}

/** refused() - a line that is not */
static void refused(const char *text)
{
	char line[512];
	struct request r;

	snprintf(line, sizeof(line), "%s", text);
	assert_int_equal(variables_line(line, &r), -1);
	assert_int_equal(errno, EINVAL);
}

#define HOST   "v6v4 host tsp7 192.0.2.1 198.51.100.7 - - 2001:db8:ffff::e "
#define ROUTER "v6udpv4 router tsp7 192.0.2.2 198.51.100.7 40000 - 2001:db8:ffff::e "
#define ANON                                                                             \
	"v6udpv4 host tsp 192.0.2.9 198.51.100.7 40000 - 2001:db8:a:c633:6407:9c40:0:2 "

static void a_line_is_read_word_by_word(void **state)
{
	struct request r = request(
		ROUTER
		"2001:db8:ffff::f 2001:db8:1000:700:: 60 a - 7 1 2001:db8:ffff::1 more");

	(void)state;
	assert_int_equal(r.keepalive.s6_addr[15], 1);
	assert_int_equal(r.lease, 7);
	assert_int_equal(ntohl(r.client.addr.s_addr), 0xc6336407);
	assert_int_equal(r.client.port, 40000);
	assert_int_equal(ntohl(r.server.s_addr), 0xc0000202);
	assert_int_equal(r.prefix_len, 60);
	assert_int_equal(r.address.s6_addr[15], 0xf);
}

static void lines_that_are_wrong_are_refused(void **state)
{
	(void)state;
	refused("");
	refused(HOST "2001:db8:ffff::f - - a - 7");
	refused(HOST "2001:db8:ffff::f - - a - 0 1");
	refused(HOST "2001:db8:ffff::f - - a - 7x 1");
	refused(HOST "2001:db8:ffff::f - 65 a - 7 1");
	refused(HOST "2001:db8:ffff - - a - 7 1");
	refused(HOST "2001:db8:ffff::f - - a - 7 1 secret");
	refused(HOST "2001:db8:ffff::f - - a - 7 1  2001:db8:ffff::f");
	refused("v6v4 host tsp7 192.0.2.1 0.0.0.0 - - - 2001:db8:ffff::f - - a - 7 1");
	refused("v6v4 host tsp7 192.0.2 198.51.100.7 - - - 2001:db8:ffff::f - - a - 7 1");
	refused("v4v6 host tsp7 - 198.51.100.7 - - - 2001:db8:ffff::f - - a - 7 1");
	refused("v6udpv4 host tsp7 - 198.51.100.7 - - - 2001:db8:ffff::f - - a - 7 1");
	refused("v6udpv4 host tsp7 - 198.51.100.7 0 - - 2001:db8:ffff::f - - a - 7 1");
	refused("v6v4  host tsp7 - 198.51.100.7 - - 2001:db8:ffff::f - - a - 7 1");
}

static void a_user_is_at_its_number(void **state)
{
	struct request r =
		request(ROUTER "2001:db8:ffff::f 2001:db8:1000:700:: 60 a - 7 1");

	(void)state;
	assert_int_equal(entry_add(&entries, &r), 0);
	assert_true(users[7].word == tsp_word(0xc6336407, 40000, 1));
	assert_true(users[7].beyond == 0xf0);
	assert_int_equal(users[7].server, htonl(0xc0000202));
	assert_int_equal(users[7].generation, 1);
}

static void a_host_has_no_prefix(void **state)
{
	struct request r = request(HOST "2001:db8:ffff::f - - a - 7 1");

	(void)state;
	assert_int_equal(entry_add(&entries, &r), 0);
	assert_true(users[7].word == tsp_word(0xc6336407, 0, 1));
	assert_true(users[7].beyond == ~0ULL);
}

static void what_is_there_already_stays_as_it_was(void **state)
{
	struct request r = request(HOST "2001:db8:ffff::f - - a - 7 1");

	(void)state;
	assert_int_equal(entry_add(&entries, &r), 0);
	assert_int_equal(entry_add(&entries, &r), 0);
	assert_int_equal(users[7].generation, 1);
	r.prefix_len = 56;
	assert_int_equal(entry_add(&entries, &r), 0);
	assert_int_equal(users[7].generation, 2);
	assert_true(users[7].word == tsp_word(0xc6336407, 0, 2));
}

#define KEPT "2001:db8:ffff::f - - a - 7 1 2001:db8:ffff:0:8000::"

static void the_secret_is_the_second_half_of_the_keepalive_address(void **state)
{
	struct request r = request(HOST KEPT "beef");

	(void)state;
	assert_int_equal(entry_add(&entries, &r), 0);
	assert_true(users[7].secret == ((1ULL << 63) | 0xbeef));
	assert_int_equal(entry_add(&entries, &r), 0);
	assert_int_equal(users[7].generation, 1);
	r = request(HOST KEPT "bee5");
	assert_int_equal(entry_add(&entries, &r), 0);
	assert_int_equal(users[7].generation, 2);
	r = request(HOST "2001:db8:ffff::f - - a - 7 1 -");
	assert_int_equal(entry_add(&entries, &r), 0);
	assert_true(users[7].secret == 0);
}

static void a_keepalive_address_that_is_never_answered_is_refused(void **state)
{
	struct request r = request(HOST "2001:db8:ffff::f - - a - 7 1 2001:db8:ffff::1");

	(void)state;
	assert_int_equal(entry_add(&entries, &r), -1);
	assert_int_equal(errno, EINVAL);
	r = request(HOST "2001:db8:ffff::f - - a - 7 1 2001:db8:fffe:0:8000::1");
	assert_int_equal(entry_add(&entries, &r), -1);
	r = request(HOST KEPT "1");
	entries.shared.config.keepalive = 0;
	assert_int_equal(entry_add(&entries, &r), -1);
	assert_true(users[7].word == 0);
}

static void a_generation_is_never_used_again_by_the_next_tunnel(void **state)
{
	struct request r = request(HOST "2001:db8:ffff::f - - a - 7 1");

	(void)state;
	users[7].generation = 0xffff;
	assert_int_equal(entry_add(&entries, &r), 0);
	assert_int_equal(entry_delete(&entries, &r), 0);
	assert_true(users[7].word == 0);
	assert_int_equal(entry_delete(&entries, &r), 0);
	assert_int_equal(entry_add(&entries, &r), 0);
	assert_true(users[7].word == tsp_word(0xc6336407, 0, 2));
}

static void an_address_of_this_machine_may_be_newer_than_the_last_start(void **state)
{
	struct request r = request(HOST "2001:db8:ffff::f - - a - 7 1");

	(void)state;
	r.server.s_addr = htonl(0xcb007101);
	assert_int_equal(entry_add(&entries, &r), 0);
	assert_int_equal(users[7].server, htonl(0xcb007101));
	r.server.s_addr = INADDR_ANY;
	assert_int_equal(entry_add(&entries, &r), 0);
	assert_int_equal(users[7].server, htonl(0xc0000201));
}

/** lease_of() - what the index says of an endpoint */
static uint32_t lease_of(uint32_t ipv4, uint16_t port)
{
	return tsp_index_get(buckets, tsp_index_places(tsp_word(ipv4, port, 0), 77, 3));
}

static void an_anonymous_client_is_found_by_its_endpoint(void **state)
{
	struct request r = request(ANON "2001:db8:a:c633:6407:9c40:0:3 - - - - 3 1");

	(void)state;
	assert_int_equal(entry_add(&entries, &r), 0);
	assert_true(anon[3].word == tsp_word(0xc6336407, 40000, 1));
	assert_int_equal(lease_of(0xc6336407, 40000), 3);
	/* the lease is another client's now */
	r = request("v6v4 host tsp - 198.51.100.8 - - 2001:db8:a:c633:6408::2 "
		    "2001:db8:a:c633:6408::3 - - - - 3 1");
	assert_int_equal(entry_add(&entries, &r), 0);
	assert_int_equal(lease_of(0xc6336407, 40000), 0);
	assert_int_equal(lease_of(0xc6336408, 0), 3);
	/* a late teardown of the one before takes nothing away */
	r = request(ANON "2001:db8:a:c633:6407:9c40:0:3 - - - - 3 1");
	assert_int_equal(entry_delete(&entries, &r), 0);
	assert_true(anon[3].word == tsp_word(0xc6336408, 0, 2));
	assert_int_equal(lease_of(0xc6336408, 0), 3);
}

/** no_place() - a request that the maps cannot hold changes nothing */
static void no_place(const char *text)
{
	static const struct tsp_tunnel none;
	struct request r = request(text);
	size_t i;

	assert_int_equal(entry_add(&entries, &r), -1);
	assert_int_equal(errno, EINVAL);
	assert_int_equal(entry_delete(&entries, &r), -1);
	for (i = 0; i < USERS; i++)
		assert_memory_equal(&users[i], &none, sizeof(none));
	for (i = 0; i < ANONYMOUS; i++)
		assert_memory_equal(&anon[i], &none, sizeof(none));
}

static void what_the_programs_would_look_for_elsewhere_is_refused(void **state)
{
	(void)state;
	no_place(HOST "2001:db8:ffff::11 - - a - 7 1");
	no_place(HOST "2001:db8:ffff::21 - - a - 16 1");
	no_place(HOST "2001:db8:ffff:0:8000::f - - a - 7 1");
	no_place(HOST "2001:db8:fffe::f - - a - 7 1");
	no_place(ANON "2001:db8:a:c633:6407:9c41:0:3 - - - - 3 1");
	no_place(ANON "2001:db8:a:c633:6408:9c40:0:3 - - - - 3 1");
	no_place(ANON "2001:db8:a:c633:6407:9c40:0:3 - - - - 8 1");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_line_is_read_word_by_word),
		cmocka_unit_test(lines_that_are_wrong_are_refused),
		cmocka_unit_test_setup(a_user_is_at_its_number, fresh),
		cmocka_unit_test_setup(a_host_has_no_prefix, fresh),
		cmocka_unit_test_setup(what_is_there_already_stays_as_it_was, fresh),
		cmocka_unit_test_setup(
			the_secret_is_the_second_half_of_the_keepalive_address, fresh),
		cmocka_unit_test_setup(
			a_keepalive_address_that_is_never_answered_is_refused, fresh),
		cmocka_unit_test_setup(
			a_generation_is_never_used_again_by_the_next_tunnel, fresh),
		cmocka_unit_test_setup(
			an_address_of_this_machine_may_be_newer_than_the_last_start,
			fresh),
		cmocka_unit_test_setup(an_anonymous_client_is_found_by_its_endpoint,
				       fresh),
		cmocka_unit_test_setup(
			what_the_programs_would_look_for_elsewhere_is_refused, fresh),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
