/* SPDX-License-Identifier: MIT */
/*
 * survey.c - take a snapshot of a network namespace and of directories
 *
 * Left out is what the kernel counts or changes by itself: interface numbers, random
 * hardware addresses and the link-local addresses made of them, carrier, timers, traffic,
 * and the order in which things were made.
 */
#include "conformance/survey.h"

#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "conformance/ruleset.h"
#include "lib/log.h"

#define LINE_LEN 4096

/** struct source - a command that lists a part of the state */
struct source {
	const char *label;
	const char *command;
	bool numbered; /* each line begins with the interface's number */
	bool optional; /* it may be missing or fail */
};

/* tc lists classes and filters by device; devices with default queues have none */
#define EACH_DEVICE                                                                      \
	"for d in $(tc qdisc show | sed -n '/ noqueue \\| pfifo_fast \\| fq_codel /!"    \
	"s/.* dev \\([^ ]*\\).*/\\1/p' | sort -u); do "

static const struct source sources[] = {
	{"link", "ip -o -d link show", .numbered = true},
	{"address", "ip -o address show", .numbered = true},
	{"IPv4 route", "ip -4 route show table all"},
	{"IPv6 route", "ip -6 route show table all"},
	{"IPv4 rule", "ip -4 rule show"},
	{"IPv6 rule", "ip -6 rule show"},
	{"tc", "tc qdisc show", .optional = true},
	{"tc",
	 EACH_DEVICE "tc class show dev $d | sed \"s/^/$d: /\"; "
		     "for p in root ingress egress; do tc filter show dev $d $p"
		     " 2>/dev/null | sed \"s/^/$d $p: /\"; done; done",
	 .optional = true},
	{"nft", "nft -s list ruleset 2>/dev/null", .optional = true},
};
#define SOURCES (sizeof(sources) / sizeof(sources[0]))

/* Words that the kernel changes or chooses, with the number of their values */
static const struct {
	const char *word;
	size_t values;
} left_out[] = {
	{"state", 1},        {"link/ether", 1},   {"brd", 1},
	{"permaddr", 1},     {"tentative", 0},    {"dadfailed", 0},
	{"linkdown", 0},     {"dead", 0},         {"fh", 1},
	{"promiscuity", 1},  {"allmulti", 1},     {"minmtu", 1},
	{"maxmtu", 1},       {"addrgenmode", 1},  {"numtxqueues", 1},
	{"numrxqueues", 1},  {"gso_max_size", 1}, {"gso_max_segs", 1},
	{"tso_max_size", 1}, {"tso_max_segs", 1}, {"gro_max_size", 1},
	{"police", 1},       {"index", 1},
};

/** values_of() - number of values to leave out behind a word; -1: the word stays */
static int values_of(const char *word)
{
	size_t len = strlen(word), i;

	for (i = 0; i < sizeof(left_out) / sizeof(left_out[0]); i++) {
		if (!strcmp(word, left_out[i].word))
			return (int)left_out[i].values;
	}
	if (len > 6 && !strcmp(word + len - 6, "_timer"))
		return 1;
	/* tc numbers queues that have no number from here on */
	return len > 4 && word[0] == '8' && word[4] == ':' ? 0 : -1;
}

/** erase() - remove a flag from "<UP,LOWER_UP>" */
static void erase(char *flags, const char *flag)
{
	char *at = strstr(flags, flag);
	size_t len = strlen(flag);

	if (!at)
		return;
	if (at[len] == ',')
		len++;
	else if (at[-1] == ',')
		at--, len++;
	memmove(at, at + len, strlen(at + len) + 1);
}

/**
 * survey_steady() - leave out of a line of ip or tc what changes by itself
 * @line:	Line; it is changed
 * @numbered:	It begins with the number of an interface
 * @out:	Result
 * @size:	Its size in bytes
 *
 * Return: false: nothing is left
 */
