/* SPDX-License-Identifier: MIT */
/* test_table_create.c - allocation files: hash, header, creation, opening */
#include <errno.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <sys/resource.h>
#include <cmocka.h>

#include "lib/siphash.h"
#include "alloc/header.h"
#include "lib/prefix.h"
#include "alloc/lease_line.h"
#include "tests/unit/alloc/store_fixture.h"

static void siphash_gives_the_published_values(void **state)
{
	/* of the input 00 01 02 ..., by its length (reference implementation, vectors.h) */
	static const uint64_t published[] = {
		0x726fdb47dd0e0e31, 0x74f839c593dc67fd, 0x0d6c8009d9a94f5a,
		0x85676696d7fb7e2d, 0xcf2794e0277187b7, 0x18765564cd99a68d,
		0xcbc9466e58fee3ce, 0xab0200f58b01d137, 0x93f5f5799a932462,
		0x9e0082df0ba9e4b0, 0x7a5dbbc594ddb9f3, 0xf4b32f46226bada7,
		0x751e8fbc860ee5fb, 0x14ea5627c0843d90, 0xf723ca908e7af2ee,
		0xa129ca6149be45e5};
	static const uint64_t key[2] = {0x0706050403020100, 0x0f0e0d0c0b0a0908};
	uint8_t input[16];
	size_t i;

	(void)state;
	for (i = 0; i < 16; i++) {
		input[i] = (uint8_t)i;
		assert_true(siphash(key, input, i) == published[i]);
	}
}

static void a_header_is_read_or_refused_at_every_byte(void **state)
{
	struct header h = {.kind = POOL_USERS,
			   .capacity = 65536,
			   .key = {0x0123456789abcdef, 0xfedcba9876543210},
			   .identity = 0x00112233445566ff,
			   .ranges = {.delegate = 56}},
		      again;
	char line[LINE_LEN];
	const char *why;
	int i, bit;

	(void)state;
	assert_int_equal(prefix6_parse("2001:db8:ffff::/64", &h.ranges.link), 0);
	assert_int_equal(prefix6_parse("2001:db8:1000::/36", &h.ranges.prefix), 0);
	header_encode(&h, line);
	assert_memory_equal(line,
			    "tsp-leases 2   users     00065536 0123456789abcdef "
			    "fedcba9876543210 00112233445566ff 2001:db8:ffff::/64 ",
			    104);
	assert_memory_equal(line + 129, "2001:db8:1000::/36 ", 19);
	assert_memory_equal(line + 173, "56  ", 4);
	assert_int_equal(header_decode(line, POOL_USERS, &again, &why), 0);
	assert_memory_equal(&h, &again, sizeof(h));
	for (i = 0; i < LINE_LEN; i++) {
		for (bit = 0; bit < 8; bit++) {
			line[i] = (char)(line[i] ^ 1 << bit);
			assert_int_equal(header_decode(line, POOL_USERS, &again, &why),
					 -1);
			assert_non_null(why);
			line[i] = (char)(line[i] ^ 1 << bit);
		}
	}
}

/** header_why() - why a header with @text put at @at and sealed is refused */
static const char *header_why(size_t where, const char *text, int error)
{
	struct header h = {POOL_USERS, 65536, {1, 2}}, again;
	char line[LINE_LEN];
	const char *why;

	header_encode(&h, line);
	memcpy(line + where, text, strlen(text));
	line_seal(line);
	errno = 0;
	assert_int_equal(header_decode(line, POOL_USERS, &again, &why), -1);
	assert_int_equal(errno, error);
	return why;
}

static void every_damage_of_a_header_has_a_text(void **state)
{
	(void)state;
	assert_string_equal(header_why(0, "tsp-LEASES", EBADMSG),
			    "not an allocation file");
	assert_string_equal(header_why(11, "3", EPROTONOSUPPORT),
			    "format is of another version");
	assert_string_equal(header_why(15, "anonymous", EBADMSG),
			    "the file is another pool's");
	assert_string_equal(header_why(25, "00000000", EBADMSG),
			    "capacity is not a number from 1");
	assert_string_equal(header_why(25, "65536   ", EBADMSG),
			    "capacity is not a number from 1");
	assert_string_equal(header_why(34, "X", EBADMSG),
			    "key or identity is not hexadecimal");
	assert_string_equal(header_why(51, "X", EBADMSG),
			    "key or identity is not hexadecimal");
	assert_string_equal(header_why(68, "X", EBADMSG),
			    "key or identity is not hexadecimal");
	assert_string_equal(header_why(11, "1", EPROTONOSUPPORT),
			    "format 1: 'tspctl check --repair' converts it");
	assert_string_equal(header_why(85, "2001:db8::/200", EBADMSG),
			    "a range of the header is not an IPv6 prefix");
	assert_string_equal(header_why(173, "65", EBADMSG),
			    "delegate in the header is not a prefix length");
	assert_string_equal(header_why(173, "48", EBADMSG),
			    "prefix and delegate in the header contradict each other");
	assert_string_equal(header_why(52, " ", EBADMSG),
			    "a column of the header does not hold exactly one word");
}

