/* SPDX-License-Identifier: MIT */
/* test_log.c - where lines go and what they look like there */
#include <arpa/inet.h>
#include <errno.h>
#include <sched.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>
#include <cmocka.h>

#include "lib/log.h"
#include "lib/log_quota.h"
#include "tests/unit/skip.h"

static char said[4096];

static void say_hostile(void)
{
	log_msg(LOG_INFO, "user %s", "a\nb\x1b[31m\xc3\xa4\\");
}

static void say_debug(void)
{
	log_msg(LOG_DEBUG, "details");
}

static void say_endless(void)
{
	static char text[5000];

	memset(text, 'x', sizeof(text) - 1);
	log_msg(LOG_INFO, "%s", text);
}

static void say_errno(void)
{
	errno = ENOSPC;
	log_msg(LOG_ERR, "leases: %m");
	assert_int_equal(errno, ENOSPC);
}

/** stderr_of() - what a function writes to standard error */
static const char *stderr_of(void (*say)(void))
{
	int out = dup(STDERR_FILENO);
	FILE *f = tmpfile();
	size_t n;

	assert_non_null(f);
	dup2(fileno(f), STDERR_FILENO);
	say();
	dup2(out, STDERR_FILENO);
	close(out);
	rewind(f);
	n = fread(said, 1, sizeof(said) - 1, f);
	said[n] = '\0';
	fclose(f);
	return said;
}

static int to_stderr(void **state)
{
	(void)state;
	unsetenv("JOURNAL_STREAM");
	log_open("test", false);
	return 0;
}

static void a_line_stays_one_line_of_ascii(void **state)
{
	char expected[128];

	(void)state;
	snprintf(expected, sizeof(expected),
		 "test[%d]: user a\\x0ab\\x1b[31m\\xc3\\xa4\\\n", (int)getpid());
	assert_string_equal(stderr_of(say_hostile), expected);
}

static void people_get_no_debug_lines(void **state)
{
	(void)state;
	assert_string_equal(stderr_of(say_debug), "");
}

static void long_lines_are_cut(void **state)
{
	const char *line = stderr_of(say_endless);

	(void)state;
	assert_true(strlen(line) > 500 && strlen(line) < 1200);
	assert_int_equal(line[strlen(line) - 1], '\n');
}

static void errno_is_said_and_survives(void **state)
{
	(void)state;
	assert_non_null(strstr(stderr_of(say_errno), "leases: No space left on device"));
}

/** in_child() - run a check in a separate process with its own journal socket */
static void in_child(void (*check)(int journal))
{
	struct sockaddr_un address = {.sun_family = AF_UNIX,
				      .sun_path = "/run/systemd/journal/socket"};
	int status;
	pid_t pid = fork();

	if (pid == 0) {
		int fd = socket(AF_UNIX, SOCK_DGRAM, 0);

		if (unshare(CLONE_NEWNS) || mount("", "/", "", MS_REC | MS_PRIVATE, "") ||
		    mount("tmpfs", "/run", "tmpfs", 0, "") ||
		    mkdir("/run/systemd", 0755) || mkdir("/run/systemd/journal", 0755) ||
		    bind(fd, (struct sockaddr *)&address, sizeof(address)))
			_exit(77);
		check(fd);
		_exit(0);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	if (WIFEXITED(status) && WEXITSTATUS(status) == 77)
		skip_because("no rights for a mount namespace");
	assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 0);
}

static void expect_entry(int journal, const char *expected)
{
	char entry[4096];
	ssize_t n = recv(journal, entry, sizeof(entry) - 1, MSG_DONTWAIT);

	entry[n < 0 ? 0 : n] = '\0';
	if (strcmp(entry, expected)) {
		fprintf(stderr, "expected:\n%sgot:\n%s", expected, entry);
		_exit(1);
	}
}

static void check_event(int journal)
{
	struct log_fields fields = {.peer = "192.0.2.7",
				    .user = "alice",
				    .address = "2001:db8::1",
				    .pool = "users",
				    .lease = 12};

	log_open("test", true);
	log_event(EVENT_ACCEPTED, LOG_INFO, &fields, "%s has\n%s", "alice", "it");
	expect_entry(journal,
		     "MESSAGE=alice has\\x0ait\nPRIORITY=6\nSYSLOG_IDENTIFIER=test\n"
		     "MESSAGE_ID=433fea4791764e4bbd12a4d1c73a7fe6\n"
		     "TSP_EVENT=accepted\nTSP_PEER=192.0.2.7\nTSP_USER=alice\n"
		     "TSP_ADDRESS=2001:db8::1\nTSP_POOL=users\nTSP_LEASE=12\n");
	fields = (struct log_fields){
		.server = "broker.example", .device = "tspc", .status = 300};
	log_event(EVENT_NO_TUNNEL, LOG_ERR, &fields, "refused");
	expect_entry(journal, "MESSAGE=refused\nPRIORITY=3\nSYSLOG_IDENTIFIER=test\n"
			      "MESSAGE_ID=56be660edd10468fa41574c0e3f3cfd3\n"
			      "TSP_EVENT=no-tunnel\nTSP_SERVER=broker.example\n"
			      "TSP_DEVICE=tspc\nTSP_STATUS=300\n");
	log_msg(LOG_DEBUG, "details");
	expect_entry(journal, "MESSAGE=details\nPRIORITY=7\nSYSLOG_IDENTIFIER=test\n");
}

