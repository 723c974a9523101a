/* SPDX-License-Identifier: MIT */
/*
 * test_convert.c - files of format 1 become files of format 2, whole, whoever is killed
 *
 * Writes, syncs and changes of names are our own functions here, so that a child can be
 * killed just before or after each of them.
 */
#include <errno.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/syscall.h>

#include <cmocka.h>

#include "alloc/check.h"
#include "alloc/rebuild.h"
#include "lib/prefix.h"
#include "tests/unit/alloc/old_file.h"

static unsigned calls, kill_at; /* 0: never */
static bool kill_after;

/** call() - one more call that changes something: it may be the last */
static void call(bool after)
{
	calls += !after;
	if (kill_at && calls == kill_at && kill_after == after)
		kill(getpid(), SIGKILL);
}

#define OURS(type, name, parameters, number, ...)                                        \
	type name parameters                                                             \
	{                                                                                \
		type r;                                                                  \
                                                                                         \
		call(false);                                                             \
		r = (type)syscall(number, __VA_ARGS__);                                  \
		call(true);                                                              \
		return r;                                                                \
	}

OURS(ssize_t, pwrite, (int fd, const void *p, size_t n, off_t at), SYS_pwrite64, fd, p, n,
     at)
OURS(ssize_t, write, (int fd, const void *p, size_t n), SYS_write, fd, p, n)
OURS(int, fsync, (int fd), SYS_fsync, fd)
OURS(int, fdatasync, (int fd), SYS_fdatasync, fd)
OURS(int, link, (const char *a, const char *b), SYS_linkat, AT_FDCWD, a, AT_FDCWD, b, 0)
OURS(int, unlink, (const char *a), SYS_unlinkat, AT_FDCWD, a, 0)
OURS(int, rename, (const char *a, const char *b), SYS_renameat2, AT_FDCWD, a, AT_FDCWD, b,
     0)

static struct table table;
static struct rebuild out;
static uint32_t may_lose = 1;

static int setup(void **state)
{
	kill_at = 0;
	if (fixture_setup(state))
		return -1;
	config.users_pool.capacity = CAPACITY;
	return prefix6_parse("2001:db8:ffff::/64", &config.users_pool.link) ||
	       prefix6_parse("2001:db8:1000::/36", &config.users_pool.prefix) ||
	       (config.users_pool.delegate = 56) != 56;
}

static int teardown(void **state)
{
	static const char *const names[] = {"users.leases.v1", "users.leases.new"};
	char path[PATH_MAX];
	size_t i;

	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		path_of(names[i], path);
		unlink(path);
	}
	return fixture_teardown(state);
}

static enum rebuild_result convert(void)
{
	struct pool_ranges ranges = pool_ranges(&config, POOL_USERS);
	enum rebuild_result r;
	char path[PATH_MAX];

	path_of("users.leases", path);
	if (table_open_for(&table, path, POOL_USERS, TABLE_OLD))
		return REBUILD_ERROR;
	r = rebuild_convert(&table, &ranges, may_lose, 0, &out);
	table_close(&table);
	return r;
}

static int no_finding(const struct check_finding *f, void *context)
{
	(void)context;
	return f->kind != CHECK_ABANDONED;
}

