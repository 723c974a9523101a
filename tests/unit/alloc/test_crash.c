/* SPDX-License-Identifier: MIT */
/*
 * test_crash.c - killed at every write, disks that fail at every write: nothing lost, nothing
 * given twice
 *
 * pwrite() and fdatasync() of this program are our own, so that a child can be killed just
 * before or after each of them, or be told that the disk is full.
 */
#include <errno.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <cmocka.h>

#include "tests/unit/alloc/store_fixture.h"

static struct store store;

/* what happens at write number fault_at, counted from 1; 0: nothing */
static enum { KILL_BEFORE, KILL_AFTER, FAIL_ONCE, FAIL_ALWAYS, CUT_SHORT, FAULTS } fault;
static unsigned fault_at, writes;
static unsigned lines_unsynced; /* lease lines written since the last fdatasync() */

/** faulty() - this write is to fail; may not return at all */
static bool faulty(bool after)
{
	if (!after)
		writes++;
	if (!fault_at || writes < fault_at)
		return false;
	if (fault == FAIL_ALWAYS || writes > fault_at)
		return fault == FAIL_ALWAYS;
	if (fault == (after ? KILL_AFTER : KILL_BEFORE))
		kill(getpid(), SIGKILL);
	return fault == FAIL_ONCE;
}

ssize_t pwrite(int fd, const void *data, size_t len, off_t where)
{
	ssize_t n;

	if (faulty(false)) {
		errno = ENOSPC;
		return -1;
	}
	if (fault == CUT_SHORT && fault_at && writes == fault_at)
		return syscall(SYS_pwrite64, fd, data, len / 2, where);
	n = syscall(SYS_pwrite64, fd, data, len, where);
	lines_unsynced += len == LEASE_LINE_LEN;
	faulty(true);
	return n;
}

int fdatasync(int fd)
{
	int r;

	if (faulty(false)) {
		errno = EIO;
		return -1;
	}
	r = (int)syscall(SYS_fdatasync, fd);
	lines_unsynced = 0;
	faulty(true);
	return r;
}

static int setup(void **state)
{
	store.tables[0].fd = store.tables[1].fd = -1;
	fault_at = 0;
	return fixture_setup(state);
}

static int teardown(void **state)
{
	store_close(&store);
	return fixture_teardown(state);
}

static void what_is_told_is_on_the_disk(void **state)
{
	struct store_claim c;

	(void)state;
	open_store(&store);
	assert_int_equal(claim(&store, "alice", "192.0.2.1", &c), STORE_OK);
	assert_int_equal(lines_unsynced, 1); /* the template runs now */
	assert_int_equal(store_sync(&store), 0);
	assert_int_equal(lines_unsynced, 0);
	assert_int_equal(store_accept(&store, &c), 0);
	assert_int_equal(lines_unsynced, 0);
	assert_int_equal(claim(&store, "alice", "192.0.2.2", &c), STORE_OK);
	assert_int_equal(store_put_back(&store, &c), 0);
	assert_int_equal(lines_unsynced, 0);
	assert_int_equal(store_claim_own(&store, POOL_USERS, "alice", &c), STORE_OK);
	assert_int_equal(store_end(&store, &c), 0);
	assert_int_equal(lines_unsynced, 0);
}

/* Btrfs needs new room even for what overwrites: that is 530, and no full pool */
static void a_full_disk_is_no_full_pool(void **state)
{
	struct store_claim c;
	unsigned last;

	(void)state;
	open_store(&store);
	writes = 0;
	fault = FAIL_ONCE;
	assert_int_equal(claim(&store, "alice", "192.0.2.1", &c), STORE_OK);
	last = writes;
	assert_true(last > 2); /* entries of the index, and the line */
	assert_int_equal(store_put_back(&store, &c), 0);
	for (fault_at = 1; fault_at <= last; fault_at++) {
		char owner[8];

		writes = 0;
		snprintf(owner, sizeof(owner), "user%u", fault_at);
		assert_int_equal(claim(&store, owner, "192.0.2.9", &c), STORE_ERROR);
	}
	fault_at = 0;
}

/* steps of a story; what the clients were told, step by step, is in shared memory */
enum step { NEW, UPDATE, DISPLACE, WITHDRAW, END, STEPS };

struct story {
	bool begun[STEPS], told[STEPS];
};
static struct story *story;

