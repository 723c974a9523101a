// SPDX-License-Identifier: MIT
/*
 * faults.c - every system call fails once, in every way, or is the last
 *
 * usage: faults [-l] [-s COUNT] [-t NAME] [-c ROLE:N] [-j JUMP.so] [-v] HANDLER [TSPCTL]
 *
 *   -l		only print the names of what would be tried
 *   -s COUNT	a sample: about COUNT faults of each story and command, evenly spread
 *   -t NAME	only this one
 *   -c ROLE:N	only the N-th call of main, session or script
 *   -j JUMP.so	what sets the clock (preload/jump.c)
 *   -v		say each fault that led to something else than success
 *
 * Prints a table: what was disturbed how, how many times, what those heard who had asked,
 * and what was lost; each loss with its fault on standard error. Exit status 1 when there
 * is one.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "tests/faults/subcommand.h"
#include "tests/faults/story.h"

static const int errors[] = {ENOSPC, EIO, EINTR, EMFILE, ENOMEM, EROFS, EAGAIN};

#define DAY   86400 /* leases of the lab last three */
#define JUMPS 12    /* no story reads the clock more often */

#define ERRORS (sizeof(errors) / sizeof(errors[0]))

/** struct campaign - all faults of a story */
struct campaign {
	struct lab *lab;
	const char *name;
	const struct story *story; /* one of the two */
	const struct subcommand *command;
	struct run plain;     /* the story without a fault */
	struct run *run;      /* the one under way */
	unsigned from[ROLES]; /* first call that is new in this story */
	unsigned long step, counter;
	const char *only; /* ROLE:N */
	bool verbose, list;
	unsigned tally[FAULT_KINDS][VERDICTS];
};

/* The client library, and the files' own checks, talk on standard error about every fault
 * that is injected; what is found goes here. */
static FILE *findings;

static const char *const kind_names[] = {
	[FAULT_NONE] = "none",         [FAULT_ERROR] = "error",
	[FAULT_KILL] = "SIGKILL",      [FAULT_KILL_ALL] = "SIGKILL to all",
	[FAULT_SHORT] = "short write", [FAULT_TEAR] = "torn line",
	[FAULT_JUMP] = "clock",
};

/** describe() - a fault and what came of it */
static void describe(const struct campaign *c, const struct fault *f,
		     const struct result *r)
{
	static const char *const verdicts[] = {"served", "refused", "nothing", "LOST"};

	fprintf(findings, "%s: %s: ", verdicts[r->verdict], c->name);
	if (f->kind == FAULT_JUMP)
		fprintf(findings, "clock set by %d s when read for the %uth time",
			f->seconds, f->call);
	else
		fprintf(findings, "%s call %u (number %ld) ", role_name(f->role), f->call,
			c->run->seen[f->role][f->call - 1].number);
	if (f->kind == FAULT_ERROR)
		fprintf(findings, "fails: %s", strerrorname_np(f->error));
	else if (f->kind != FAULT_JUMP)
		fprintf(findings, "%s", kind_names[f->kind]);
	if (f->bytes)
		fprintf(findings, " after %zu bytes", f->bytes);
	fprintf(findings, "%s%s\n", r->why ? ": " : "", r->why ? r->why : "");
	if (r->why)
		fputs(lab_log(c->lab), findings);
}

static void once(struct campaign *c, const struct fault *fault, struct result *result)
{
	if (c->story)
		story_run(c->lab, c->story, fault, c->run, result);
	else
		subcommand_run(c->lab, c->command, fault, c->run, result);
}

/** try() - one fault, unless the sample leaves it out */
static void try(struct campaign *c, const struct fault *fault)
{
	struct result result;
	char name[32];

	snprintf(name, sizeof(name), "%s:%u", role_name(fault->role), fault->call);
	if (c->counter++ % c->step || (c->only && strcmp(c->only, name) != 0))
		return;
	once(c, fault, &result);
	if (!c->run->struck && result.verdict != VERDICT_LOST)
		return; /* this time it made fewer calls */
	c->tally[fault->kind][result.verdict]++;
	if (result.verdict == VERDICT_LOST ||
	    (c->verbose && result.verdict != VERDICT_SERVED))
		describe(c, fault, &result);
}

