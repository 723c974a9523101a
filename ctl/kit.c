/* SPDX-License-Identifier: MIT */
/*
 * kit.c - does a template do what tsp-template(7) asks for?
 *
 * It runs for clients that are not there. After each run everything that is there is
 * compared with what should be: the same as before for what leaves nothing behind, the
 * same as from nothing for what replaces. While that goes on another client has a tunnel,
 * which must not change: what a template keeps for all tunnels is there then as well, and
 * is not taken for something left behind.
 *
 * The report is a TAP stream; its diagnostics say what differs.
 */
#include "ctl/kit.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#include "broker/modes.h"
#include "broker/template.h"
#include "ctl/ctl.h"
#include "ctl/traffic.h"

#define LINES_SHOWN    24
#define QUIET_MS       10 /* the kernel makes and removes some things a moment later, ... */
#define SETTLE_SECONDS 1 /* ... or several */

/** say() - a line of the report */
static bool say(struct kit *k, bool ok, const char *what)
{
	printf("%sok %u - %s\n", ok ? "" : "not ", ++k->number, what);
	k->failed += !ok;
	return ok;
}

/** keep_said() - standard error goes into our file from now on; returns the real one */
static int keep_said(struct kit *k)
{
	int real = dup(STDERR_FILENO);

	fflush(stdout);
	if (ftruncate(k->said, 0) || lseek(k->said, 0, SEEK_SET) ||
	    dup2(k->said, STDERR_FILENO) < 0)
		exit(CTL_ERROR);
	return real;
}

/** end_said() - and no longer */
static void end_said(int real)
{
	dup2(real, STDERR_FILENO);
	close(real);
}

/** show_said() - what the log had to say of a failure, without its own prefixes */
static void show_said(struct kit *k)
{
	char line[1024];
	FILE *f = fdopen(dup(k->said), "r");

	if (!f)
		return;
	rewind(f);
	while (fgets(line, sizeof(line), f)) {
		const char *mark = strstr(line, ": template, ") ? "template, " : "";
		const char *text = strstr(strstr(line, mark), ": ");

		printf("#   %s", text ? text + 2 : line);
		if (strstr(line, "Unknown device type"))
			printf("#   This kernel has no such devices, or the module has "
			       "to be "
			       "loaded by root.\n");
	}
	fclose(f);
}

/** run() - the template, once; 0 or -1 */
static int run(struct kit *k, enum template_operation operation, unsigned who,
	       struct buf *output)
{
	int real = keep_said(k);
	int failed = template_run(&k->config, operation, &k->tunnels[who], output);

	end_said(real);
	return failed;
}

/** look() - what there is when all is quiet; without that there is no going on */
static void look(const struct kit *k, struct snapshot *out)
{
	usleep(QUIET_MS * 1000);
	if (snapshot_take(out, k->world.directories, k->world.count))
		exit(CTL_ERROR);
}

/** settles() - there is what should be, now or soon; @found is the last look */
static bool settles(const struct kit *k, const struct snapshot *wanted,
		    struct snapshot *found)
{
	time_t end = time(NULL) + SETTLE_SECONDS + 1;

	for (;;) {
		look(k, found);
		if (snapshot_same(wanted, found))
			return true;
		if (time(NULL) >= end)
			return false;
		snapshot_free(found);
	}
}

/** judge() - a run is over: it has to have succeeded, and to have left what is wanted */
static void judge(struct kit *k, int failed, const struct snapshot *wanted,
		  const char *what)
{
	struct snapshot found;
	bool same = settles(k, wanted, &found);

	say(k, !failed && same, what);
	if (failed)
		show_said(k);
	if (!same) {
		printf("# there is more (+) or less (-) than should be:\n");
		snapshot_show(wanted, &found, LINES_SHOWN);
	}
	if (!same && wanted == &k->before) { /* said once, that is enough */
		snapshot_free(&k->before);
		k->before = found;
	} else {
		snapshot_free(&found);
	}
}

static void step(struct kit *k, enum template_operation operation, unsigned who,
		 const struct snapshot *wanted, const char *what)
{
	judge(k, run(k, operation, who, NULL), wanted, what);
}

/** first() - a creation after which the others make sense; false: it failed */
static bool first(struct kit *k, unsigned who, const struct snapshot *before,
		  struct snapshot *after, const char *what)
{
	bool ok = !run(k, TEMPLATE_CREATION, who, NULL);

