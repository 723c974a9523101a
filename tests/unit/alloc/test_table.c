/* SPDX-License-Identifier: MIT */
/* test_table.c - allocation files: locks, damaged lines */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <cmocka.h>

#include "alloc/header.h"
#include "tests/unit/alloc/store_fixture.h"
#include "lib/endpoint.h"

static void the_lock_shuts_others_out(void **state)
{
	struct table a, b;
	int fds[2];
	char byte = 0;

	(void)state;
	assert_int_equal(create_users(5), 0);
	assert_int_equal(open_users(&a), 0);
	assert_int_equal(pipe2(fds, O_CLOEXEC | O_NONBLOCK), 0);
	assert_int_equal(table_lock(&a), 0);
	if (!fork()) {
		if (open_users(&b) || table_lock(&b) || write(fds[1], "x", 1) != 1)
			_exit(1);
		_exit(0);
	}
	usleep(50000);
	assert_int_equal(read(fds[0], &byte, 1), -1);
	table_unlock(&a);
	wait_all(1);
	assert_int_equal(read(fds[0], &byte, 1), 1);
	close(fds[0]);
	close(fds[1]);
	table_close(&a);
}

/** swap_file() - another file of @capacity takes the name, as tspctl resize does it */
static void swap_file(uint32_t capacity)
{
	char path[PATH_MAX], other[PATH_MAX];

	path_of("users.leases", path);
	path_of("other", other);
	assert_int_equal(table_create(other, POOL_USERS, capacity, NULL), 0);
	assert_int_equal(rename(other, path), 0);
}

static void a_swapped_file_is_followed(void **state)
{
	char path[PATH_MAX];
	struct table t;

	(void)state;
	path_of("users.leases", path);
	assert_int_equal(create_users(5), 0);
	assert_int_equal(open_users(&t), 0);
	swap_file(7);
	assert_int_equal(table_lock(&t), 0);
	assert_int_equal(t.capacity, 7);
	table_unlock(&t);

	/* not under a lease that is held: its lock is on the old file */
	assert_int_equal(table_hold(&t, 3), 0);
	swap_file(9);
	log_begin();
	assert_int_equal(table_lock(&t), -1);
	assert_int_equal(errno, ESTALE);
	assert_non_null(strstr(log_end(), "replaced under a session"));
	assert_false(t.locked);
	table_release(&t, 3);
	assert_int_equal(table_lock(&t), 0);
	assert_int_equal(t.capacity, 9);
	table_unlock(&t);

	assert_int_equal(unlink(path), 0);
	log_begin();
	assert_int_equal(table_lock(&t), -1);
	assert_int_equal(errno, ENOENT);
	assert_non_null(strstr(log_end(), "was taken away"));
	table_close(&t);
}

/** open_twice() - open a new file twice, independently */
static void open_twice(struct table *a, struct table *b)
{
	assert_int_equal(create_users(5), 0);
	assert_int_equal(open_users(a), 0);
	assert_int_equal(open_users(b), 0);
}

/** locks() - true if this opener of the file could lock it now */
static bool locks(const struct table *t)
{
	struct flock lock = {
		.l_type = F_WRLCK, .l_start = (off_t)t->kind << 32, .l_len = 1};

	assert_int_equal(fcntl(t->locks, F_OFD_GETLK, &lock), 0);
	return lock.l_type == F_UNLCK;
}

static void the_last_unlock_of_nested_locks_lets_others_in(void **state)
{
	struct table a, b;

	(void)state;
	open_twice(&a, &b);
	assert_int_equal(table_lock(&a), 0);
	assert_int_equal(table_lock(&a), 0);
	table_unlock(&a);
	assert_false(locks(&b));
	table_unlock(&a);
	assert_true(locks(&b));
	table_close(&b);
	table_close(&a);
}

static void a_held_line_is_seen_until_its_holder_is_gone(void **state)
{
	struct table a, b;

	(void)state;
	open_twice(&a, &b);
	assert_int_equal(table_hold(&a, 2), 0);
	assert_int_equal(table_is_held(&a, 2), 0); /* by others */
	assert_int_equal(table_is_held(&b, 2), 1);
	assert_int_equal(table_is_held(&b, 1), 0);
	assert_int_equal(table_is_held(&b, 3), 0);
	assert_int_equal(table_hold(&b, 2), -1);
	assert_int_equal(errno, EAGAIN);
	assert_int_equal(table_hold(&b, 3), 0);
	table_release(&a, 2);
	assert_int_equal(table_hold(&b, 2), 0);
	table_close(&b);
	assert_int_equal(table_is_held(&a, 2), 0);
	assert_int_equal(table_is_held(&a, 3), 0);
	table_close(&a);
}

static int count_damaged(uint32_t number, const struct lease *lease, const char *why,
			 void *context)
{
	if (lease)
		return 0;
	assert_string_equal(why, "checksum does not match");
	++*(int *)context;
	return number == 4 ? 99 : 0;
}

