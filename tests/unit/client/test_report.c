/* SPDX-License-Identifier: MIT */
/* test_report.c - what a session in enemy hands can tell the main process */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

#include "client/report.h"
#include "lib/ipc.h"
#include "lib/seqpacket.h"

static struct report r, out;
static int pair[2];

static int reset(void **state)
{
	(void)state;
	memset(&r, 0, sizeof(r));
	r.version = REPORT_VERSION;
	return seqpacket_pair(pair);
}

static int end(void **state)
{
	(void)state;
	close(pair[0]);
	return close(pair[1]);
}

/** pass() - @size bytes of @r on their way: what report_receive() says */
static int pass(size_t size)
{
	assert_int_equal(send(pair[1], &r, size, 0), size);
	return report_receive(pair[0], &out);
}

static void bad(void)
{
	assert_int_equal(pass(sizeof(r)), -1);
	assert_int_equal(errno, EBADMSG);
}

static void honest_reports(void **state)
{
	(void)state;
	r.kind = REPORT_OFFER;
	r.offer.type = TUNNEL_V6V4;
	strcpy(r.offer.name, "alice.tsp.example");
	assert_int_equal(report_send(pair[1], &r), 0);
	assert_int_equal(report_receive(pair[0], &out), 1);
	assert_memory_equal(&out, &r, sizeof(r));
	r.kind = REPORT_DONE;
	assert_int_equal(pass(sizeof(r)), 1);
}

static void sizes_and_versions(void **state)
{
	(void)state;
	r.kind = REPORT_DONE;
	assert_int_equal(pass(sizeof(r) - 1), -1);
	assert_int_equal(pass(4), -1);
	r.version = REPORT_VERSION + 1;
	bad();
	r.version = REPORT_VERSION;
	r.kind = 0;
	bad();
	r.kind = REPORT_KINDS;
	bad();
	r.kind = REPORT_DONE;
	r.phase = PHASE_COUNT;
	bad();
}

static void offers_without_bounds(void **state)
{
	static const char *const names[] = {"a b", "$(reboot)", "a\nb",
					    "-x",  "a/b",       "\xff"};
	size_t i;

	(void)state;
	r.kind = REPORT_OFFER;
	r.offer.type = TUNNEL_TYPES;
	bad();
	r.offer.type = TUNNEL_V6V4;
	r.offer.prefix.len = 129;
	bad();
	r.offer.prefix.len = 0;
	memset(r.offer.name, 'a', sizeof(r.offer.name));
	bad();
	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		memset(r.offer.name, 0, sizeof(r.offer.name));
		strcpy(r.offer.name, names[i]);
		bad();
	}
}

static void statuses_and_brokers(void **state)
{
	(void)state;
	r.kind = REPORT_STATUS;
	r.status = 1301;
	r.brokers.count = 1;
	r.brokers.list[0].kind = BROKER_NAME;
	strcpy(r.brokers.list[0].name, "b.example");
	assert_int_equal(pass(sizeof(r)), 1);
	strcpy(r.brokers.list[0].name, "b;x");
	bad();
	memset(r.brokers.list[0].name, 'a', sizeof(r.brokers.list[0].name));
	bad();
	r.brokers.list[0].kind = BROKER_NONE;
	bad();
	r.brokers.count = ANSWER_BROKERS_MAX + 1;
	bad();
	r.brokers.count = 0;
	r.status = 99;
	bad();
	r.status = 2000;
	bad();
	r.kind = REPORT_FAULT;
	r.fault = FAULT_COUNT;
	bad();
	r.fault = FAULT_NONE;
	bad();
}

static void verdicts(void **state)
{
	int accept = -1;

	(void)state;
	assert_int_equal(report_judge(pair[0], 1), 0);
	assert_int_equal(report_verdict(pair[1], &accept), 0);
	assert_int_equal(accept, 1);
	close(pair[0]);
	assert_int_equal(report_verdict(pair[1], &accept), -1);
	pair[0] = dup(pair[1]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(honest_reports, reset, end),
		cmocka_unit_test_setup_teardown(sizes_and_versions, reset, end),
		cmocka_unit_test_setup_teardown(offers_without_bounds, reset, end),
		cmocka_unit_test_setup_teardown(statuses_and_brokers, reset, end),
		cmocka_unit_test_setup_teardown(verdicts, reset, end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