/** all_came() - the new file has what the old one had */
static void all_came(void)
{
	static const struct {
		enum lease_state state;
		const char *owner;
		uint16_t slot;
	} expected[CAPACITY + 1] = {
		[1] = {LEASE_PRESENT, "alice", 0}, [2] = {LEASE_CLAIMED, "bob", 0},
		[3] = {LEASE_EXPIRED, "carol", 0}, [4] = {LEASE_OFFERED, "dave", 0},
		[5] = {LEASE_OFFERED, "erin", 0},  [6] = {LEASE_PRESENT, "u6", 0},
		[7] = {LEASE_PRESENT, "u7", 1},    [8] = {LEASE_PRESENT, "u8", 2},
		[12] = {LEASE_PRESENT, "zoe", 0},
	};
	struct store store;
	struct lease l;
	uint32_t i;

	config.anonymous_pool.present = false;
	assert_int_equal(store_open(&store, &config), 0);
	for (i = 1; i <= CAPACITY; i++) {
		l = lease_at(&store, POOL_USERS, i);
		assert_int_equal(l.state, expected[i].state);
		assert_string_equal(l.owner, expected[i].owner ? expected[i].owner : "");
		assert_int_equal(l.tunnel.slot, expected[i].slot);
		assert_int_equal(l.tunnel.maybe_up, lease_in_use(&l));
		assert_int_equal(l.tunnel.secret != 0, lease_in_use(&l));
		assert_int_equal(l.tunnel.heard != 0, l.state == LEASE_PRESENT);
		if (expected[i].owner) {
			assert_int_equal(
				find_owner(&store.tables[POOL_USERS], l.owner, &l), 1);
			assert_int_equal(l.number, i);
		}
	}
	l = lease_at(&store, POOL_USERS, 4);
	assert_int_equal(l.before_state, LEASE_CLAIMED);
	assert_int_equal(l.before.endpoint.port, 5000);
	assert_int_equal(check_store(&store, no_finding, NULL), 0);
	store_close(&store);
}

static void all_leases_come_over(void **state)
{
	struct pool_ranges ranges = pool_ranges(&config, POOL_USERS);
	size_t len, len_kept;
	char *old, *kept, path[PATH_MAX];
	struct stat st;
	struct table t;

	(void)state;
	old_file();
	old = file_bytes("users.leases", &len);
	assert_int_equal(convert(), REBUILD_OK);
	all_came();
	kept = file_bytes("users.leases.v1", &len_kept);
	assert_int_equal(len, len_kept);
	assert_memory_equal(old, kept, len);
	free(old);
	free(kept);

	path_of("users.leases", path);
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0640); /* it was 0644 */
	assert_int_equal(open_users(&t), 0);
	assert_int_equal(t.capacity, CAPACITY);
	assert_memory_equal(&t.ranges, &ranges, sizeof(ranges));
	assert_true(t.identity != 0);
	table_close(&t);
	assert_int_equal(convert(), REBUILD_ERROR); /* it is done */
	assert_int_equal(errno, EALREADY);
	all_came();
}

static void a_session_refuses_the_old_file(void **state)
{
	struct store store;

	(void)state;
	old_file();
	log_begin();
	assert_int_equal(store_open(&store, &config), -1);
	assert_int_equal(errno, EPROTONOSUPPORT);
	assert_non_null(strstr(log_end(), "users.leases:1: format 1: 'tspctl check "
					  "--repair' converts it"));
}

static void a_session_of_before_keeps_its_lease(void **state)
{
	struct flock line = {.l_type = F_WRLCK, .l_start = 6 * OLD_LEN, .l_len = OLD_LEN};
	char path[PATH_MAX];
	int fd;

	(void)state;
	old_file();
	path_of("users.leases", path);
	fd = open(path, O_RDWR | O_CLOEXEC);
	assert_int_equal(fcntl(fd, F_OFD_SETLK, &line), 0);
	assert_int_equal(convert(), REBUILD_SESSIONS);
	line.l_start = 0; /* nor beside another rebuilder, which holds line 0 alone */
	assert_int_equal(fcntl(fd, F_OFD_SETLK, &line), 0);
	assert_int_equal(convert(), REBUILD_BUSY);
	close(fd);
	assert_int_equal(convert(), REBUILD_OK);
	all_came();
}

