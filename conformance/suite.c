/* SPDX-License-Identifier: MIT */
/*
 * suite.c - the tests that a template must pass to keep the contract of tsp-template(7)
 *
 * The template runs for made-up clients. After each run the state of the network is
 * compared with what it should be: the state before, for a run that must leave nothing
 * behind; the state after a first creation, for a run that replaces something. Another
 * client has a tunnel all the time, which must not change. So what a template keeps for all
 * tunnels is there from the start and does not count as left behind.
 */
#include "conformance/suite.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "conformance/step.h"
#include "tunnel/listing.h"
#include "tunnel/modes.h"
#include "tunnel/traffic.h"

/** first_creation() - a creation that the other tests need; false: it failed */
static bool first_creation(struct suite *s, unsigned who, const struct snapshot *before,
			   struct snapshot *after, const char *name)
{
	bool ok = step_say(s, !step_run(s, TEMPLATE_CREATION, who, NULL), name);

	if (!ok)
		step_show_said(s);
	step_look(s, after);
	if (ok && s->verbose) {
		step_note(s, "it makes:");
		step_show_difference(s, before, after, 1000);
	}
	return ok;
}

/** test_counters() - the counters of a tunnel can be read */
static void test_counters(struct suite *s)
{
	char text[512];
	struct buf output = BUF_ON(text);
	struct traffic traffic;
	bool ran = !step_run(s, TEMPLATE_INFO, SUITE_ROUTER, &output), known;

	traffic_parse(text, &traffic);
	known = traffic.known[TRAFFIC_RX_BYTES] && traffic.known[TRAFFIC_TX_BYTES];
	step_say(s, ran && known, "counters");
	if (!ran)
		step_show_said(s);
	else if (s->verbose || !known)
		step_note(s, "it says: %.*s", (int)strcspn(text, "\n"), text);
}

/** test_no_counters() - a missing tunnel has none */
static void test_no_counters(struct suite *s)
{
	static const char name[] = "no counters without a tunnel";
	char text[512];
	struct buf output = BUF_ON(text);

	if (snapshot_same(&s->before, &s->built))
		step_skip(s, name, "it builds nothing");
	else
		step_say(s, step_run(s, TEMPLATE_INFO, SUITE_ROUTER, &output) != 0, name);
}

/** straight_over() - a change without the teardown between: reported, but not demanded */
static void straight_over(struct suite *s, unsigned from, unsigned to,
			  const struct snapshot *wanted)
{
	struct snapshot found;
	int failed = step_run(s, TEMPLATE_CREATION, from, NULL) ||
		     step_run(s, TEMPLATE_CREATION, to, NULL);

	step_look(s, &found);
	if (failed || !snapshot_same(wanted, &found)) {
		step_note(s, "straight over the other, without its teardown, it %s:",
			  failed ? "fails" : "differs");
		step_show_difference(s, wanted, &found, STEP_LINES_SHOWN / 4);
	}
	snapshot_free(&found);
	step_run(s, TEMPLATE_TEARDOWN, from, NULL);
}

/**
 * test_change() - from one tunnel of a lease to another, which must come out as from nothing
 *
 * The broker takes the old tunnel down, with the variables of the old one, before it builds
 * the new one (broker/displace.c).
 */
static void test_change(struct suite *s, unsigned from, unsigned to, const char *name)
{
	struct snapshot wanted;
	int failed = step_run(s, TEMPLATE_CREATION, to, NULL);

	step_look(s, &wanted);
	failed = failed || step_run(s, TEMPLATE_TEARDOWN, to, NULL) ||
		 step_run(s, TEMPLATE_CREATION, from, NULL) ||
		 step_run(s, TEMPLATE_TEARDOWN, from, NULL) ||
		 step_run(s, TEMPLATE_CREATION, to, NULL);
	step_judge(s, failed, &wanted, name);
	step_run(s, TEMPLATE_TEARDOWN, to, NULL);
	straight_over(s, from, to, &wanted);
	snapshot_free(&wanted);
	step_check(s, TEMPLATE_TEARDOWN, to, &s->before, "and its teardown");
}

