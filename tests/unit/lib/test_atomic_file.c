/* SPDX-License-Identifier: MIT */
/* test_atomic_file.c - replacing a file: all or nothing, one writer at a time */
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>
#include <cmocka.h>

#include "auth/users.h"
#include "lib/atomic_file.h"

static char dir[] = "/tmp/test_replace.XXXXXX";
static char path[64], fresh[80];

static int make_dir(void **state)
{
	(void)state;
	if (!mkdtemp(dir))
		return -1;
	snprintf(path, sizeof(path), "%s/file", dir);
	snprintf(fresh, sizeof(fresh), "%s.new", path);
	return 0;
}

static int remove_dir(void **state)
{
	(void)state;
	return rmdir(dir); /* fails when something was left behind */
}

static int remove_file(void **state)
{
	(void)state;
	unlink(path);
	assert_int_not_equal(access(fresh, F_OK), 0);
	return 0;
}

static void put(const char *text)
{
	FILE *f = fopen(path, "w");

	assert_non_null(f);
	fputs(text, f);
	fclose(f);
}

static const char *content(void)
{
	static char text[8192];
	FILE *f = fopen(path, "r");
	size_t n;

	assert_non_null(f);
	n = fread(text, 1, sizeof(text) - 1, f);
	text[n] = '\0';
	fclose(f);
	return text;
}

static void new_content_takes_the_place_and_the_mode(void **state)
{
	struct atomic_file r;
	struct stat st;
	char line[16];

	(void)state;
	put("old\n");
	chmod(path, 0604);
	assert_int_equal(atomic_file_begin(&r, path, 0600, true), 0);
	assert_false(r.created);
	assert_non_null(fgets(line, sizeof(line), r.old));
	assert_string_equal(line, "old\n");
	fputs("new\n", r.new);
	fflush(r.new);
	assert_string_equal(content(), "old\n");
	assert_int_equal(atomic_file_commit(&r), 0);
	assert_string_equal(content(), "new\n");
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0604);
}

static void giving_up_leaves_the_file_as_it_was(void **state)
{
	struct atomic_file r;

	(void)state;
	put("old\n");
	assert_int_equal(atomic_file_begin(&r, path, 0600, true), 0);
	fputs("new\n", r.new);
	errno = 77;
	atomic_file_abort(&r);
	assert_int_equal(errno, 77);
	assert_string_equal(content(), "old\n");
}

static void a_missing_file_is_made(void **state)
{
	struct atomic_file r;
	struct stat st;

	(void)state;
	assert_int_equal(atomic_file_begin(&r, path, 0640, true), 0);
	assert_true(r.created);
	assert_int_equal(fgetc(r.old), EOF);
	fputs("new\n", r.new);
	assert_int_equal(atomic_file_commit(&r), 0);
	assert_string_equal(content(), "new\n");
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_mode & 07777 & ~0640u, 0);
}

static void a_second_writer_is_told_or_waits(void **state)
{
	struct atomic_file r, other;

	(void)state;
	put("old\n");
	assert_int_equal(atomic_file_begin(&r, path, 0600, true), 0);
	assert_int_equal(atomic_file_begin(&other, path, 0600, false), -1);
	assert_int_equal(errno, EAGAIN);
	atomic_file_abort(&r);
	assert_int_equal(atomic_file_begin(&other, path, 0600, false), 0);
	atomic_file_abort(&other);
}

static void what_a_killed_writer_left_is_in_nobodys_way(void **state)
{
	struct atomic_file r;
	int fd = open(fresh, O_WRONLY | O_CREAT, 0);

	(void)state;
	assert_true(fd >= 0);
	close(fd);
	put("old\n");
	assert_int_equal(atomic_file_begin(&r, path, 0600, true), 0);
	fputs("new\n", r.new);
	assert_int_equal(atomic_file_commit(&r), 0);
	assert_string_equal(content(), "new\n");
}

static void errors_leave_nothing_behind(void **state)
{
	struct atomic_file r;
	char missing[128];

	(void)state;
	snprintf(missing, sizeof(missing), "%s/none/file", dir);
	assert_int_equal(atomic_file_begin(&r, missing, 0600, true), -1);
	assert_int_equal(errno, ENOENT);
	assert_null(r.old);
	assert_int_equal(atomic_file_begin(&r, dir, 0600, true), -1);
	assert_int_equal(errno, EISDIR);
	put("old\n");
	assert_int_equal(atomic_file_begin(&r, path, 0600, true), 0);
	assert_int_equal(close(dup2(open("/dev/full", O_WRONLY), fileno(r.new))), 0);
	fputs("new\n", r.new);
	assert_int_equal(atomic_file_commit(&r), -1);
	assert_string_equal(content(), "old\n");
}

