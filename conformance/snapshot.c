/* SPDX-License-Identifier: MIT */
/*
 * snapshot.c - all there is in a network namespace and in some directories, as lines
 *
 * Two snapshots are compared line by line, so a line says the same whenever the same thing
 * is there. What the kernel counts up or changes by itself is left out: interface numbers,
 * random hardware addresses and the link-local addresses made of them, carrier, timers,
 * traffic, and in which order things came.
 */
#include "conformance/snapshot.h"

#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "lib/log.h"
#include "lib/array.h"

#define LINE_LEN 4096
#define DEPTH    4 /* of an nftables ruleset: table, chain or set, elements */

/** struct source - a command whose lines say what there is */
struct source {
	const char *label;
	const char *command;
	bool numbered; /* each line begins with the interface's number */
	bool optional; /* a system without it has none of it */
};

/* tc shows classes and filters by device only; where there are none it is not asked */
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

/* Words that change by themselves or that nobody sets, with the values behind them */
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

/** add() - "LABEL TEXT" becomes a line; 0 or -1 */
static int add(struct snapshot *s, const char *label, const char *text)
{
	char **lines = array_room(s->lines, s->count, &s->room, sizeof(*lines));

	if (!lines)
		return -1;
	s->lines = lines;
	if (asprintf(&s->lines[s->count], "%s %s", label, text) < 0)
		return -1;
	s->count++;
	return 0;
}

/** values_of() - a word is left out, with so many behind it; -1: it stays */
static int values_of(const char *word)
{
	size_t len = strlen(word), i;

	for (i = 0; i < sizeof(left_out) / sizeof(left_out[0]); i++) {
		if (!strcmp(word, left_out[i].word))
			return (int)left_out[i].values;
	}
	if (len > 6 && !strcmp(word + len - 6, "_timer"))
		return 1;
	/* tc numbers what nobody gave a number from here on */
	return len > 4 && word[0] == '8' && word[4] == ':' ? 0 : -1;
}

/** erase() - take a flag out of "<UP,LOWER_UP>" */
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

/** steady() - a line of ip or tc without what changes by itself; false: all of it does */
static bool steady(char *line, bool numbered, char out[LINE_LEN])
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
		used += (size_t)snprintf(out + used, LINE_LEN - used, "%s%s",
					 used ? " " : "", word);
		if (used >= LINE_LEN)
			return true;
	}
	return used > 0;
}

/** struct ruleset - where we are in the output of "nft list ruleset" */
struct ruleset {
	struct snapshot *to;
	char path[DEPTH][64]; /* "table ip6 tsp", "set dropped" */
	size_t depth;
	bool elements;
};

/** add_rule() - a line of a table, with the names of what it is in */
static int add_rule(const struct ruleset *r, const char *text)
{
	char line[LINE_LEN];

	snprintf(line, sizeof(line), "%s%s%s: %s", r->path[0], r->depth > 1 ? " " : "",
		 r->depth > 1 ? r->path[1] : "", text);
	return add(r->to, "nft", line);
}

/** add_elements() - "A, B }": a line for each; their order means nothing */
static int add_elements(struct ruleset *r, char *text)
{
	char *end = strchr(text, '}'), *item;
	size_t len;

	r->elements = !end;
	if (end)
		*end = '\0';
	while ((item = strsep(&text, ","))) {
		item += strspn(item, " \t");
		for (len = strcspn(item, "\n"); len && item[len - 1] == ' '; len--)
			;
		item[len] = '\0';
		if (*item && add_rule(r, item))
			return -1;
	}
	return 0;
}

/** take_rule() - one line of "nft list ruleset"; 0 or -1 */
static int take_rule(struct ruleset *r, char *line)
{
	static const char elements[] = "elements = {";
	size_t len;

	line += strspn(line, " \t");
	len = strcspn(line, "\n");
	line[len] = '\0';
	if (r->elements)
		return add_elements(r, line);
	if (!strncmp(line, elements, sizeof(elements) - 1))
		return add_elements(r, line + sizeof(elements) - 1);
	if (!strcmp(line, "}")) {
		r->depth -= r->depth > 0;
		return 0;
	}
	if (len > 2 && line[len - 1] == '{' && r->depth < DEPTH) {
		snprintf(r->path[r->depth++], sizeof(r->path[0]), "%.*s", (int)len - 2,
			 line);
		return r->depth > 1 ? 0 : add(r->to, "nft", r->path[0]);
	}
	return *line ? add_rule(r, line) : 0;
}

