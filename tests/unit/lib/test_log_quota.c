/* SPDX-License-Identifier: MIT */
/* test_log_quota.c - strangers fill no journal, and push nothing out of it */
#include <arpa/inet.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <cmocka.h>

#include "lib/log.h"
#include "lib/log_quota.h"
#include "tests/unit/lib/journal_fixture.h"

#define EXPECT(condition)                                                                \
	do {                                                                             \
		if (!(condition)) {                                                      \
			fprintf(stderr, "line %d: %s\n", __LINE__, #condition);          \
			_exit(1);                                                        \
		}                                                                        \
	} while (0)

/** drain() - count the entries that the journal got; @last: the last of them */
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

static char quota_state[32];

/** struct client - the client of a session */
struct client {
	const char *source;
	bool udp;       /* and proves nothing */
	uint32_t lease; /* number of its lease; 0: another one each time */
	bool new_owner;
};

/** session() - log @lines lines and a lease's event in a session; returns the entries */
static int session(int journal, const struct client *c, int lines, char last[4096])
{
	static uint32_t other = 1000;
	struct log_fields fields = {.peer = c->source,
				    .pool = "users",
				    .lease = c->lease ? c->lease : other++,
				    .unproven = c->udp,
				    .new_owner = c->new_owner};
	struct in_addr address;
	int count = 0;

	inet_pton(AF_INET, c->source, &address);
	log_quota_begin(quota_state, address, !c->udp);
	while (lines--) { /* the queue of a socket is short */
		log_event(EVENT_REFUSED, LOG_NOTICE, &fields, "refused");
		count += drain(journal, last);
	}
	log_event(EVENT_ACCEPTED, LOG_NOTICE, &fields, "has");
	log_quota_end();
	return count + drain(journal, last);
}

/** refilled() - lines that buckets may have got while this test runs, which can be slow */
static int refilled(time_t begin, int seconds)
{
	return (int)(time(NULL) - begin) / seconds + 1;
}

/** begin_quota() - an empty state directory, and the journal for lines */
static void begin_quota(void)
{
	strcpy(quota_state, "/tmp/test_log.XXXXXX");
	EXPECT(mkdtemp(quota_state));
	log_open("test", true);
}

static void end_quota(void)
{
	char path[64];

	snprintf(path, sizeof(path), "%s/log.quota", quota_state);
	EXPECT(!unlink(path) && !rmdir(quota_state));
}

static void check_quota(int journal)
{
	const struct client a = {"192.0.2.1"}, b = {"192.0.2.2"}, c = {"192.0.2.3"},
			    d = {"192.0.2.4"}, e = {"192.0.2.5"};
	time_t begin = time(NULL);
	char last[4096] = "";
	int total = 0, i;

	begin_quota();
	/* a session: its lines, the lease's event, and the number of missing lines */
	EXPECT(session(journal, &a, 3, last) == 4);
	EXPECT(session(journal, &b, LOG_QUOTA_SESSION, last) == LOG_QUOTA_SESSION + 1);
	EXPECT(session(journal, &c, LOG_QUOTA_SESSION + 5, last) ==
	       LOG_QUOTA_SESSION + 2);
	EXPECT(strstr(last, "MESSAGE=and 5 more lines of this session"));

	/* an address: but the events of other leases are all there */
	for (i = 0; i < 1000; i++)
		total += session(journal, &d, 1, last);
	EXPECT(total >= 1000 + LOG_QUOTA_LINES);
	/* each line that passes later is followed by the number of missing ones */
	EXPECT(total <= 1000 + LOG_QUOTA_LINES + 2 * refilled(begin, LOG_QUOTA_REFILL));
	EXPECT(session(journal, &e, 1, last) == 2);

	/* without a file, a session's limit is left */
	end_quota();
	EXPECT(session(journal, &d, LOG_QUOTA_SESSION + 1, last) ==
	       LOG_QUOTA_SESSION + 2);
}

static void an_address_has_a_quota(void **state)
{
	(void)state;
	in_child(check_quota);
}

static void check_leases(int journal)
{
	const struct client busy = {.source = "192.0.2.1", .lease = 7},
			    next = {.source = "192.0.2.2", .lease = 7, .new_owner = true},
			    other = {.source = "192.0.2.3", .lease = 8};
	time_t begin = time(NULL);
	char last[4096] = "";
	int total = 0, i;

	begin_quota();
	for (i = 0; i < 1000; i++)
		total += session(journal, &busy, 0, last);
	EXPECT(total >= LOG_QUOTA_LINES);
	EXPECT(total <= LOG_QUOTA_LINES + 2 * refilled(begin, LOG_QUOTA_REFILL));
	EXPECT(session(journal, &other, 0, last) == 1);
	/* the next owner is logged, whatever the last one did */
	EXPECT(session(journal, &next, 0, last) >= 1);
	EXPECT(strstr(last, "TSP_PEER=192.0.2.2\n"));
	end_quota();
}

static void a_lease_has_a_quota(void **state)
{
	(void)state;
	in_child(check_leases);
}

static void check_unproven(int journal)
{
	const struct client honest = {.source = "192.0.2.1", .lease = 7};
	struct client forged = {.udp = true, .new_owner = true};
	time_t begin = time(NULL);
	struct in_addr address;
	char last[4096] = "", source[INET_ADDRSTRLEN];
	int total = 0, i;

	begin_quota();
	for (i = 0; i < 1000; i++) {
		snprintf(source, sizeof(source), "203.0.113.%d", i % 250 + 1);
		forged.source = source;
		total += session(journal, &forged, 2, last);
	}
	EXPECT(total >= LOG_QUOTA_UNPROVEN);
	EXPECT(total <=
	       LOG_QUOTA_UNPROVEN + 2 * refilled(begin, LOG_QUOTA_UNPROVEN_REFILL));
	EXPECT(session(journal, &honest, 2, last) == 3);

	/* a client that proves itself has the quota of its address */
	inet_pton(AF_INET, "203.0.113.7", &address);
	log_quota_begin(quota_state, address, false);
	log_quota_proven();
	log_msg(LOG_NOTICE, "proven");
	log_quota_end();
	EXPECT(drain(journal, last) == 1 && strstr(last, "MESSAGE=proven\n"));
	end_quota();
}

static void all_that_prove_nothing_share_a_quota(void **state)
{
	(void)state;
	in_child(check_unproven);
}

/** check_upkeep() - a run over many leases counts their events alone */
static void check_upkeep(int journal)
{
	struct log_fields lease = {.pool = "anonymous", .unproven = true};
	time_t begin = time(NULL);
	char last[4096] = "";
	int errors = 0, events = 0, i;

	begin_quota();
	log_quota_begin_leases(quota_state);
	for (i = 0; i < 1000; i++) {
		lease.lease = (uint32_t)i + 1;
		log_event(EVENT_ENDED, LOG_NOTICE, &lease, "ran out");
		events += drain(journal, last);
		log_msg(LOG_ERR, "failed");
		errors += drain(journal, last);
	}
	EXPECT(errors == 1000);
	EXPECT(events >= LOG_QUOTA_UNPROVEN);
	EXPECT(events <=
	       LOG_QUOTA_UNPROVEN + 2 * refilled(begin, LOG_QUOTA_UNPROVEN_REFILL));
	lease.unproven = false;
	log_event(EVENT_ENDED, LOG_NOTICE, &lease, "ran out");
	EXPECT(drain(journal, last) == 1);
	log_quota_end();
	end_quota();
}

static void upkeep_counts_events_of_leases_alone(void **state)
{
	(void)state;
	in_child(check_upkeep);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_address_has_a_quota),
		cmocka_unit_test(a_lease_has_a_quota),
		cmocka_unit_test(all_that_prove_nothing_share_a_quota),
		cmocka_unit_test(upkeep_counts_events_of_leases_alone),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
