/* SPDX-License-Identifier: MIT */
/*
 * suite.c - does a template do what tsp-template(7) asks for?
 *
 * It runs for clients that are not there. After each run everything that is there is
 * compared with what should be: the same as before for what leaves nothing behind, the
 * same as from nothing for what replaces. While that goes on another client has a tunnel,
 * which must not change: what a template keeps for all tunnels is there then as well, and
 * is not taken for something left behind.
 *
 * The report is a TAP stream; its diagnostics say what differs.
 */
#include "conformance/suite.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "conformance/step.h"
#include "ctl/ctl.h"
#include "tunnel/modes.h"
#include "tunnel/template_batch.h"
#include "tunnel/traffic.h"

/** first() - a creation after which the others make sense; false: it failed */
static bool first(struct suite *k, unsigned who, const struct snapshot *before,
		  struct snapshot *after, const char *what)
{
	bool ok = !step_run(k, TEMPLATE_CREATION, who, NULL);

	step_say(k, ok, what);
	if (!ok)
		step_show_said(k);
	step_look(k, after);
	if (ok && k->verbose) {
		printf("# it makes:\n");
		snapshot_show(before, after, 1000);
	}
	return ok;
}

/** counters() - of a tunnel that is there they can be read, of another they cannot */
static void counters(struct suite *k)
{
	char text[512];
	struct buf output = BUF_ON(text);
	struct traffic traffic;
	bool ok = !step_run(k, TEMPLATE_INFO, SUITE_ROUTER, &output);

	traffic_parse(text, &traffic);
	step_say(k,
		 ok && traffic.known[TRAFFIC_RX_BYTES] && traffic.known[TRAFFIC_TX_BYTES],
		 "counters");
	if (!ok)
		step_show_said(k);
	else if (k->verbose || !traffic.known[TRAFFIC_RX_BYTES] ||
		 !traffic.known[TRAFFIC_TX_BYTES])
		printf("# it says: %.*s\n", (int)strcspn(text, "\n"), text);
}

static void no_counters(struct suite *k)
{
	char text[512];
	struct buf output = BUF_ON(text);

	if (snapshot_same(&k->before, &k->built))
		printf("ok %u - no counters without a tunnel # SKIP it builds nothing\n",
		       ++k->number);
	else
		step_say(k, step_run(k, TEMPLATE_INFO, SUITE_ROUTER, &output) != 0,
			 "no counters without a tunnel");
}

/** straight_over() - the same without the teardown between: not asked for, but said */
static void straight_over(struct suite *k, unsigned from, unsigned to,
			  const struct snapshot *wanted)
{
	struct snapshot found;
	int failed = step_run(k, TEMPLATE_CREATION, from, NULL) ||
		     step_run(k, TEMPLATE_CREATION, to, NULL);

	step_look(k, &found);
	if (failed || !snapshot_same(wanted, &found)) {
		printf("# straight over the other, without its teardown, it %s:\n",
		       failed ? "fails" : "differs");
		snapshot_show(wanted, &found, STEP_LINES_SHOWN / 4);
	}
	snapshot_free(&found);
	step_run(k, TEMPLATE_TEARDOWN, from, NULL);
}

/**
 * change() - from one tunnel to another of the same lease, as if it were the first
 *
 * The broker takes the old one down, with the variables of the old one, before it builds
 * the new one (broker/replace.c).
 */
static void change(struct suite *k, unsigned from, unsigned to, const char *what)
{
	struct snapshot wanted;
	int failed = step_run(k, TEMPLATE_CREATION, to, NULL);

	step_look(k, &wanted);
	failed = failed || step_run(k, TEMPLATE_TEARDOWN, to, NULL) ||
		 step_run(k, TEMPLATE_CREATION, from, NULL) ||
		 step_run(k, TEMPLATE_TEARDOWN, from, NULL) ||
		 step_run(k, TEMPLATE_CREATION, to, NULL);
	step_judge(k, failed, &wanted, what);
	step_run(k, TEMPLATE_TEARDOWN, to, NULL);
	straight_over(k, from, to, &wanted);
	snapshot_free(&wanted);
	step_check(k, TEMPLATE_TEARDOWN, to, &k->before, "and its teardown");
}

