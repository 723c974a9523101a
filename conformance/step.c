/* SPDX-License-Identifier: MIT */
/* step.c - run the template under test, judge the outcome, report it */
#include "conformance/step.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "conformance/survey.h"
#include "tunnel/environment.h"
#include "tunnel/template_batch.h"

#define QUIET_MS       10 /* the kernel makes and removes some things a moment later, ... */
#define SETTLE_SECONDS 1 /* ... or several */

/**
 * step_say() - report a test
 * @s:		Suite
 * @ok:		The template has passed it
 * @name:	Name of the test
 *
 * Return: @ok
 */
bool step_say(const struct suite *s, bool ok, const char *name)
{
	if (!s->broken)
		s->report->test(s->report->context, ok, name, NULL);
	return ok;
}

/** step_skip() - report a test that was not done */
void step_skip(const struct suite *s, const char *name, const char *why)
{
	if (!s->broken)
		s->report->test(s->report->context, true, name, why);
}

/** step_note() - report a line that explains the last test */
void step_note(const struct suite *s, const char *format, ...)
{
	char line[1024];
	va_list args;

	va_start(args, format);
	vsnprintf(line, sizeof(line), format, args);
	va_end(args);
	if (!s->broken)
		s->report->note(s->report->context, line);
}

/** step_show_said() - report why the last run failed, line by line */
void step_show_said(const struct suite *s)
{
	const char *line = s->said.data;
	size_t len;

	for (; *line; line += len + (line[len] == '\n')) {
		len = strcspn(line, "\n");
		step_note(s, "  %.*s", (int)len, line);
		if (memmem(line, len, "Unknown device type", 19))
			step_note(s,
				  "  This kernel has no such devices, or root must load "
				  "the module.");
	}
}

/** show_line() - snapshot_reporter(): report a line that differs */
static void show_line(void *context, char sign, const char *line)
{
	const struct suite *s = context;

	step_note(s, "  %c %s", sign, line);
}

/** step_show_difference() - report up to @most lines that only one of two snapshots has */
void step_show_difference(const struct suite *s, const struct snapshot *before,
			  const struct snapshot *after, size_t most)
{
	size_t found = snapshot_compare(before, after, most, show_line, (void *)s);

	if (found > most)
		step_note(s, "  ... and %zu more", found - most);
}

/** keep_said() - add a fault and the last lines of the script's output to s->said */
static void keep_said(struct suite *s, enum template_operation operation,
		      const char *what, const struct script *script)
{
	const char *tail = buf_tail(script->text, TEMPLATE_TAIL_LINES);
	size_t len = (size_t)(script->text->data + script->text->len - tail);

	buf_printf(&s->said, "%s for %s %s\n", environment_operation(operation), what,
		   script->fault);
	buf_add(&s->said, tail, len);
	if (len && tail[len - 1] != '\n')
		buf_text(&s->said, "\n");
}

/** start() - start the template; -1, in s->said: it cannot be started */
static int start(struct suite *s, struct template_run *run,
		 enum template_operation operation, unsigned who, struct buf *output)
{
	if (!template_start(run, &s->config, operation, &s->tunnels[who], output))
		return 0;
	buf_printf(&s->said, "it cannot be started: %m\n");
	return -1;
}

/** finish() - wait for the end of a run; 0, or -1, in s->said: it failed */
static int finish(struct suite *s, struct template_run *run)
{
	script_wait_over(&run->script);
	if (!script_end(&run->script))
		return 0;
	keep_said(s, run->operation, run->tunnel->interface, &run->script);
	return -1;
}

/**
 * step_run() - run the template once
 * @s:		Suite
 * @operation:	Operation
 * @who:	Index of the tunnel
 * @output:	Result: what it prints; NULL: not wanted
 *
 * Return: 0; -1: it failed, step_show_said() reports why
 */
int step_run(struct suite *s, enum template_operation operation, unsigned who,
	     struct buf *output)
{
	struct template_run run;