/** try_call() - everything that can happen to one call */
static void try_call(struct campaign *c, enum role role, unsigned call)
{
	struct fault fault = {.role = role, .call = call};
	size_t i;

	fault.kind = FAULT_ERROR;
	for (i = 0; i < ERRORS; i++) {
		fault.error = errors[i];
		if (call_can_fail(&c->plain.seen[role][call - 1], errors[i]))
			try(c, &fault);
	}
	fault.kind = FAULT_KILL;
	try(c, &fault);
	fault.kind = FAULT_KILL_ALL;
	if (role == ROLE_MAIN)
		try(c, &fault);
}

/** try_write() - a lease's line is written in part, to every length */
static void try_write(struct campaign *c, unsigned call)
{
	struct fault fault = {.kind = FAULT_SHORT, .call = call};

	fault.bytes = LEASE_LINE_LEN / 2;
	try(c, &fault);
	fault.kind = FAULT_TEAR;
	for (fault.bytes = 1; fault.bytes < LEASE_LINE_LEN; fault.bytes++)
		try(c, &fault);
}

static unsigned calls_of(const struct run *run, enum role role)
{
	return run->calls[role] < CALLS_MAX ? run->calls[role] : CALLS_MAX;
}

static bool is_lease_line(const struct run *run, unsigned call)
{
	return run->seen[ROLE_MAIN][call - 1].number == SYS_pwrite64 &&
	       run->seen[ROLE_MAIN][call - 1].size == LEASE_LINE_LEN;
}

/** try_jumps() - the clock is a day wrong from some moment on */
static void try_jumps(struct campaign *c)
{
	struct fault fault = {.kind = FAULT_JUMP};

	for (fault.call = 1; fault.call <= JUMPS; fault.call++) {
		fault.seconds = DAY;
		try(c, &fault);
		fault.seconds = -DAY;
		try(c, &fault);
	}
}

/** try_all() - every fault of the story */
static void try_all(struct campaign *c)
{
	unsigned call;
	int role;

	c->counter = 0;
	for (role = 0; role < ROLES; role++) {
		for (call = c->from[role]; call <= calls_of(&c->plain, (enum role)role);
		     call++)
			try_call(c, (enum role)role, call);
	}
	for (call = 1; call <= calls_of(&c->plain, ROLE_MAIN); call++) {
		if (is_lease_line(&c->plain, call))
			try_write(c, call);
	}
	if (c->lab->jump)
		try_jumps(c);
}

/** first_of() - number of the main process's first call of this kind */
static unsigned first_of(const struct run *run, long number)
{
	unsigned call = 1;

	while (call < calls_of(run, ROLE_MAIN) &&
	       run->seen[ROLE_MAIN][call - 1].number != number)
		call++;
	return call;
}

/**
 * choose_range() - which calls to try
 *
 * Not those of the dynamic loader, which ends by unmapping its cache: it says so and exits,
 * or crashes, as it likes. What the first story tried before its fork need not be tried
 * again; the story as root is there for that alone.
 */
static void choose_range(struct campaign *c)
{
	unsigned fork_call = first_of(&c->plain, SYS_clone);

	c->from[ROLE_SESSION] = c->from[ROLE_SCRIPT] = 1;
	c->from[ROLE_MAIN] = first_of(&c->plain, SYS_munmap) + 1;
	if (!c->story || c->story == &stories[0])
		return;
	if (!c->story->as_root) {
		c->from[ROLE_MAIN] = fork_call;
		return;
	}
	c->plain.calls[ROLE_MAIN] = fork_call;
	c->plain.calls[ROLE_SESSION] = c->plain.calls[ROLE_SCRIPT] = 0;
}

/** count_faults() - the number of faults, counted without trying any */
static unsigned long count_faults(struct campaign *c)
{
	c->step = (unsigned long)-1;
	c->counter = 1;
	for (int role = 0; role < ROLES; role++) {
		c->counter += (calls_of(&c->plain, (enum role)role) + 1 - c->from[role]) *
			      (ERRORS + 1 + (role == ROLE_MAIN));
	}
	for (unsigned call = 1; call <= calls_of(&c->plain, ROLE_MAIN); call++)
		c->counter += is_lease_line(&c->plain, call) ? LEASE_LINE_LEN : 0;
	return c->counter + (c->lab->jump ? 2 * JUMPS : 0);
}