	say(k, ok, what);
	if (!ok)
		show_said(k);
	look(k, after);
	if (ok && k->verbose) {
		printf("# it makes:\n");
		snapshot_show(before, after, 1000);
	}
	return ok;
}

/** counters() - of a tunnel that is there they can be read, of another they cannot */
static void counters(struct kit *k)
{
	char text[512];
	struct buf output = BUF_ON(text);
	struct traffic traffic;
	bool ok = !run(k, TEMPLATE_INFO, KIT_ROUTER, &output);

	traffic_parse(text, &traffic);
	say(k, ok && traffic.known[TRAFFIC_RX_BYTES] && traffic.known[TRAFFIC_TX_BYTES],
	    "counters");
	if (!ok)
		show_said(k);
	else if (k->verbose || !traffic.known[TRAFFIC_RX_BYTES] ||
		 !traffic.known[TRAFFIC_TX_BYTES])
		printf("# it says: %.*s\n", (int)strcspn(text, "\n"), text);
}

static void no_counters(struct kit *k)
{
	char text[512];
	struct buf output = BUF_ON(text);

	if (snapshot_same(&k->before, &k->built))
		printf("ok %u - no counters without a tunnel # SKIP it builds nothing\n",
		       ++k->number);
	else
		say(k, run(k, TEMPLATE_INFO, KIT_ROUTER, &output) != 0,
		    "no counters without a tunnel");
}

/** straight_over() - the same without the teardown between: not asked for, but said */
static void straight_over(struct kit *k, unsigned from, unsigned to,
			  const struct snapshot *wanted)
{
	struct snapshot found;
	int failed = run(k, TEMPLATE_CREATION, from, NULL) ||
		     run(k, TEMPLATE_CREATION, to, NULL);

	look(k, &found);
	if (failed || !snapshot_same(wanted, &found)) {
		printf("# straight over the other, without its teardown, it %s:\n",
		       failed ? "fails" : "differs");
		snapshot_show(wanted, &found, LINES_SHOWN / 4);
	}
	snapshot_free(&found);
	run(k, TEMPLATE_TEARDOWN, from, NULL);
}

/**
 * change() - from one tunnel to another of the same lease, as if it were the first
 *
 * The broker takes the old one down, with the variables of the old one, before it builds
 * the new one (broker/replace.c).
 */
static void change(struct kit *k, unsigned from, unsigned to, const char *what)
{
	struct snapshot wanted;
	int failed = run(k, TEMPLATE_CREATION, to, NULL);

	look(k, &wanted);
	failed = failed || run(k, TEMPLATE_TEARDOWN, to, NULL) ||
		 run(k, TEMPLATE_CREATION, from, NULL) ||
		 run(k, TEMPLATE_TEARDOWN, from, NULL) ||
		 run(k, TEMPLATE_CREATION, to, NULL);
	judge(k, failed, &wanted, what);
	run(k, TEMPLATE_TEARDOWN, to, NULL);
	straight_over(k, from, to, &wanted);
	snapshot_free(&wanted);
	step(k, TEMPLATE_TEARDOWN, to, &k->before, "and its teardown");
}

/** shell() - a command of ours, with $PATH of ours; 0 when it succeeded */
static int shell(const char *command)
{
	return system(command); /* NOLINT(cert-env33-c) */
}

/** in_the_way() - a device that is not the template's has the name of the interface */
static void in_the_way(struct kit *k)
{
	const char *name = k->tunnels[KIT_ROUTER].interface;
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
	look(k, &wanted);
	/* This may fail, or do without the name */
	run(k, TEMPLATE_CREATION, KIT_ROUTER, NULL);
	judge(k, run(k, TEMPLATE_TEARDOWN, KIT_ROUTER, NULL), &wanted,
	      "somebody else's device of that name is left alone");
	snapshot_free(&wanted);
	snprintf(command, sizeof(command), "ip link del %s 2>/dev/null", name);
	shell(command); /* it may be gone, and that was reported */
}