/** shell() - a command of ours, with $PATH of ours; 0 when it succeeded */
static int shell(const char *command)
{
	return system(command); /* NOLINT(cert-env33-c) */
}

/** in_the_way() - a device that is not the template's has the name of the interface */
static void in_the_way(struct suite *k)
{
	const char *name = k->tunnels[SUITE_ROUTER].interface;
	struct snapshot wanted;
	char command[256];

	snprintf(command, sizeof(command),
		 "for t in dummy veth bridge ifb; do ip link add name %s type $t "
		 "2>/dev/null"
		 " && exit; done; exit 1",
		 name);
	if (shell(command)) {
		printf("ok %u - somebody else's device # SKIP none can be made here\n",
		       ++k->number);
		return;
	}
	step_look(k, &wanted);
	/* This may fail, or do without the name */
	step_run(k, TEMPLATE_CREATION, SUITE_ROUTER, NULL);
	step_judge(k, step_run(k, TEMPLATE_TEARDOWN, SUITE_ROUTER, NULL), &wanted,
		   "somebody else's device of that name is left alone");
	snapshot_free(&wanted);
	snprintf(command, sizeof(command), "ip link del %s 2>/dev/null", name);
	shell(command); /* it may be gone, and that was reported */
}

/** crowd() - the same for several tunnels, at once or one after the other; 0 or -1 */
static int crowd(struct suite *k, enum template_operation operation, bool at_once)
{
	static struct template_run runs[SUITE_AT_ONCE];
	int started[SUITE_AT_ONCE], failed = 0, i, real = step_keep_said(k);

	for (i = 0; i < SUITE_AT_ONCE; i++) {
		started[i] = !template_start(&runs[i], &k->config, operation,
					     &k->tunnels[SUITE_CROWD + i], NULL);
		if (started[i] && !at_once)
			failed |= template_finish(&runs[i]);
		failed |= !started[i];
	}
	for (i = 0; at_once && i < SUITE_AT_ONCE; i++) {
		if (started[i])
			failed |= template_finish(&runs[i]);
	}
	step_end_said(real);
	return failed ? -1 : 0;
}

static void several(struct suite *k)
{
	struct snapshot wanted;
	int failed = crowd(k, TEMPLATE_CREATION, false);

	step_look(k, &wanted);
	failed = failed || crowd(k, TEMPLATE_TEARDOWN, false);
	failed = failed || crowd(k, TEMPLATE_CREATION, true);
	step_judge(k, failed, &wanted, "several creations at once");
	snapshot_free(&wanted);
	step_judge(k, crowd(k, TEMPLATE_TEARDOWN, true), &k->before, "and teardowns");
}

/** batch() - one run of the template for all of the crowd; 0 or -1 */
static int batch(struct suite *k, enum template_operation operation, struct buf *output)
{
	int failed, real = step_keep_said(k);

	failed = template_batch(&k->config, operation, &k->tunnels[SUITE_CROWD],
				SUITE_AT_ONCE, output);
	step_end_said(real);
	return failed;
}

/** answers() - is @line what is asked for: counters, or "-" where there is no tunnel */
static bool answers(const char *line, size_t len, bool there)
{
	char text[512];
	struct traffic traffic;

	snprintf(text, sizeof(text), "%.*s", (int)len, line);
	traffic_parse(text, &traffic);
	return there ? traffic.known[TRAFFIC_RX_BYTES] : !strcmp(text, "-");
}

/** counters_by_one_run() - a line for each of the crowd, of which @missing has no tunnel */
static void counters_by_one_run(struct suite *k, int missing, const char *what)
{
	char text[4096] = "", *line = text;
	struct buf output = BUF_ON(text);
	bool failed = batch(k, TEMPLATE_BATCH_INFO, &output) != 0;
	size_t len = strcspn(line, "\n");
	int i;

	for (i = 0; i < SUITE_AT_ONCE && line[len] && answers(line, len, i != missing);
	     i++) {
		line += len + 1;
		len = strcspn(line, "\n");
	}
	if (step_say(k, !failed && i == SUITE_AT_ONCE && !*line, what))
		return;
	if (failed)
		step_show_said(k);
	else
		printf("# line %d of %d: %.*s\n", i + 1, SUITE_AT_ONCE, (int)len, line);
}