static void test_changes(struct suite *s)
{
	test_change(s, SUITE_ROUTER, SUITE_MOVED, "a change to another endpoint");
	test_change(s, SUITE_ROUTER, SUITE_HOST, "a change to no prefix");
	test_change(s, SUITE_HOST, SUITE_ROUTER, "a change to a prefix");
	test_change(s, SUITE_ANONYMOUS, SUITE_ANONYMOUS,
		    "creation, for an anonymous client");
}

/** shell() - run a command with our $PATH; 0 if it succeeded */
static int shell(const char *command)
{
	return system(command); /* NOLINT(cert-env33-c) */
}

/** test_foreign_device() - a device with the name of the interface that is not ours */
static void test_foreign_device(struct suite *s)
{
	const char *name = s->tunnels[SUITE_ROUTER].interface;
	struct snapshot wanted;
	char command[256];

	snprintf(command, sizeof(command),
		 "for t in dummy veth bridge ifb; do ip link add name %s type $t "
		 "2>/dev/null && exit; done; exit 1",
		 name);
	if (shell(command)) {
		step_skip(s, "somebody else's device", "none can be made here");
		return;
	}
	step_look(s, &wanted);
	/* This may fail, or do without the name */
	step_run(s, TEMPLATE_CREATION, SUITE_ROUTER, NULL);
	step_judge(s, step_run(s, TEMPLATE_TEARDOWN, SUITE_ROUTER, NULL), &wanted,
		   "somebody else's device of that name is left alone");
	snapshot_free(&wanted);
	snprintf(command, sizeof(command), "ip link del %s 2>/dev/null", name);
	shell(command); /* it may be gone; that has been reported */
}

/** test_crowd() - several runs at once make the same as one after another */
static void test_crowd(struct suite *s)
{
	struct snapshot wanted;
	int failed = step_crowd(s, TEMPLATE_CREATION, false);

	step_look(s, &wanted);
	failed = failed || step_crowd(s, TEMPLATE_TEARDOWN, false);
	failed = failed || step_crowd(s, TEMPLATE_CREATION, true);
	step_judge(s, failed, &wanted, "several creations at once");
	snapshot_free(&wanted);
	step_judge(s, step_crowd(s, TEMPLATE_TEARDOWN, true), &s->before,
		   "and teardowns");
}

/** is_answer() - @line has counters if the tunnel is there, else it is "-" */
static bool is_answer(const char *line, size_t len, bool there)
{
	char text[512];
	struct traffic traffic;

	snprintf(text, sizeof(text), "%.*s", (int)len, line);
	traffic_parse(text, &traffic);
	return there ? traffic.known[TRAFFIC_RX_BYTES] : !strcmp(text, "-");
}

/** test_batch_counters() - one line per tunnel, of which @missing does not exist */
static void test_batch_counters(struct suite *s, int missing, const char *name)
{
	char text[4096] = "", *line = text;
	struct buf output = BUF_ON(text);
	bool failed = step_batch(s, TEMPLATE_BATCH_INFO, &output) != 0;
	size_t len = strcspn(line, "\n");
	int i;

	for (i = 0; i < SUITE_AT_ONCE && line[len] && is_answer(line, len, i != missing);
	     i++) {
		line += len + 1;
		len = strcspn(line, "\n");
	}
	if (step_say(s, !failed && i == SUITE_AT_ONCE && !*line, name))
		return;
	if (failed)
		step_show_said(s);
	else
		step_note(s, "line %d of %d: %.*s", i + 1, SUITE_AT_ONCE, (int)len, line);
}

/** test_batch() - one run for many tunnels makes the same as a run for each */
static void test_batch(struct suite *s)
{
	struct snapshot wanted;
	int failed;

	if (!modes_batch_declared(s->config.template))
		return;
	failed = step_crowd(s, TEMPLATE_CREATION, false);
	step_look(s, &wanted);
	failed = failed || step_crowd(s, TEMPLATE_TEARDOWN, false) ||
		 step_batch(s, TEMPLATE_BATCH, NULL);
	step_judge(s, failed, &wanted, "several creations by one run");
	step_judge(s, step_batch(s, TEMPLATE_BATCH, NULL), &wanted, "and again");
	test_batch_counters(s, -1, "their counters by one run");
	/* with one of them missing, as after a run that failed half way */
	step_run(s, TEMPLATE_TEARDOWN, SUITE_CROWD + 1, NULL);
	test_batch_counters(s, 1, "and with one of them missing");
	step_judge(s, step_batch(s, TEMPLATE_BATCH, NULL), &wanted,
		   "creations with one of them missing");
	snapshot_free(&wanted);
	step_judge(s, step_crowd(s, TEMPLATE_TEARDOWN, true), &s->before,
		   "and their teardowns");
}