bool survey_steady(char *line, bool numbered, char *out, size_t size)
{
	char *rest = line, *word;
	int skip = numbered;
	size_t used = 0;

	out[0] = '\0';
	while ((word = strsep(&rest, " \t\n\\"))) {
		if (!*word)
			continue;
		if (skip) {
			skip--;
			continue;
		}
		if (!strncmp(word, "fe80:", 5) && !strstr(word, "::/"))
			return false;
		if (*word == '<') {
			erase(word, "NO-CARRIER");
			erase(word, "LOWER_UP");
		}
		skip = values_of(word);
		if (skip >= 0)
			continue;
		skip = 0;
		used += (size_t)snprintf(out + used, size - used, "%s%s", used ? " " : "",
					 word);
		if (used >= size)
			return true;
	}
	return used > 0;
}

/** all_sources() - one script of all commands; "@N" precedes the output of source N */
static void all_sources(char *out, size_t size)
{
	size_t used = 0, i;

	for (i = 0; i < SOURCES && used < size; i++)
		used += (size_t)snprintf(out + used, size - used, "echo @%zu; %s%s\n", i,
					 sources[i].command,
					 sources[i].optional ? "" : " || echo @failed");
}

/** take_line() - add one line of a source; 0 or -1 */
static int take_line(struct snapshot *s, struct ruleset *r, const struct source *source,
		     char *line)
{
	char text[LINE_LEN];

	if (!strcmp(source->label, "nft"))
		return ruleset_line(r, line);
	return survey_steady(line, source->numbered, text, sizeof(text))
		       ? snapshot_add(s, source->label, text)
		       : 0;
}

/** take_sources() - add the output of all commands; 0 or -1 */
static int take_sources(struct snapshot *s)
{
	char script[2048], line[LINE_LEN];
	struct ruleset r = {.to = s};
	size_t i = 0;
	int failed = 0;
	FILE *f;

	all_sources(script, sizeof(script));
	f = popen(script, "re"); /* NOLINT(cert-env33-c): $PATH is our own */
	if (!f)
		return -1;
	while (fgets(line, sizeof(line), f)) {
		if (failed)
			continue; /* read to the end: no command gets a broken pipe */
		if (!strncmp(line, "@failed", 7)) {
			log_msg(LOG_ERR, "failed: %s", sources[i].command);
			failed = -1;
		} else if (*line == '@') {
			i = strtoul(line + 1, NULL, 10);
		} else {
			failed = take_line(s, &r, &sources[i], line);
		}
	}
	pclose(f);
	return failed;
}

static struct snapshot *file_snapshot; /* nftw() takes no context */

/** take_file() - for nftw(): 1 ends it, as -1 would seem to be a missing directory */
static int take_file(const char *path, const struct stat *st, int type, struct FTW *at)
{
	(void)st;
	if (at->level == 0)
		return 0;
	return snapshot_add(file_snapshot, type == FTW_D ? "directory" : "file", path)
		       ? 1
		       : 0;
}

/** take_processes() - add processes that a template has left running; 0 or -1 */
static int take_processes(struct snapshot *s)
{
	char path[64], name[64], pid[16];
	FILE *f, *c;
	int failed = 0;

	while (waitpid(-1, NULL, WNOHANG) > 0)
		; /* collect those that have ended */
	snprintf(path, sizeof(path), "/proc/self/task/%d/children", (int)getpid());
	f = fopen(path, "re");
	while (f && !failed && fscanf(f, "%15s", pid) == 1) {
		snprintf(path, sizeof(path), "/proc/%s/comm", pid);
		c = fopen(path, "re");
		if (c && fscanf(c, "%63[^\n]", name) == 1)
			failed = snapshot_add(s, "process", name);
		if (c)
			fclose(c);
	}
	if (f)
		fclose(f);
	return failed;
}

/**
 * survey_take() - take a snapshot
 * @s:			Result, for snapshot_free()
 * @directories:	Directories whose content belongs to it
 * @count:		Number of directories
 *
 * Return: 0; -1, logged
 */
int survey_take(struct snapshot *s, const char *const directories[], size_t count)
{
	int failed;
	size_t i;

	*s = (struct snapshot){0};
	failed = take_sources(s);
	file_snapshot = s;
	for (i = 0; !failed && i < count; i++)
		failed = nftw(directories[i], take_file, 16, FTW_PHYS | FTW_MOUNT) > 0;
	if (!failed)
		failed = take_processes(s);
	if (failed) {
		log_msg(LOG_ERR, "the state of the network cannot be read: %m");
		snapshot_free(s);
		return -1;
	}
	snapshot_sort(s);
	return 0;
}