/** append() - in a child: one more line, @n times */
static void append(char letter, int n)
{
	struct atomic_file r;
	int c;

	for (; n; n--) {
		if (atomic_file_begin(&r, path, 0600, true))
			_exit(1);
		while ((c = fgetc(r.old)) != EOF)
			fputc(c, r.new);
		fprintf(r.new, "%c\n", letter);
		if (atomic_file_commit(&r))
			_exit(1);
	}
	_exit(0);
}

static void writers_at_the_same_time_lose_nothing(void **state)
{
	int i, status, count[4] = {0};
	const char *p;

	(void)state;
	put("");
	for (i = 0; i < 4; i++) {
		if (fork() == 0)
			append((char)('a' + i), 25);
	}
	for (i = 0; i < 4; i++) {
		assert_true(wait(&status) > 0);
		assert_int_equal(status, 0);
	}
	for (p = content(); *p; p += 2)
		count[*p - 'a']++;
	for (i = 0; i < 4; i++)
		assert_int_equal(count[i], 25);
}

static struct user user_of(const char *id, char digit)
{
	struct user user = {.realm = "r"};

	snprintf(user.id, sizeof(user.id), "%s", id);
	memset(user.digest, digit, USERS_DIGEST_LEN - 1);
	return user;
}

static int change(enum users_change what, const char *id, char digit)
{
	struct user user = user_of(id, digit);

	return users_change(path, what, &user, (gid_t)-1);
}

#define D1 "11111111111111111111111111111111"
#define D2 "22222222222222222222222222222222"

static void users_are_added_changed_and_removed(void **state)
{
	(void)state;
	assert_int_equal(change(USERS_DIGEST, "a", '1'), -1);
	assert_int_equal(errno, ENOENT);
	assert_int_equal(change(USERS_ADD, "a", '1'), 0);
	assert_int_equal(change(USERS_ADD, "b", '1'), 0);
	assert_string_equal(content(), "a:r:" D1 "\nb:r:" D1 "\n");
	assert_int_equal(change(USERS_ADD, "a", '2'), -1);
	assert_int_equal(errno, EEXIST);
	assert_int_equal(change(USERS_DIGEST, "a", '2'), 0);
	assert_string_equal(content(), "a:r:" D2 "\nb:r:" D1 "\n");
	assert_int_equal(change(USERS_REMOVE, "a", 0), 0);
	assert_string_equal(content(), "b:r:" D1 "\n");
	assert_int_equal(change(USERS_REMOVE, "a", 0), -1);
	assert_int_equal(errno, ENOENT);
}

/** keeps() - the file begins so, and goes on with a thousand x and a newline */
static void keeps(const char *begin)
{
	const char *text = content();

	assert_memory_equal(text, begin, strlen(begin));
	text += strlen(begin);
	assert_int_equal(strspn(text, "x"), 1000);
	assert_string_equal(text + 1000, "\n");
}

static void other_lines_stay_as_they_are(void **state)
{
	char text[2000] = "# a\n\nnonsense\na:other:" D1 "\na:r:" D1 "\na:r:" D1 "\n";

	(void)state;
	memset(text + strlen(text), 'x', 1000); /* a line longer than any user's */
	put(text);
	assert_int_equal(change(USERS_DIGEST, "a", '2'), 0);
	keeps("# a\n\nnonsense\na:other:" D1 "\na:r:" D2 "\n");
	assert_int_equal(change(USERS_REMOVE, "a", 0), 0);
	keeps("# a\n\nnonsense\na:other:" D1 "\n");
}

/* who may read the file can lock it: a writer gives up, and is not there for ever */
static void a_readers_lock_does_not_hold_a_writer_for_ever(void **state)
{
	struct flock all = {.l_type = F_RDLCK};
	struct atomic_file r;
	int fd;

	(void)state;
	put("old\n");
	fd = open(path, O_RDONLY | O_CLOEXEC);
	assert_int_equal(fcntl(fd, F_OFD_SETLK, &all), 0);
	assert_int_equal(atomic_file_begin(&r, path, 0600, true), -1);
	assert_int_equal(errno, ETIMEDOUT);
	close(fd);
	assert_int_equal(atomic_file_begin(&r, path, 0600, true), 0);
	atomic_file_abort(&r);
}

int main(void)
{
#define TEST(f) cmocka_unit_test_teardown(f, remove_file)
	const struct CMUnitTest tests[] = {
		TEST(new_content_takes_the_place_and_the_mode),
		TEST(giving_up_leaves_the_file_as_it_was),
		TEST(a_missing_file_is_made),
		TEST(a_second_writer_is_told_or_waits),
		TEST(what_a_killed_writer_left_is_in_nobodys_way),
		TEST(errors_leave_nothing_behind),
		TEST(writers_at_the_same_time_lose_nothing),
		TEST(users_are_added_changed_and_removed),
		TEST(other_lines_stay_as_they_are),
		TEST(a_readers_lock_does_not_hold_a_writer_for_ever),
	};

	return cmocka_run_group_tests(tests, make_dir, remove_dir);
}