/** by_one_run() - a template that creates many in one run makes just the same */
static void by_one_run(struct suite *k)
{
	struct snapshot wanted;
	int failed;

	if (!modes_batch_declared(k->config.template))
		return;
	failed = crowd(k, TEMPLATE_CREATION, false);
	step_look(k, &wanted);
	failed = failed || crowd(k, TEMPLATE_TEARDOWN, false) ||
		 batch(k, TEMPLATE_BATCH, NULL);
	step_judge(k, failed, &wanted, "several creations by one run");
	step_judge(k, batch(k, TEMPLATE_BATCH, NULL), &wanted, "and again");
	counters_by_one_run(k, -1, "their counters by one run");
	/* with one of them missing, as after a run that failed half way */
	step_run(k, TEMPLATE_TEARDOWN, SUITE_CROWD + 1, NULL);
	counters_by_one_run(k, 1, "and with one of them missing");
	step_judge(k, batch(k, TEMPLATE_BATCH, NULL), &wanted,
		   "creations with one of them missing");
	snapshot_free(&wanted);
	step_judge(k, crowd(k, TEMPLATE_TEARDOWN, true), &k->before,
		   "and their teardowns");
}

/** last() - the last tunnel goes; what stays then is no fault, but worth knowing */
static void last(struct suite *k)
{
	struct snapshot found;

	if (!step_say(k, !step_run(k, TEMPLATE_TEARDOWN, SUITE_OTHER, NULL),
		      "teardown of the last tunnel"))
		step_show_said(k);
	step_look(k, &found);
	if (!snapshot_same(&k->empty, &found)) {
		printf("# without tunnels this stays:\n");
		snapshot_show(&k->empty, &found, STEP_LINES_SHOWN);
	}
	snapshot_free(&found);
}

/** tests() - all of them, in their order; false: there was no going on */
static bool tests(struct suite *k)
{
	step_look(k, &k->empty);
	if (!first(k, SUITE_OTHER, &k->empty, &k->before,
		   "creation, for a client that stays meanwhile") ||
	    !first(k, SUITE_ROUTER, &k->before, &k->built, "creation, for a router"))
		return false;
	step_check(k, TEMPLATE_CREATION, SUITE_ROUTER, &k->built, "creation again");
	counters(k);
	step_check(k, TEMPLATE_TEARDOWN, SUITE_ROUTER, &k->before, "teardown");
	step_check(k, TEMPLATE_TEARDOWN, SUITE_ROUTER, &k->before, "teardown again");
	no_counters(k);
	change(k, SUITE_ROUTER, SUITE_MOVED, "a change to another endpoint");
	change(k, SUITE_ROUTER, SUITE_HOST, "a change to no prefix");
	change(k, SUITE_HOST, SUITE_ROUTER, "a change to a prefix");
	change(k, SUITE_ANONYMOUS, SUITE_ANONYMOUS, "creation, for an anonymous client");
	in_the_way(k);
	several(k);
	by_one_run(k);
	last(k);
	return true;
}

/**
 * suite_run() - do all tests with one set of tunnels, and print the report
 * @k:		Kit
 *
 * Return: 0; -1 when there was no going on
 */
int suite_run(struct suite *k)
{
	bool whole;

	k->said = memfd_create("said", MFD_CLOEXEC);
	if (k->said < 0)
		exit(CTL_ERROR);
	whole = tests(k);
	if (!whole)
		printf("Bail out! Without that the rest makes no sense.\n");
	snapshot_free(&k->empty);
	snapshot_free(&k->before);
	snapshot_free(&k->built);
	close(k->said);
	return whole ? 0 : -1;
}
