/* SPDX-License-Identifier: MIT */
/* test_log.c - where lines go and what they look like there */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>
#include <cmocka.h>

#include "lib/log.h"
#include "tests/unit/lib/journal_fixture.h"

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
		cmocka_unit_test(
			a_command_tells_people_of_tunnels_and_the_journal_of_all),
		cmocka_unit_test(a_journal_stream_is_recognised),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
