/* SPDX-License-Identifier: MIT */
/* test_explain.c - each status and each fault is one line that says what to do */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "client/explain.h"
#include "lib/mechanism.h"

static const struct talk_server server = {
	.name = "broker.example", .port = 3653, .udp = true};

/** line_for() - the line that a report leads to */
static const char *line_for(const struct settings *settings, const struct report *report)
{
	static char text[512];
	struct talk_result result = {.report = *report};
	struct buf out = BUF_ON(text);

	buf_clear(&out);
	explain(&out, settings, &server, &result);
	assert_false(out.full);
	assert_null(strchr(text, '\n'));
	return text;
}

static void every_status_has_its_number_its_text_and_advice(void **state)
{
	static const struct settings settings;
	static const unsigned statuses[] = {300, 301, 302, 303, 310, 500,
					    501, 502, 506, 507, 521, 530};
	char start[128];
	unsigned i, more;

	(void)state;
	for (i = 0; i < 2 * sizeof(statuses) / sizeof(statuses[0]); i++) {
		struct report report = {.kind = REPORT_STATUS};
		const char *line;

		more = i % 2 ? STATUS_WITH_BROKERS : 0;
		report.status = statuses[i / 2] + more;
		line = line_for(&settings, &report);
		snprintf(start, sizeof(start),
			 "broker.example port 3653 (UDP): refused: status %u, %s: ",
			 report.status, status_text((enum status)statuses[i / 2]));
		if (strncmp(line, start, strlen(start)) ||
		    strlen(line) < strlen(start) + 10)
			fail_msg("%s", line);
	}
}

static void an_unknown_status_is_told_by_its_number(void **state)
{
	static const struct settings settings;
	const struct report report = {.kind = REPORT_STATUS, .status = 599};

	(void)state;
	assert_string_equal(line_for(&settings, &report),
			    "broker.example port 3653 (UDP): refused: status 599, which "
			    "is unknown");
}

static void every_fault_has_a_line(void **state)
{
	static const struct settings settings;
	char lines[FAULT_COUNT][512];
	unsigned fault, other;

	(void)state;
	for (fault = FAULT_NONE + 1; fault < FAULT_COUNT; fault++) {
		const struct report report = {.kind = REPORT_FAULT, .fault = fault};

		strcpy(lines[fault], line_for(&settings, &report));
		assert_true(strlen(lines[fault]) > 50);
		for (other = FAULT_NONE + 1; other < fault; other++)
			assert_string_not_equal(lines[fault], lines[other]);
	}
}

static void a_login_that_is_not_offered_names_those_that_are(void **state)
{
	static const struct settings settings = {.auth = AUTH_ANY, .userid = "alice"};
	const struct report report = {.kind = REPORT_FAULT,
				      .fault = FAULT_LOGIN,
				      .offered = MECHANISM_ANONYMOUS | MECHANISM_PLAIN};

	(void)state;
	assert_non_null(strstr(line_for(&settings, &report),
			       "it offers ANONYMOUS PLAIN (auth_method=plain would send "
			       "the password readable"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_status_has_its_number_its_text_and_advice),
		cmocka_unit_test(an_unknown_status_is_told_by_its_number),
		cmocka_unit_test(every_fault_has_a_line),
		cmocka_unit_test(a_login_that_is_not_offered_names_those_that_are),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
