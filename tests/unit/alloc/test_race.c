/* SPDX-License-Identifier: MIT */
/* test_race.c - many processes at once, and killed at random moments */
#include <errno.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <sys/mman.h>
#include <cmocka.h>

#include "tests/unit/alloc/store_fixture.h"
#include "lib/endpoint.h"

static struct store store;

static int setup(void **state)
{
	store.tables[0].fd = store.tables[1].fd = -1;
	return fixture_setup(state);
}

static int teardown(void **state)
{
	store_close(&store);
	return fixture_teardown(state);
}

static void sixty_four_at_once_get_a_lease_each(void **state)
{
	char owner[16], endpoint[ENDPOINT_LEN];
	struct store_claim c;
	int i;

	(void)state;
	config.users_pool.capacity = 64;
	for (i = 0; i < 64; i++) {
		snprintf(owner, sizeof(owner), "user%d", i);
		snprintf(endpoint, sizeof(endpoint), "192.0.2.%d", 1 + i);
		if (quiet_child(&store))
			continue;
		if (claim(&store, owner, endpoint, &c) || store_sync(&store) ||
		    store_accept(&store, &c))
			_exit(1);
		_exit(0);
	}
	wait_all(64);
	open_store(&store);
	assert_int_equal(audit(&store), 64);
	assert_int_equal(claim(&store, "late", "192.0.2.200", &c), STORE_FULL);
}

static void of_sixty_four_on_one_address_one_wins(void **state)
{
	char owner[16];
	struct store_claim c;
	int i, status, won = 0;

	(void)state;
	for (i = 0; i < 64; i++) {
		snprintf(owner, sizeof(owner), "user%d", i);
		if (quiet_child(&store))
			continue;
		switch (claim(&store, owner, "192.0.2.1", &c)) {
		case STORE_OK:
			_exit(store_sync(&store) || store_accept(&store, &c) ? 1 : 0);
		case STORE_IN_USE:  /* another client is there */
		case STORE_CLAIMED: /* another session has just displaced it */
			_exit(2);
		default:
			_exit(1);
		}
	}
	for (i = 0; i < 64; i++) {
		assert_true(wait(&status) > 0);
		assert_true(WIFEXITED(status));
		assert_int_not_equal(WEXITSTATUS(status), 1);
		won += WEXITSTATUS(status) == 0;
	}
	assert_int_equal(won, 1);
	open_store(&store);
	assert_int_equal(audit(&store), 1);
}

#define WORKERS   6
#define ROUNDS    60
#define ADDRESSES 5

/* what each worker's user was told and what is being tried; index of an address, 0: none */
struct worker {
	volatile int told, trying;
};
static struct worker *workers;

static const char *address(int i)
{
	static const char *const addresses[] = {NULL,        "192.0.2.1", "192.0.2.2",
						"192.0.2.3", "192.0.2.4", "192.0.2.5"};

	return addresses[i];
}

/** work() - until killed: take addresses, give them back, end leases */
static void work(int self, const char *owner)
{
	struct store_claim c;
	unsigned seed_of_self = (unsigned)(self + getpid());
	int to;

	for (;;) {
		to = rand_r(&seed_of_self) % (ADDRESSES + 1);
		workers[self].trying = to;
		if (to == 0) {
			if (end_own(&store, owner))
				workers[self].told = 0;
		} else if (claim(&store, owner, address(to), &c) == STORE_OK) {
			if (rand_r(&seed_of_self) % 4 == 0) {
				if (store_put_back(&store, &c))
					_exit(1);
			} else if (store_sync(&store) || store_accept(&store, &c)) {
				_exit(1);
			} else {
				workers[self].told = to;
			}
		}
		workers[self].trying = workers[self].told;
	}
}

static void kill_round(int round)
{
	pid_t pids[WORKERS];
	char owner[16];
	int i, status;

	for (i = 0; i < WORKERS; i++) {
		snprintf(owner, sizeof(owner), "user%d", i);
		pids[i] = quiet_child(&store);
		if (!pids[i])
			work(i, owner);
	}
	usleep((unsigned)(2000 + round * 7919 % 15000));
	for (i = 0; i < WORKERS; i++)
		kill(pids[i], SIGKILL);
	for (i = 0; i < WORKERS; i++) {
		assert_int_equal(waitpid(pids[i], &status, 0), pids[i]);
		assert_true(WIFSIGNALED(status));
	}
}

static void killed_at_random_moments(void **state)
{
	char owner[16];
	int round, i;

	(void)state;
	config.users_pool.capacity = WORKERS;
	open_store(&store); /* a creation that is killed leaves its temporary file */
	store_close(&store);
	workers = mmap(NULL, WORKERS * sizeof(*workers), PROT_READ | PROT_WRITE,
		       MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	assert_ptr_not_equal(workers, MAP_FAILED);
	for (round = 0; round < ROUNDS; round++) {
		kill_round(round);
		open_store(&store);
		audit(&store);
		for (i = 0; i < WORKERS; i++) {
			snprintf(owner, sizeof(owner), "user%d", i);
			if (owns(&store, POOL_USERS, owner, address(workers[i].trying)))
				workers[i].told = workers[i].trying;
			assert_true(owns(&store, POOL_USERS, owner,
					 address(workers[i].told)));
		}
		store_close(&store);
	}
	munmap(workers, WORKERS * sizeof(*workers));
}

#define TEST(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(sixty_four_at_once_get_a_lease_each),
		TEST(of_sixty_four_on_one_address_one_wins),
		TEST(killed_at_random_moments),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