static void check_stream(int journal)
{
	char stream[64];
	struct stat st;

	fstat(STDERR_FILENO, &st);
	snprintf(stream, sizeof(stream), "%llu:%llu", (unsigned long long)st.st_dev,
		 (unsigned long long)st.st_ino);
	setenv("JOURNAL_STREAM", stream, 1);
	log_open("test", false);
	log_msg(LOG_ERR, "by systemd");
	expect_entry(journal, "MESSAGE=by systemd\nPRIORITY=3\nSYSLOG_IDENTIFIER=test\n");
}

static void events_reach_the_journal_with_their_fields(void **state)
{
	(void)state;
	in_child(check_event);
}

/** drain() - how many entries the journal got, and what the last of them was */
static int drain(int journal, char last[4096])
{
	ssize_t n;
	int count = 0;

	while ((n = recv(journal, last, 4095, MSG_DONTWAIT)) > 0) {
		last[n] = '\0';
		count++;
	}
	return count;
}

static char quota_state[] = "/tmp/test_log.XXXXXX";

/** session() - what a session logs that says @lines lines and has a lease: entries */
static int session(int journal, const char *source, int lines, char last[4096])
{
	struct log_fields fields = {.peer = source};
	struct in_addr address;
	int count = 0;

	inet_pton(AF_INET, source, &address);
	log_quota_begin(quota_state, address);
	while (lines--) { /* the queue of a socket is short */
		log_event(EVENT_REFUSED, LOG_NOTICE, &fields, "refused");
		count += drain(journal, last);
	}
	log_event(EVENT_ACCEPTED, LOG_NOTICE, &fields, "has");
	log_quota_end();
	return count + drain(journal, last);
}

#define EXPECT(condition)                                                                \
	do {                                                                             \
		if (!(condition)) {                                                      \
			fprintf(stderr, "line %d: %s\n", __LINE__, #condition);          \
			_exit(1);                                                        \
		}                                                                        \
	} while (0)

static void check_quota(int journal)
{
	char last[4096] = "", path[64];
	int total = 0, i;

	EXPECT(mkdtemp(quota_state));
	log_open("test", true);
	/* a session: so many lines, the lease's event, and how many are missing */
	EXPECT(session(journal, "192.0.2.1", 3, last) == 4);
	EXPECT(session(journal, "192.0.2.2", LOG_QUOTA_SESSION, last) ==
	       LOG_QUOTA_SESSION + 1);
	EXPECT(session(journal, "192.0.2.3", LOG_QUOTA_SESSION + 5, last) ==
	       LOG_QUOTA_SESSION + 2);
	EXPECT(strstr(last, "MESSAGE=and 5 more lines of this session"));

	/* an address: but the events of leases are all there */
	for (i = 0; i < 1000; i++)
		total += session(journal, "192.0.2.4", 1, last);
	EXPECT(total >= 1000 + LOG_QUOTA_SOURCE);
	EXPECT(total < 1000 + 2 * LOG_QUOTA_SOURCE); /* some time has passed */
	EXPECT(session(journal, "192.0.2.5", 1, last) == 2);

	/* without a file, a session's limit is left */
	snprintf(path, sizeof(path), "%s/log.quota", quota_state);
	EXPECT(!unlink(path) && !rmdir(quota_state));
	EXPECT(session(journal, "192.0.2.4", LOG_QUOTA_SESSION + 1, last) ==
	       LOG_QUOTA_SESSION + 2);
}

static void an_address_has_a_quota_and_leases_have_none(void **state)
{
	(void)state;
	in_child(check_quota);
}

static void say_two_events(void)
{
	static const struct log_fields fields = {.address = "2001:db8::1"};

	log_event(EVENT_ENDED, LOG_INFO, &fields, "a lease");
	log_event(EVENT_UP, LOG_INFO, &fields, "a tunnel");
}

static void check_tool(int journal)
{
	log_open_tool("test");
	if (strcmp(stderr_of(say_two_events), "test: a tunnel\n"))
		_exit(1);
	expect_entry(journal, "MESSAGE=a lease\nPRIORITY=6\nSYSLOG_IDENTIFIER=test\n"
			      "MESSAGE_ID=ac960317270a4fce8abeb2d2c70fbe5e\n"
			      "TSP_EVENT=ended\nTSP_ADDRESS=2001:db8::1\n");
	expect_entry(journal, "MESSAGE=a tunnel\nPRIORITY=6\nSYSLOG_IDENTIFIER=test\n"
			      "MESSAGE_ID=d2956c2f86594abba70fe9eac6729ccb\n"
			      "TSP_EVENT=up\nTSP_ADDRESS=2001:db8::1\n");
}

static void a_command_tells_people_of_tunnels_and_the_journal_of_all(void **state)
{
	(void)state;
	in_child(check_tool);
}

static void a_journal_stream_is_recognised(void **state)
{
	(void)state;
	in_child(check_stream);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(a_line_stays_one_line_of_ascii, to_stderr),
		cmocka_unit_test_setup(people_get_no_debug_lines, to_stderr),
		cmocka_unit_test_setup(long_lines_are_cut, to_stderr),
		cmocka_unit_test_setup(errno_is_said_and_survives, to_stderr),
		cmocka_unit_test(events_reach_the_journal_with_their_fields),
		cmocka_unit_test(an_address_has_a_quota_and_leases_have_none),
		cmocka_unit_test(
			a_command_tells_people_of_tunnels_and_the_journal_of_all),
		cmocka_unit_test(a_journal_stream_is_recognised),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