static int expect_free(uint32_t number, const struct lease *lease, const char *why,
		       void *context)
{
	assert_null(why);
	assert_int_equal(lease->number, number);
	assert_int_equal(lease->state, LEASE_FREE);
	++*(uint32_t *)context;
	return 0;
}

static void a_new_file_has_its_full_size(void **state)
{
	static const uint32_t capacities[] = {1, 2, 15, 16, 17, 255, 256, 257, 5000};
	uint32_t seen;
	struct table t;
	size_t i, len, at_byte;
	char *bytes, path[PATH_MAX];

	(void)state;
	path_of("users.leases", path);
	for (i = 0; i < sizeof(capacities) / sizeof(capacities[0]); i++) {
		assert_int_equal(create_users(capacities[i]), 0);
		assert_int_equal(open_users(&t), 0);
		assert_int_equal(t.capacity, capacities[i]);
		seen = 0;
		assert_int_equal(table_each(&t, expect_free, &seen), 0);
		assert_int_equal(seen, capacities[i]);
		table_close(&t);

		bytes = file_bytes("users.leases", &len);
		assert_int_equal(len, header_file_size(capacities[i]));
		for (at_byte = 0; at_byte < len; at_byte++)
			assert_int_equal(bytes[at_byte] == '\n',
					 at_byte % LINE_LEN == LINE_LEN - 1);
		free(bytes);
		assert_int_equal(unlink(path), 0);
	}
}

static void an_existing_file_is_not_created_again(void **state)
{
	struct table a, b;

	(void)state;
	assert_int_equal(create_users(10), 0);
	assert_int_equal(open_users(&a), 0);
	assert_int_equal(create_users(20), 0);
	assert_int_equal(open_users(&b), 0);
	assert_int_equal(b.capacity, 10);
	assert_memory_equal(a.key, b.key, sizeof(a.key));
	table_close(&a);
	table_close(&b);
}

static void creators_at_once_agree(void **state)
{
	uint64_t keys[8][2];
	struct table t;
	int i, fds[2];

	(void)state;
	assert_int_equal(pipe2(fds, O_CLOEXEC), 0);
	for (i = 0; i < 8; i++) {
		if (fork())
			continue;
		if (create_users(3000) || open_users(&t) ||
		    write(fds[1], t.key, sizeof(t.key)) != (ssize_t)sizeof(t.key))
			_exit(1);
		_exit(0);
	}
	wait_all(8);
	assert_int_equal(read(fds[0], keys, sizeof(keys)), sizeof(keys));
	for (i = 1; i < 8; i++)
		assert_memory_equal(keys[0], keys[i], sizeof(keys[0]));
	close(fds[0]);
	close(fds[1]);
	/* and nothing else is in the directory: see fixture_teardown() */
}

static void a_missing_directory_is_named(void **state)
{
	struct store store;
	size_t len = strlen(config.state);

	(void)state;
	log_begin();
	strcat(config.state, "/none");
	assert_int_equal(store_open(&store, &config), -1);
	assert_int_equal(errno, ENOENT);
	config.state[len] = '\0';
	assert_non_null(strstr(log_end(), "/none/users.leases"));
}

static void a_missing_file_is_not_made(void **state)
{
	struct store store;
	char path[PATH_MAX];

	(void)state;
	assert_int_equal(table_make(&config, POOL_USERS), 0);
	log_begin();
	assert_int_equal(store_open(&store, &config), -1);
	assert_int_equal(errno, ENOENT);
	assert_int_equal(store.tables[POOL_USERS].fd, -1); /* closed again */
	assert_non_null(strstr(log_end(), "anonymous.leases: no such allocation file"));
	path_of("anonymous.leases", path);
	assert_int_equal(access(path, F_OK), -1);
}