/** lists() - the list has this tunnel, to its client */
static bool lists(const struct listing *l, const struct tunnel *t)
{
	const struct listed *found = listing_find(l, t->pool, t->number);

	return found && endpoint_equal(&found->client, &t->client);
}

/** test_listing() - the list has the client that stays and the crowd, but for @missing */
static void test_listing(struct suite *s, int missing, const char *name)
{
	struct listing l;
	bool ok = !listing_read(&s->config, true, &l) &&
		  lists(&l, &s->tunnels[SUITE_OTHER]);
	int i, wrong = -1;

	for (i = 0; i < SUITE_AT_ONCE && ok; i++) {
		ok = lists(&l, &s->tunnels[SUITE_CROWD + i]) == (i != missing);
		wrong = ok ? -1 : i;
	}
	ok = ok && l.count == SUITE_AT_ONCE + 1 - (missing >= 0);
	if (!step_say(s, ok, name))
		step_note(s, "%zu tunnels are listed%s", l.count,
			  wrong < 0 ? "" : ", and one of them is wrong or missing");
	listing_free(&l);
}

/** test_list() - a template that lists its tunnels lists all of them and no others */
static void test_list(struct suite *s)
{
	if (!modes_list_declared(s->config.template))
		return;
	step_crowd(s, TEMPLATE_CREATION, false);
	test_listing(s, -1, "the list of tunnels");
	step_run(s, TEMPLATE_TEARDOWN, SUITE_CROWD + 1, NULL);
	test_listing(s, 1, "and with one of them missing");
	step_judge(s, step_crowd(s, TEMPLATE_TEARDOWN, true), &s->before,
		   "and their teardowns");
}

/** test_last() - the last tunnel goes; what stays then is reported and allowed */
static void test_last(struct suite *s)
{
	struct snapshot found;

	if (!step_say(s, !step_run(s, TEMPLATE_TEARDOWN, SUITE_OTHER, NULL),
		      "teardown of the last tunnel"))
		step_show_said(s);
	step_look(s, &found);
	if (!snapshot_same(&s->empty, &found)) {
		step_note(s, "without tunnels this stays:");
		step_show_difference(s, &s->empty, &found, STEP_LINES_SHOWN);
	}
	snapshot_free(&found);
}

/** test_all() - all tests in their order; false: a first creation failed */
static bool test_all(struct suite *s)
{
	step_look(s, &s->empty);
	if (!first_creation(s, SUITE_OTHER, &s->empty, &s->before,
			    "creation, for a client that stays meanwhile") ||
	    !first_creation(s, SUITE_ROUTER, &s->before, &s->built,
			    "creation, for a router"))
		return false;
	step_check(s, TEMPLATE_CREATION, SUITE_ROUTER, &s->built, "creation again");
	test_counters(s);
	step_check(s, TEMPLATE_TEARDOWN, SUITE_ROUTER, &s->before, "teardown");
	step_check(s, TEMPLATE_TEARDOWN, SUITE_ROUTER, &s->before, "teardown again");
	test_no_counters(s);
	test_changes(s);
	test_foreign_device(s);
	test_crowd(s);
	test_batch(s);
	test_list(s);
	test_last(s);
	return true;
}

/**
 * suite_run() - do all tests with one set of tunnels
 * @s:		Suite
 *
 * Return: enum suite_result
 */
enum suite_result suite_run(struct suite *s)
{
	char said[SUITE_SAID];
	bool whole;

	s->said = BUF_ON(said);
	buf_clear(&s->said);
	whole = test_all(s);
	snapshot_free(&s->empty);
	snapshot_free(&s->before);
	snapshot_free(&s->built);
	if (s->broken)
		return SUITE_BROKEN;
	return whole ? SUITE_DONE : SUITE_BAILED;
}
