/* SPDX-License-Identifier: MIT */
/* test_upkeep.c - runs over many leases, with an observer and a reporter in a terminal's place */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include "lib/buf.h"
#include "tests/unit/alloc/store_fixture.h"
#include "upkeep/expire.h"
#include "upkeep/inspect.h"
#include "upkeep/lookup.h"
#include "upkeep/restore.h"

static struct files files;

/* what the observer and the reporter were told */
static char told_space[2048];
static struct buf told;
static size_t last_done;

static void on_begin(void *context, const char *what, size_t total)
{
	(void)context;
	last_done = 0;
	buf_printf(&told, "%s %zu:", what, total);
}

static void on_advance(void *context, size_t done)
{
	(void)context;
	assert_true(done >= last_done);
	last_done = done;
}

static void on_end(void *context)
{
	(void)context;
	buf_printf(&told, "%zu.", last_done);
}

static void on_finding(void *context, const struct inspect_finding *finding)
{
	(void)context;
	buf_printf(&told, "%s/%u %s %s;", pool_name(finding->file.pool),
		   finding->file.number, finding->tunnel ? "tunnel" : "file",
		   finding->repaired ? finding->said : "left");
}

static const struct upkeep_observer observer = {
	.begin = on_begin, .advance = on_advance, .end = on_end};

/** write_template() - a template that runs @body, below the state directory */
static void write_template(const char *body)
{
	FILE *f;

	path_of("other", config.template);
	unlink(config.template);
	f = fopen(config.template, "w");
	assert_non_null(f);
	fprintf(f, "#!/bin/sh\n%s\n", body);
	assert_int_equal(fchmod(fileno(f), 0755), 0);
	if (fclose(f))
		fail_msg("%s", config.template);
	config.template_seconds = 10;
}

/** begin() - alice and bob have leases, carol's has run out; the files are open */
static void begin(const char *body)
{
	write_template(body);
	open_store(&files.store);
	files.damaged = 0;
	files.observer = &observer;
	test_time -= 7200;
	give(&files.store, "carol", "192.0.2.3");
	test_time += 7200;
	give(&files.store, "alice", "192.0.2.1");
	give(&files.store, "bob", "192.0.2.2");
	told = BUF_ON(told_space);
	buf_clear(&told);
}

static void expire_ends_and_counts(void **state)
{
	struct expire_counts counts;

	(void)state;
	begin("exit 0");
	assert_true(owns(&files.store, POOL_USERS, "alice", "192.0.2.1"));
	log_begin();
	assert_int_equal(expire_run(&files, 1, NULL, &counts), UPKEEP_OK);
	assert_non_null(strstr(log_end(), "carol: ran out:"));
	assert_int_equal(counts.ended, 1);
	assert_int_equal(counts.settled + counts.held + counts.failed, 0);
	assert_non_null(strstr(told.data, "ending 1:1."));
	store_close(&files.store);
}

static void a_tunnel_that_stays_makes_it_incomplete(void **state)
{
	struct expire_counts counts;

	(void)state;
	begin("exit 3");
	log_begin();
	assert_int_equal(expire_run(&files, 1, NULL, &counts), UPKEEP_INCOMPLETE);
	assert_non_null(strstr(log_end(), "failed with exit status 3"));
	assert_int_equal(counts.ended, 0);
	assert_int_equal(counts.failed, 1);
	store_close(&files.store);
}

static void restore_marks_what_failed(void **state)
{
	struct worklist list = {.items = NULL};
	struct restore r = {.files = &files, .list = &list};
	size_t i, failed = 0;

	(void)state;
	begin("[ $TSP_USERID != bob ]");
	log_begin();
	assert_int_equal(restore_all(&r, 2), UPKEEP_INCOMPLETE);
	log_end();
	assert_int_equal(r.restored, 1);
	assert_int_equal(r.failed, 1);
	assert_string_equal(told.data, "building 2:2.");
	for (i = 0; i < list.count; i++)
		failed += list.items[i].failed;
	assert_int_equal(failed, 1);
	worklist_free(&list);
	store_close(&files.store);
}

static void findings_reach_the_reporter(void **state)
{
	struct inspect in = {.files = &files, .tunnels = true, .report = on_finding};
	struct lease alice;
	char wanted[64];

	(void)state;
	begin("[ $TSP_OPERATION != TSP_TUNNEL_INFO ] || [ $TSP_USERID != alice ]");
	files.observer = NULL; /* nobody watches: that is no reason to fail */
	assert_int_equal(store_find_owner(&files.store, POOL_USERS, "alice", &alice),
			 STORE_OK);
	assert_int_equal(inspect_run(&in), UPKEEP_OK);
	buf_printf(&told, "%zu %zu", in.harmful, in.left);
	snprintf(wanted, sizeof(wanted), "users/%u tunnel left;1 1", alice.number);
	assert_string_equal(told.data, wanted);

	in = (struct inspect){.files = &files, .repair = true, .report = on_finding};
	buf_clear(&told);
	log_begin();
	assert_int_equal(inspect_run(&in), UPKEEP_OK);
	log_end();
	assert_non_null(strstr(told.data, "tunnel built again;"));
	assert_int_equal(in.left, 0);
	assert_int_equal(in.repaired, 1);
	store_close(&files.store);
}

static void a_text_has_all_its_meanings(void **state)
{
	struct lookup found;
	struct lease alice;
	char number[16];

	(void)state;
	begin("exit 0");
	assert_int_equal(store_find_owner(&files.store, POOL_USERS, "alice", &alice),
			 STORE_OK);
	assert_int_equal(lookup_find(&files, "alice", POOL_ANY, &found), 0);
	assert_int_equal(found.count, 1);
	assert_int_equal(found.refs[0].lease.number, alice.number);
	assert_int_equal(lookup_find(&files, "192.0.2.2", POOL_ANY, &found), 0);
	assert_int_equal(found.count, 1);
	assert_string_equal(found.refs[0].lease.owner, "bob");
	assert_int_equal(lookup_find(&files, "192.0.2.2", POOL_ANONYMOUS, &found), 0);
	assert_int_equal(found.count, 0);
	snprintf(number, sizeof(number), "users/%u", alice.number);
	assert_int_equal(lookup_find(&files, number, POOL_ANY, &found), 0);
	assert_int_equal(found.count, 1);

	/* a user whose id is the number of alice's lease */
	snprintf(number, sizeof(number), "%u", alice.number);
	give(&files.store, number, "192.0.2.4");
	assert_int_equal(lookup_find(&files, number, POOL_ANY, &found), 0);
	assert_int_equal(found.count, 2);
	store_close(&files.store);
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, fixture_setup, fixture_teardown)
	const struct CMUnitTest tests[] = {
		TEST(expire_ends_and_counts),
		TEST(a_tunnel_that_stays_makes_it_incomplete),
		TEST(restore_marks_what_failed),
		TEST(findings_reach_the_reporter),
		TEST(a_text_has_all_its_meanings),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
