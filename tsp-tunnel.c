/* SPDX-License-Identifier: MIT */
/*
 * tsp-tunnel.c - tunnels of the data path, for templates: fast.sh calls it
 *
 * It writes entries of the maps that tsp-datapath has pinned, and needs no capability for
 * that: the mode of their files decides. A tunnel comes in the variables of
 * tsp-template(7), many tunnels as lines on standard input.
 */
#include <errno.h>
#include <getopt.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "datapath/datapath.h"
#include "datapath/entry.h"
#include "datapath/entry_list.h"
#include "lib/exit.h"
#include "lib/log.h"

#define DEVICE "tsp0" /* as [server] device of tsp.conf(5) */

/** enum format - how a missing tunnel is reported */
enum format { ALONE, IN_A_BATCH };

static void say_usage(FILE *to)
{
	fputs("usage: tsp-tunnel [-d DEVICE] add | del | info | list [--traffic]\n"
	      "       tsp-tunnel [-d DEVICE] batch [add | del | info] <LINES\n"
	      "\n"
	      "The tunnel is in the environment, see tsp-tunnel(8).\n",
	      to);
}

/** show() - print counters on one line; -1 if the tunnel does not exist */
static int show(struct entries *e, const struct request *r, enum format format)
{
	struct entry_counters c;

	if (entry_read(e, r, &c)) {
		if (errno != ENOENT)
			return -1;
		if (format == IN_A_BATCH)
			return puts("-") < 0 ? -1 : 0;
		log_msg(LOG_ERR, "lease %u: no such tunnel", r->lease);
		return -1;
	}
	return entry_list_counters(&c, stdout);
}

/** apply() - one operation on one tunnel; -1, logged */
static int apply(struct entries *e, const char *what, const struct request *r,
		 enum format format)
{
	if (!strcmp(what, "add"))
		return entry_add(e, r);
	if (!strcmp(what, "del"))
		return entry_delete(e, r);
	return show(e, r, format);
}

/** apply_lines() - the operation on each line of standard input; ends at the first error */
static int apply_lines(struct entries *e, const char *what)
{
	struct request r;
	size_t room = 0;
	char *line = NULL;
	ssize_t len;
	int result = 0;

	while (!result && (len = getline(&line, &room, stdin)) >= 0) {
		if (len && line[len - 1] == '\n')
			line[--len] = '\0';
		result = variables_line(line, &r) || apply(e, what, &r, IN_A_BATCH) ? -1
										    : 0;
	}
	free(line);
	if (!result && ferror(stdin)) {
		log_msg(LOG_ERR, "standard input: %m");
		return -1;
	}
	return result;
}

/** is_operation() - one of those for a single tunnel */
static bool is_operation(const char *word)
{
	return !strcmp(word, "add") || !strcmp(word, "del") || !strcmp(word, "info");
}

/** is_list() - the words are "list", or "list --traffic" */
static bool is_list(int argc, char **argv)
{
	return argc && argc <= 2 && !strcmp(argv[0], "list") &&
	       (argc == 1 || !strcmp(argv[1], "--traffic"));
}

/** list() - a line for each tunnel; an exit status, what failed is logged */
static int list(const char *device, bool traffic)
{
	struct entries entries;
	int result;

	if (entries_open(&entries, device))
		return EXIT_RUN_TIME;
	result = entry_list(&entries, traffic, stdout);
	entries_close(&entries);
	return result || fflush(stdout) ? EXIT_RUN_TIME : EXIT_SERVED;
}

/** run() - open the maps, do it, close them; an exit status, what failed is logged */
static int run(const char *device, const char *what, bool batch)
{
	struct entries entries;
	struct request r;
	int result, saved;

	if (!batch && variables_environment(&r))
		return EXIT_RUN_TIME;
	if (entries_open(&entries, device))
		return EXIT_RUN_TIME;
	if (batch)
		entries.users_seen.ahead = entries.anon_seen.ahead = SEEN_BLOCK;
	result = batch ? apply_lines(&entries, what) : apply(&entries, what, &r, ALONE);
	saved = errno;
	entries_close(&entries);
	if (result)
		return saved == ENOENT ? DATAPATH_NO : EXIT_RUN_TIME;
	return fflush(stdout) || ferror(stdout) ? EXIT_RUN_TIME : EXIT_SERVED;
}

int main(int argc, char **argv)
{
	const char *device = getenv("TSP_DEVICE"), *what;
	bool batch;
	int c;

	log_open_tool("tsp-tunnel");
	if (!device || !*device)
		device = DEVICE;
	opterr = 0;
	while ((c = getopt(argc, argv, "+d:hV")) != -1) {
		if (c == 'V' || c == 'h') {
			if (c == 'h')
				say_usage(stdout);
			else
				puts("tsp-tunnel " TSP_VERSION);
			return fflush(stdout) ? EXIT_RUN_TIME : EXIT_SERVED;
		}
		if (c != 'd') {
			say_usage(stderr);
			return EXIT_USAGE;
		}
		device = optarg;
	}
	argv += optind;
	if (is_list(argc - optind, argv))
		return list(device, argv[1] != NULL);
	batch = argv[0] && !strcmp(argv[0], "batch");
	what = !batch ? argv[0] : argv[1] ? argv[1] : "add";
	if (!what || !is_operation(what) || argc - optind > 1 + batch) {
		say_usage(stderr);
		return EXIT_USAGE;
	}
	return run(device, what, batch);
}
