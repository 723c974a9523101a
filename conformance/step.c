/* SPDX-License-Identifier: MIT */
/* step.c - runs of a template under test, and what the report says of each */
#include "conformance/step.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "ctl/ctl.h"

#define QUIET_MS       10 /* the kernel makes and removes some things a moment later, ... */
#define SETTLE_SECONDS 1 /* ... or several */

/**
 * step_say() - a line of the report
 * @k:		Kit
 * @ok:		How the test went
 * @what:	What it is called
 *
 * Return: @ok
 */
bool step_say(struct suite *k, bool ok, const char *what)
{
	printf("%sok %u - %s\n", ok ? "" : "not ", ++k->number, what);
	k->failed += !ok;
	return ok;
}

/**
 * step_keep_said() - standard error, and so our log, goes into a file of the kit's from now on
 *
 * Return: the real one, for step_end_said()
 */
int step_keep_said(struct suite *k)
{
	int real = dup(STDERR_FILENO);

	fflush(stdout);
	if (ftruncate(k->said, 0) || lseek(k->said, 0, SEEK_SET) ||
	    dup2(k->said, STDERR_FILENO) < 0)
		exit(CTL_ERROR);
	return real;
}

/** step_end_said() - and no longer; @real is what step_keep_said() has returned */
void step_end_said(int real)
{
	dup2(real, STDERR_FILENO);
	close(real);
}

/** step_show_said() - what the log had to say of a failure, without its own prefixes */
void step_show_said(struct suite *k)
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

/**
 * step_run() - run the template once
 * @k:		Kit
 * @operation:	What to do
 * @who:	With which of its tunnels
 * @output:	What it prints; NULL: it is said when it fails
 *
 * Return: 0, or -1: step_show_said() says why
 */
int step_run(struct suite *k, enum template_operation operation, unsigned who,
	     struct buf *output)
{
	int real = step_keep_said(k);
	int failed = template_run(&k->config, operation, &k->tunnels[who], output);

	step_end_said(real);
	return failed;
}

/**
 * step_look() - what there is when all is quiet
 * @k:		Kit
 * @out:	Result, for snapshot_free(); without one there is no going on, and this exits
 */
void step_look(const struct suite *k, struct snapshot *out)
{
	usleep(QUIET_MS * 1000);
	if (snapshot_take(out, k->world.directories, k->world.count))
		exit(CTL_ERROR);
}

/** settles() - there is what should be, now or soon; @found is the last look */
static bool settles(const struct suite *k, const struct snapshot *wanted,
		    struct snapshot *found)
{
	time_t end = time(NULL) + SETTLE_SECONDS + 1;

	for (;;) {
		step_look(k, found);
		if (snapshot_same(wanted, found))
			return true;
		if (time(NULL) >= end)
			return false;
		snapshot_free(found);
	}
}

/**
 * step_judge() - a run is over: it has to have succeeded, and to have left what is wanted
 * @k:		Kit
 * @failed:	It has not
 * @wanted:	What should be there
 * @what:	What the test is called
 */
void step_judge(struct suite *k, int failed, const struct snapshot *wanted,
		const char *what)
{
	struct snapshot found;
	bool same = settles(k, wanted, &found);

	step_say(k, !failed && same, what);
	if (failed)
		step_show_said(k);
	if (!same) {
		printf("# there is more (+) or less (-) than should be:\n");
		snapshot_show(wanted, &found, STEP_LINES_SHOWN);
	}
	if (!same && wanted == &k->before) { /* said once, that is enough */
		snapshot_free(&k->before);
		k->before = found;
	} else {
		snapshot_free(&found);
	}
}

/** step_check() - step_run(), and step_judge() of it */
void step_check(struct suite *k, enum template_operation operation, unsigned who,
		const struct snapshot *wanted, const char *what)
{
	step_judge(k, step_run(k, operation, who, NULL), wanted, what);
}