	buf_clear(&s->said);
	return start(s, &run, operation, who, output) || finish(s, &run) ? -1 : 0;
}

/** step_crowd() - run the template for the crowd, at once or one by one; as step_run() */
int step_crowd(struct suite *s, enum template_operation operation, bool at_once)
{
	static struct template_run runs[SUITE_AT_ONCE];
	int started[SUITE_AT_ONCE], failed = 0, i;

	buf_clear(&s->said);
	for (i = 0; i < SUITE_AT_ONCE; i++) {
		started[i] = !start(s, &runs[i], operation, SUITE_CROWD + i, NULL);
		if (started[i] && !at_once)
			failed |= finish(s, &runs[i]);
		failed |= !started[i];
	}
	for (i = 0; at_once && i < SUITE_AT_ONCE; i++) {
		if (started[i])
			failed |= finish(s, &runs[i]);
	}
	return failed ? -1 : 0;
}

/** step_batch() - run the template once for the whole crowd; as step_run() */
int step_batch(struct suite *s, enum template_operation operation, struct buf *output)
{
	char space[TEMPLATE_TEXT];
	struct buf own = BUF_ON(space);
	struct script script;

	buf_clear(&s->said);
	if (template_batch_start(&script, &s->config, operation, &s->tunnels[SUITE_CROWD],
				 SUITE_AT_ONCE, output ? output : &own)) {
		buf_printf(&s->said, "it cannot be started: %m\n");
		return -1;
	}
	script_wait_over(&script);
	if (!script_end(&script))
		return 0;
	keep_said(s, operation, "many tunnels", &script);
	return -1;
}

/** look() - take a snapshot after a moment; empty, and the suite broken, if there can be none */
static void look(struct suite *s, struct snapshot *out)
{
	usleep(QUIET_MS * 1000);
	*out = (struct snapshot){0};
	if (!s->broken && survey_take(out, s->netspace.directories, s->netspace.count))
		s->broken = true;
}

/**
 * step_look() - take a snapshot when all is quiet: two in a row are the same
 * @s:		Suite; broken, if there can be no snapshot
 * @out:	Result, for snapshot_free(); empty if the suite is broken
 */
void step_look(struct suite *s, struct snapshot *out)
{
	time_t end = time(NULL) + SETTLE_SECONDS + 1;
	struct snapshot before;

	look(s, out);
	do {
		before = *out;
		look(s, out);
		if (s->broken || snapshot_same(&before, out))
			end = 0;
		snapshot_free(&before);
	} while (time(NULL) < end);
}

/** settles() - the state is as wanted, now or soon; @found is the last snapshot */
static bool settles(struct suite *s, const struct snapshot *wanted,
		    struct snapshot *found)
{
	time_t end = time(NULL) + SETTLE_SECONDS + 1;

	for (;;) {
		look(s, found);
		if (snapshot_same(wanted, found))
			return true;
		if (s->broken || time(NULL) >= end)
			return false;
		snapshot_free(found);
	}
}

/**
 * step_judge() - report a test: its runs must succeed and leave the wanted state
 * @s:		Suite
 * @failed:	A run has failed
 * @wanted:	State that must be there
 * @name:	Name of the test
 */
void step_judge(struct suite *s, int failed, const struct snapshot *wanted,
		const char *name)
{
	struct snapshot found;
	bool same = settles(s, wanted, &found);

	step_say(s, !failed && same, name);
	if (failed)
		step_show_said(s);
	if (!same) {
		step_note(s, "there is more (+) or less (-) than should be:");
		step_show_difference(s, wanted, &found, STEP_LINES_SHOWN);
	}
	if (!same && wanted == &s->before) { /* report each leftover once */
		snapshot_free(&s->before);
		s->before = found;
	} else {
		snapshot_free(&found);
	}
}

/** step_check() - step_run(), then step_judge() */
void step_check(struct suite *s, enum template_operation operation, unsigned who,
		const struct snapshot *wanted, const char *name)
{
	step_judge(s, step_run(s, operation, who, NULL), wanted, name);
}