/** print() - the story's lines of the table; how many were lost */
static unsigned print(const struct campaign *c)
{
	unsigned lost = 0, sum;
	int kind, v;

	for (kind = FAULT_ERROR; kind < FAULT_KINDS; kind++) {
		for (sum = 0, v = 0; v < VERDICTS; v++)
			sum += c->tally[kind][v];
		if (!sum)
			continue;
		printf("%-12s %-15s %6u %7u %8u %8u %5u\n", c->name, kind_names[kind],
		       sum, c->tally[kind][VERDICT_SERVED],
		       c->tally[kind][VERDICT_REFUSED], c->tally[kind][VERDICT_NOTHING],
		       c->tally[kind][VERDICT_LOST]);
		lost += c->tally[kind][VERDICT_LOST];
	}
	fflush(stdout);
	return lost;
}

/** wage() - a story or a command with all its faults; how much was lost */
static unsigned wage(struct campaign *c, const char *name, enum before before,
		     unsigned long sample)
{
	static const struct fault none = {.kind = FAULT_NONE};
	struct result result;
	unsigned long count;

	memset(c->tally, 0, sizeof(c->tally));
	c->name = name;
	lab_prepare(c->lab, before);
	once(c, &none, &result);
	if (result.verdict != VERDICT_SERVED) {
		fprintf(findings, "%s: fails without any fault: %s\n%s", c->name,
			result.why ? result.why : "", lab_log(c->lab));
		return 1;
	}
	c->plain = *c->run;
	choose_range(c);
	count = count_faults(c);
	c->step = sample && count > sample ? count / sample : 1;
	try_all(c);
	return print(c);
}

/** wage_all() - stories and commands, or only the one of that name; how much was lost */
static unsigned wage_all(struct campaign *c, const char *only, unsigned long sample)
{
	unsigned lost = 0;
	size_t i;

	for (i = 0; i < story_count; i++) {
		c->story = &stories[i];
		if ((!only || !strcmp(only, c->story->name)) &&
		    (!c->story->as_root || geteuid() == 0))
			lost += wage(c, c->story->name, c->story->before, sample);
	}
	c->story = NULL;
	for (i = 0; i < command_count && c->lab->tspctl; i++) {
		c->command = &commands[i];
		if (!only || !strcmp(only, c->command->name))
			lost += wage(c, c->command->name, c->command->before, sample);
	}
	return lost;
}

/** list() - the names of all stories and commands that would be tried */
static void list(const struct campaign *c)
{
	size_t i;

	for (i = 0; i < story_count; i++) {
		if (!stories[i].as_root || geteuid() == 0)
			puts(stories[i].name);
	}
	for (i = 0; i < command_count && c->lab->tspctl; i++)
		puts(commands[i].name);
}

static int usage(void)
{
	fputs("usage: faults [-l] [-s COUNT] [-t NAME] [-c ROLE:N] [-j JUMP.so] [-v] "
	      "HANDLER [TSPCTL]\n",
	      stderr);
	return 100;
}

/** parse() - the command line; 0, or -1 */
static int parse(int argc, char **argv, struct campaign *c, const char **only,
		 unsigned long *sample)
{
	int option;

	while ((option = getopt(argc, argv, "c:j:ls:t:v")) != -1) {
		if (option == 's')
			*sample = strtoul(optarg, NULL, 10);
		else if (option == 't')
			*only = optarg;
		else if (option == 'l')
			c->list = true;
		else if (option == 'c')
			c->only = optarg;
		else if (option == 'j')
			c->lab->jump = optarg;
		else if (option == 'v')
			c->verbose = true;
		else
			return -1;
	}
	if (optind + 1 != argc && optind + 2 != argc)
		return -1;
	c->lab->handler = argv[optind];
	c->lab->tspctl = argv[optind + 1];
	return 0;
}

int main(int argc, char **argv)
{
	static struct campaign c;
	static struct lab lab;
	const char *only = NULL;
	unsigned long sample = 0;
	unsigned lost;

	if (lab_open(&lab))
		return 111;
	c.lab = &lab;
	if (parse(argc, argv, &c, &only, &sample)) {
		lab_close(&lab);
		return usage();
	}
	if (c.list) {
		list(&c);
		lab_close(&lab);
		return 0;
	}
	findings = fdopen(dup(STDERR_FILENO), "w");
	if (!findings || !freopen("/dev/null", "w", stderr))
		return 111;
	setlinebuf(findings);
	c.run = mmap(NULL, sizeof(*c.run), PROT_READ | PROT_WRITE,
		     MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	printf("%-12s %-15s %6s %7s %8s %8s %5s\n", "what", "fault", "tried", "served",
	       "refused", "nothing", "lost");
	lost = wage_all(&c, only, sample);
	lab_close(&lab);
	return lost ? 1 : 0;
}