static void a_tour_meets_damaged_lines(void **state)
{
	struct table t;
	int damaged = 0;

	(void)state;
	assert_int_equal(create_users(5), 0);
	assert_int_equal(open_users(&t), 0);
	file_put("users.leases", 2 * LINE_LEN + 30, "x", 1);
	assert_int_equal(table_each(&t, count_damaged, &damaged), 0);
	assert_int_equal(damaged, 1);
	file_put("users.leases", 4 * LINE_LEN + 30, "x", 1);
	file_put("users.leases", 5 * LINE_LEN + 30, "x", 1);
	assert_int_equal(table_each(&t, count_damaged, &damaged),
			 99); /* ended by line 4 */
	assert_int_equal(damaged, 3);
	table_close(&t);
}

/* a line that is just being written must not be taken for a damaged one */
static void a_tour_looks_twice(void **state)
{
	int damaged = 0, fds[2];
	struct table t;
	char byte;

	(void)state;
	assert_int_equal(create_users(5), 0);
	assert_int_equal(pipe2(fds, O_CLOEXEC), 0);
	if (!fork()) {
		if (open_users(&t) || table_lock(&t))
			_exit(1);
		file_put("users.leases", 3 * LINE_LEN, "x", 1);
		if (write(fds[1], "x", 1) != 1)
			_exit(1);
		usleep(50000);
		file_put("users.leases", 3 * LINE_LEN, "0", 1);
		_exit(0);
	}
	assert_int_equal(read(fds[0], &byte, 1), 1);
	assert_int_equal(open_users(&t), 0);
	assert_int_equal(table_each(&t, count_damaged, &damaged), 0);
	assert_int_equal(damaged, 0);
	wait_all(1);
	table_close(&t);
	close(fds[0]);
	close(fds[1]);
}

/* a writer that was stopped with the lock: others wait for it, but not for ever */
static void a_lock_that_stays_is_given_up(void **state)
{
	struct table a, b;

	(void)state;
	open_twice(&a, &b);
	assert_int_equal(table_lock(&a), 0);
	log_begin();
	assert_int_equal(table_lock(&b), -1);
	assert_int_equal(errno, ETIMEDOUT);
	assert_non_null(strstr(log_end(), "users.leases: cannot lock"));
	table_unlock(&a);
	assert_int_equal(table_lock(&b), 0);
	table_close(&a);
	table_close(&b);
}

/* whoever may read the file: a lock of theirs stops nobody, and theirs is not needed */
static void a_reader_stops_no_writer(void **state)
{
	struct flock all = {.l_type = F_RDLCK};
	struct table t, reader;
	struct lease lease;
	struct stat st;
	char path[PATH_MAX];
	int fd;

	(void)state;
	assert_int_equal(create_users(5), 0);
	path_of("users.leases", path);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	assert_int_equal(flock(fd, LOCK_EX), 0);
	assert_int_equal(fcntl(fd, F_OFD_SETLK, &all), 0);
	assert_int_equal(open_users(&t), 0);
	assert_int_equal(table_lock(&t), 0);
	assert_int_equal(table_hold(&t, 2), 0);

	assert_int_equal(table_open_for(&reader, path, POOL_USERS, TABLE_READ), 0);
	assert_int_equal(table_lock(&reader), 0);
	assert_int_equal(table_read(&reader, 2, &lease), 0);
	assert_int_equal(table_is_held(&reader, 2), 1);
	assert_int_equal(table_is_held(&reader, 3), 0);
	table_unlock(&reader);
	assert_false(locks(&reader)); /* the writer still has it */
	table_close(&reader);
	table_close(&t);
	close(fd);

	path_of("lock", path);
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0600);
}

/* as the group that may read the files but not the locks */
static void a_reader_without_locks_takes_offers_for_held(void **state)
{
	struct table reader;
	struct lease lease;
	char path[PATH_MAX];

	(void)state;
	assert_int_equal(create_users(5), 0);
	path_of("users.leases", path);
	assert_int_equal(table_open_for(&reader, path, POOL_USERS, TABLE_READ), 0);
	assert_int_equal(reader.locks, -1); /* nor does a reader make the file */
	assert_int_equal(table_look(&reader, 2, &lease), 0);
	assert_int_equal(table_is_held(&reader, 2), 1);
	table_close(&reader);
}

#define WITH_FILES(test)                                                                 \
	cmocka_unit_test_setup_teardown(test, fixture_setup, fixture_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		WITH_FILES(the_lock_shuts_others_out),
		WITH_FILES(a_swapped_file_is_followed),
		WITH_FILES(the_last_unlock_of_nested_locks_lets_others_in),
		WITH_FILES(a_held_line_is_seen_until_its_holder_is_gone),
		WITH_FILES(a_tour_meets_damaged_lines),
		WITH_FILES(a_tour_looks_twice),
		WITH_FILES(a_lock_that_stays_is_given_up),
		WITH_FILES(a_reader_stops_no_writer),
		WITH_FILES(a_reader_without_locks_takes_offers_for_held),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