static void a_full_disk_is_noticed_at_once(void **state)
{
	const struct rlimit small = {100000, RLIM_INFINITY};
	const struct rlimit none = {RLIM_INFINITY, RLIM_INFINITY};
	(void)state;
	config.users_pool.capacity = 5000;
	signal(SIGXFSZ, SIG_IGN);
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &small), 0);
	log_begin();
	assert_int_equal(table_make(&config, POOL_USERS), -1);
	assert_int_equal(errno, EFBIG);
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &none), 0);
	assert_non_null(strstr(log_end(), "users.leases: cannot create"));
}

/** assert_untouched() - opening fails with @error and a line that says @text */
static void assert_untouched(int error, const char *text)
{
	struct store store;
	char *before, *after;
	size_t len, len_after;

	before = file_bytes("users.leases", &len);
	log_begin();
	assert_int_equal(store_open(&store, &config), -1);
	assert_int_equal(errno, error);
	assert_non_null(strstr(log_end(), text));
	after = file_bytes("users.leases", &len_after);
	assert_int_equal(len, len_after);
	assert_memory_equal(before, after, len);
	free(before);
	free(after);
}

static void a_damaged_file_is_left_alone(void **state)
{
	struct header h = {POOL_USERS, 100, {1, 2}};
	char path[PATH_MAX], line[LINE_LEN];

	(void)state;
	path_of("users.leases", path);
	assert_int_equal(create_users(100), 0);
	file_put("users.leases", 26, "1", 1);
	assert_untouched(EBADMSG,
			 "users.leases:1: checksum of the header does not match");
	file_put("users.leases", 11, "3", 1);
	assert_untouched(EPROTONOSUPPORT, "of another version");

	h.kind = POOL_ANONYMOUS;
	header_encode(&h, line);
	file_put("users.leases", 0, line, sizeof(line));
	assert_untouched(EBADMSG, "another pool's");

	h.kind = POOL_USERS;
	header_encode(&h, line);
	file_put("users.leases", 0, line, sizeof(line));
	assert_int_equal(truncate(path, header_file_size(100) - 1), 0);
	assert_untouched(EBADMSG, "shorter than 100 leases need");
	assert_int_equal(truncate(path, 0), 0);
	assert_untouched(EBADMSG, "not an allocation file");
}

static void another_capacity_is_told(void **state)
{
	struct store store;

	(void)state;
	assert_int_equal(create_users(50), 0);
	log_begin();
	open_store(&store);
	assert_non_null(strstr(log_end(),
			       "has 50 leases, the configuration says 100: run "
			       "'tspctl resize users 100'"));
	assert_int_equal(store.tables[POOL_USERS].capacity, 50);
	store_close(&store);

	config.users_pool.link.len = 122; /* leases 1 to 31 */
	config.users_pool.capacity = 31;
	assert_untouched(ERANGE, "has 50 leases, [pool users] addresses for 31");
}

#define WITH_FILES(test)                                                                 \
	cmocka_unit_test_setup_teardown(test, fixture_setup, fixture_teardown)

static void a_size_tells_its_capacity(void **state)
{
	static const uint32_t high[] = {65535, 65536, 1048575, LEASE_NUMBER_MAX - 1,
					LEASE_NUMBER_MAX};
	uint32_t i;

	(void)state;
	for (i = 1; i < 2000; i++) {
		assert_int_equal(header_capacity_of(header_file_size(i)), i);
		assert_int_equal(header_capacity_of(header_file_size(i) - 1), i - 1);
	}
	for (i = 0; i < sizeof(high) / sizeof(high[0]); i++)
		assert_int_equal(header_capacity_of(header_file_size(high[i])), high[i]);
	assert_int_equal(header_capacity_of(0), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(siphash_gives_the_published_values),
		cmocka_unit_test(a_header_is_read_or_refused_at_every_byte),
		cmocka_unit_test(every_damage_of_a_header_has_a_text),
		WITH_FILES(a_new_file_has_its_full_size),
		WITH_FILES(an_existing_file_is_not_created_again),
		WITH_FILES(creators_at_once_agree),
		WITH_FILES(a_missing_directory_is_named),
		WITH_FILES(a_missing_file_is_not_made),
		WITH_FILES(a_full_disk_is_noticed_at_once),
		WITH_FILES(a_damaged_file_is_left_alone),
		WITH_FILES(another_capacity_is_told),
		cmocka_unit_test(a_size_tells_its_capacity),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