static void damaged_lines_keep_their_owners(void **state)
{
	char path[PATH_MAX];
	struct table t;
	struct lease l;

	(void)state;
	old_file();
	file_put("users.leases", 1 * OLD_LEN + 138, "2099", 4);
	file_put("users.leases", 2 * OLD_LEN + 18, "!!", 2);
	log_begin();
	assert_int_equal(convert(), REBUILD_OK);
	path_of("log", path);
	const char *log = log_end();

	assert_non_null(strstr(log, "users lease 1: checksum does not match; kept for "
				    "alice, whose tunnel is lost"));
	assert_non_null(strstr(log,
			       "users lease 2: checksum does not match; its owner is "
			       "lost, it becomes free"));
	assert_null(strstr(strstr(log, "lease 1:") + 1, "lease 1:")); /* once */
	assert_int_equal(open_users(&t), 0);
	assert_int_equal(table_look(&t, 1, &l), 0);
	assert_int_equal(l.state, LEASE_EXPIRED);
	assert_string_equal(l.owner, "alice");
	assert_int_equal(table_look(&t, 2, &l), 0);
	assert_int_equal(l.state, LEASE_FREE);
	table_close(&t);
}

/* an edit that moved all lines must not free them all */
static void many_leases_are_not_lost_unasked(void **state)
{
	char *before, *after;
	size_t len;

	(void)state;
	old_file();
	file_put("users.leases", 2 * OLD_LEN + 18, "!!", 2);
	file_put("users.leases", 6 * OLD_LEN + 18, "!!", 2);
	before = file_bytes("users.leases", &len);
	log_begin();
	assert_int_equal(convert(), REBUILD_LOSSES);
	log_end();
	assert_int_equal(out.lost, 2);
	after = file_bytes("users.leases", &len);
	assert_memory_equal(before, after, len);
	free(before);
	free(after);
	may_lose = 2;
	log_begin();
	assert_int_equal(convert(), REBUILD_OK);
	log_end();
	may_lose = 1;
}

static void a_lost_header_is_no_obstacle(void **state)
{
	(void)state;
	old_file();
	file_put("users.leases", 0, "rubbish", 7);
	assert_int_equal(convert(), REBUILD_OK);
	all_came();
}

static void the_other_pools_file_is_left_alone(void **state)
{
	char line[OLD_LEN];

	(void)state;
	old_file();
	old_header(line, "anonymous", CAPACITY);
	put(0, line);
	log_begin();
	assert_int_equal(convert(), REBUILD_ERROR);
	assert_int_equal(errno, EBADMSG);
	assert_non_null(strstr(log_end(), "not a file of pool users"));
}

/** convert_killed() - at call number @at; false when there are fewer */
static bool convert_killed(unsigned at, bool after)
{
	int status;
	pid_t pid = fork();

	assert_true(pid >= 0);
	if (!pid) {
		calls = 0;
		kill_at = at;
		kill_after = after;
		_exit(convert() == REBUILD_OK ? 0 : 1);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	if (WIFSIGNALED(status))
		return true;
	assert_int_equal(WEXITSTATUS(status), 0);
	return false;
}

static void any_call_may_be_the_last(void **state)
{
	char path[PATH_MAX];
	unsigned at;
	int after;

	for (after = 0; after < 2; after++) {
		for (at = 1;; at++) {
			bool killed;

			old_file();
			killed = convert_killed(at, after);
			/* the old file or the new one: either comes over */
			if (convert() != REBUILD_OK)
				assert_int_equal(errno, EALREADY);
			all_came();
			path_of("users.leases.v1", path);
			assert_int_equal(access(path, F_OK), 0);
			assert_int_equal(teardown(state), 0);
			assert_int_equal(setup(state), 0);
			if (!killed)
				break;
			assert_true(at < 200);
		}
		assert_true(at > 20);
	}
}

int main(void)
{
#define TEST(test) cmocka_unit_test_setup_teardown(test, setup, teardown)
	const struct CMUnitTest tests[] = {
		TEST(all_leases_come_over),
		TEST(a_session_refuses_the_old_file),
		TEST(a_session_of_before_keeps_its_lease),
		TEST(damaged_lines_keep_their_owners),
		TEST(many_leases_are_not_lost_unasked),
		TEST(a_lost_header_is_no_obstacle),
		TEST(the_other_pools_file_is_left_alone),
		TEST(any_call_may_be_the_last),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