static bool take(const char *owner, const char *endpoint, bool accept)
{
	struct store_claim c;

	if (claim(&store, owner, endpoint, &c) != STORE_OK)
		return false;
	if (!store_sync(&store) && accept && !store_accept(&store, &c))
		return true;
	return !store_put_back(&store, &c) && !accept;
}

static bool do_step(enum step step)
{
	switch (step) {
	case NEW:
		return take("dave", "192.0.2.4", true);
	case UPDATE:
		return take("alice", "192.0.2.5", true);
	case DISPLACE:
		return take("erin", "192.0.2.2", true);
	case WITHDRAW:
		return take("carol", "192.0.2.6", false);
	default:
		return end_own(&store, "bob");
	}
}

static void tell_story(void)
{
	int step;

	for (step = 0; step < STEPS; step++) {
		story->begun[step] = true;
		story->told[step] = do_step((enum step)step);
	}
}

static void seed(void)
{
	open_store(&store);
	give(&store, "alice", "192.0.2.1");
	give(&store, NULL, "192.0.2.2");
	give(&store, "carol", "192.0.2.3");
	give(&store, "bob", "192.0.2.7");
	store_close(&store);
}

/** check_told() - the file agrees with what was told; a step without success may be either */
static void check_told(void)
{
	bool anonymous = owns(&store, POOL_ANONYMOUS, "192.0.2.2", "192.0.2.2");
	bool erin = owns(&store, POOL_USERS, "erin", "192.0.2.2");

	assert_true(owns(&store, POOL_USERS, "dave", "192.0.2.4") ||
		    (!story->told[NEW] && owns(&store, POOL_USERS, "dave", NULL)));
	assert_true(
		owns(&store, POOL_USERS, "alice", "192.0.2.5") ||
		(!story->told[UPDATE] && owns(&store, POOL_USERS, "alice", "192.0.2.1")));
	assert_true(erin || !story->told[DISPLACE]);
	assert_true(anonymous || story->begun[DISPLACE]);
	assert_false(anonymous && erin);
	assert_true(owns(&store, POOL_USERS, "carol", "192.0.2.3"));
	assert_true(owns(&store, POOL_USERS, "bob", NULL) ||
		    (!story->told[END] && owns(&store, POOL_USERS, "bob", "192.0.2.7")));
}

/** run_with_fault() - a new directory and the story in it; false when it has fewer writes */
static bool run_with_fault(int kind, unsigned number)
{
	int status, step;
	bool killed;
	pid_t pid;

	assert_int_equal(setup(NULL), 0);
	seed();
	memset(story, 0, sizeof(*story));
	pid = quiet_child(&store);
	if (!pid) {
		fault = kind;
		fault_at = number;
		writes = 0;
		tell_story();
		_exit(writes < number ? 0 : 1);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	killed = WIFSIGNALED(status);
	assert_true(killed ? WTERMSIG(status) == SIGKILL : WEXITSTATUS(status) < 2);

	open_store(&store);
	audit(&store);
	check_told();
	if (kind == FAIL_ONCE) /* what failed was put back, so somebody has it */
		assert_true(owns(&store, POOL_USERS, "erin", "192.0.2.2") ||
			    owns(&store, POOL_ANONYMOUS, "192.0.2.2", "192.0.2.2"));

	/* life goes on: everybody who wants gets what they asked for */
	for (step = 0; step < END; step++)
		assert_true(do_step((enum step)step));
	audit(&store);
	assert_int_equal(teardown(NULL), 0);
	return killed || WEXITSTATUS(status) == 1;
}

static void every_write_may_be_the_last(void **state)
{
	unsigned number;
	int kind;

	(void)state;
	story = (struct story *)mmap(NULL, sizeof(*story), PROT_READ | PROT_WRITE,
				     MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	assert_ptr_not_equal(story, MAP_FAILED);
	for (kind = 0; kind < FAULTS; kind++) {
		for (number = 1; run_with_fault(kind, number); number++)
			assert_true(number < 200);
		assert_true(number > 20); /* the story has that many writes at least */
	}
	munmap(story, sizeof(*story));
}

#define TEST(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(what_is_told_is_on_the_disk),
		TEST(a_full_disk_is_no_full_pool),
		cmocka_unit_test(every_write_may_be_the_last),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