/** all_sources() - one script of them all; "@N" in front of what source N says */
static void all_sources(char *out, size_t size)
{
	size_t used = 0, i;

	for (i = 0; i < SOURCES && used < size; i++)
		used += (size_t)snprintf(out + used, size - used, "echo @%zu; %s%s\n", i,
					 sources[i].command,
					 sources[i].optional ? "" : " || echo @failed");
}

/** take_line() - one line of a source; 0 or -1 */
static int take_line(struct snapshot *s, struct ruleset *r, const struct source *source,
		     char *line)
{
	char text[LINE_LEN];

	if (!strcmp(source->label, "nft"))
		return take_rule(r, line);
	return steady(line, source->numbered, text) ? add(s, source->label, text) : 0;
}

/** take_sources() - what the commands say; 0 or -1 */
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
			continue; /* to the end, so that nobody dies of a broken pipe */
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

static struct snapshot *file_snapshot; /* nftw() hands nothing through */

/** take_file() - for nftw(): not 0 ends it, and -1 would look like a directory not there */
static int take_file(const char *path, const struct stat *st, int type, struct FTW *at)
{
	(void)st;
	if (at->level == 0)
		return 0;
	return add(file_snapshot, type == FTW_D ? "directory" : "file", path) ? 1 : 0;
}

/** take_processes() - children of ours that a template has left behind; 0 or -1 */
static int take_processes(struct snapshot *s)
{
	char path[64], name[64], pid[16];
	FILE *f, *c;
	int failed = 0;

	while (waitpid(-1, NULL, WNOHANG) > 0)
		; /* those that have ended */
	snprintf(path, sizeof(path), "/proc/self/task/%d/children", (int)getpid());
	f = fopen(path, "re");
	while (f && !failed && fscanf(f, "%15s", pid) == 1) {
		snprintf(path, sizeof(path), "/proc/%s/comm", pid);
		c = fopen(path, "re");
		if (c && fscanf(c, "%63[^\n]", name) == 1)
			failed = add(s, "process", name);
		if (c)
			fclose(c);
	}
	if (f)
		fclose(f);
	return failed;
}

static int compare(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

/**
 * snapshot_take() - what there is now
 * @s:			Result, for snapshot_free()
 * @directories:	Whose content belongs to it
 * @count:		How many
 *
 * Return: 0; -1, logged
 */
int snapshot_take(struct snapshot *s, const char *const directories[], size_t count)
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
		log_msg(LOG_ERR, "cannot see what there is: %m");
		snapshot_free(s);
		return -1;
	}
	qsort(s->lines, s->count, sizeof(*s->lines), compare);
	return 0;
}

void snapshot_free(struct snapshot *s)
{
	while (s->count)
		free(s->lines[--s->count]);
	free(s->lines);
	*s = (struct snapshot){0};
}

bool snapshot_same(const struct snapshot *a, const struct snapshot *b)
{
	size_t i;

	if (a->count != b->count)
		return false;
	for (i = 0; i < a->count; i++) {
		if (strcmp(a->lines[i], b->lines[i]))
			return false;
	}
	return true;
}

/**
 * snapshot_show() - print what is in one of two snapshots only, a line each: "# + " or "# - "
 * @before:	Its own lines are printed with "-"
 * @after:	Its own lines are printed with "+"
 * @most:	Lines to print; what is more is only counted
 *
 * Return: how many lines differ
 */
size_t snapshot_show(const struct snapshot *before, const struct snapshot *after,
		     size_t most)
{
	size_t i = 0, j = 0, shown = 0;

	while (i < before->count || j < after->count) {
		int order = i == before->count ? 1
			    : j == after->count
				    ? -1
				    : strcmp(before->lines[i], after->lines[j]);

		if (order && shown++ < most)
			printf("#   %c %s\n", order < 0 ? '-' : '+',
			       order < 0 ? before->lines[i] : after->lines[j]);
		i += order <= 0;
		j += order >= 0;
	}
	if (shown > most)
		printf("#   ... and %zu more\n", shown - most);
	return shown;
}