/** crowd() - the same for several tunnels, at once or one after the other; 0 or -1 */
static int crowd(struct kit *k, enum template_operation operation, bool at_once)
{
	static struct template_run runs[KIT_AT_ONCE];
	int started[KIT_AT_ONCE], failed = 0, i, real = keep_said(k);

	for (i = 0; i < KIT_AT_ONCE; i++) {
		started[i] = !template_start(&runs[i], &k->config, operation,
					     &k->tunnels[KIT_CROWD + i], NULL);
		if (started[i] && !at_once)
			failed |= template_finish(&runs[i]);
		failed |= !started[i];
	}
	for (i = 0; at_once && i < KIT_AT_ONCE; i++) {
		if (started[i])
			failed |= template_finish(&runs[i]);
	}
	end_said(real);
	return failed ? -1 : 0;
}

static void several(struct kit *k)
{
	struct snapshot wanted;
	int failed = crowd(k, TEMPLATE_CREATION, false);

	look(k, &wanted);
	failed = failed || crowd(k, TEMPLATE_TEARDOWN, false);
	failed = failed || crowd(k, TEMPLATE_CREATION, true);
	judge(k, failed, &wanted, "several creations at once");
	snapshot_free(&wanted);
	judge(k, crowd(k, TEMPLATE_TEARDOWN, true), &k->before, "and teardowns");
}

/** batch() - the crowd's tunnels by one run of the template; 0 or -1 */
static int batch(struct kit *k)
{
	FILE *lines = fdopen(memfd_create("batch", MFD_CLOEXEC), "w");
	int i, failed, real;

	if (!lines)
		exit(CTL_ERROR);
	for (i = 0; i < KIT_AT_ONCE; i++)
		template_batch_line(&k->tunnels[KIT_CROWD + i], lines);
	real = keep_said(k);
	failed = template_batch(&k->config, lines, KIT_AT_ONCE);
	end_said(real);
	fclose(lines);
	return failed;
}

/** by_one_run() - a template that creates many in one run makes just the same */
static void by_one_run(struct kit *k)
{
	struct snapshot wanted;
	int failed;

	if (!modes_batch_declared(k->config.template))
		return;
	failed = crowd(k, TEMPLATE_CREATION, false);
	look(k, &wanted);
	failed = failed || crowd(k, TEMPLATE_TEARDOWN, false) || batch(k);
	judge(k, failed, &wanted, "several creations by one run");
	judge(k, batch(k), &wanted, "and again");
	/* with one of them missing, as after a run that failed half way */
	run(k, TEMPLATE_TEARDOWN, KIT_CROWD + 1, NULL);
	judge(k, batch(k), &wanted, "and with one of them missing");
	snapshot_free(&wanted);
	judge(k, crowd(k, TEMPLATE_TEARDOWN, true), &k->before, "and their teardowns");
}

/** last() - the last tunnel goes; what stays then is no fault, but worth knowing */
static void last(struct kit *k)
{
	struct snapshot found;

	if (!say(k, !run(k, TEMPLATE_TEARDOWN, KIT_OTHER, NULL),
		 "teardown of the last tunnel"))
		show_said(k);
	look(k, &found);
	if (!snapshot_same(&k->empty, &found)) {
		printf("# without tunnels this stays:\n");
		snapshot_show(&k->empty, &found, LINES_SHOWN);
	}
	snapshot_free(&found);
}

/** tests() - all of them, in their order; false: there was no going on */
static bool tests(struct kit *k)
{
	look(k, &k->empty);
	if (!first(k, KIT_OTHER, &k->empty, &k->before,
		   "creation, for a client that stays meanwhile") ||
	    !first(k, KIT_ROUTER, &k->before, &k->built, "creation, for a router"))
		return false;
	step(k, TEMPLATE_CREATION, KIT_ROUTER, &k->built, "creation again");
	counters(k);
	step(k, TEMPLATE_TEARDOWN, KIT_ROUTER, &k->before, "teardown");
	step(k, TEMPLATE_TEARDOWN, KIT_ROUTER, &k->before, "teardown again");
	no_counters(k);
	change(k, KIT_ROUTER, KIT_MOVED, "a change to another endpoint");
	change(k, KIT_ROUTER, KIT_HOST, "a change to no prefix");
	change(k, KIT_HOST, KIT_ROUTER, "a change to a prefix");
	change(k, KIT_ANONYMOUS, KIT_ANONYMOUS, "creation, for an anonymous client");
	in_the_way(k);
	several(k);
	by_one_run(k);
	last(k);
	return true;
}

/**
 * kit_run() - do all tests with one set of tunnels, and print the report
 * @k:		Kit
 *
 * Return: 0; -1 when there was no going on
 */
int kit_run(struct kit *k)
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
