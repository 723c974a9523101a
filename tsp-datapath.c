/* SPDX-License-Identifier: MIT */
/*
 * tsp-datapath.c - load and attach the programs that carry tunnels' packets
 *
 * Run by root, once for each boot and again when an uplink appears. It exits: the kernel
 * keeps programs and maps, and tsp-tunnel(8) writes tunnels without privileges. When a
 * device changes, systemd runs it to look whether routes have to be set again.
 */
#include <errno.h>
#include <getopt.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "datapath/blocklist.h"
#include "datapath/datapath.h"
#include "lib/exit.h"
#include "lib/log.h"

/** enum operation - the subcommands */
enum operation { START, STOP, STATUS, MEND, MOUNT, BLOCK, UNBLOCK, OPERATIONS };

static const char *const names[OPERATIONS] = {
	[START] = "start", [STOP] = "stop",   [STATUS] = "status",  [MEND] = "mend",
	[MOUNT] = "mount", [BLOCK] = "block", [UNBLOCK] = "unblock"};

static void say_usage(FILE *to)
{
	fputs("usage: tsp-datapath [-c FILE] start [--if-moved] | stop "
	      "[--keep-tunnels]\n"
	      "       tsp-datapath [-c FILE] mend | mount\n"
	      "       tsp-datapath [-c FILE] status [--faults]\n"
	      "       tsp-datapath [-c FILE] block [ADDRESS[/LEN]] | unblock "
	      "ADDRESS[/LEN]\n",
	      to);
}

/** load() - the configuration; 0, or an exit status, reported */
static int load(const char *option, struct config *config)
{
	const char *path = config_path(option);

	if (!config_load(path, config))
		return 0;
	if (errno == EACCES)
		log_msg(LOG_ERR, "%s: no right to read it: be root or in its group",
			path);
	return errno == EACCES ? EXIT_RUN_TIME : EXIT_USAGE;
}

/** find() - the subcommand with this name; OPERATIONS if unknown */
static enum operation find(const char *word)
{
	enum operation o;

	for (o = START; o < OPERATIONS; o++) {
		if (!strcmp(names[o], word))
			break;
	}
	return o;
}

/** operands() - check the operands of a subcommand */
static bool operands(enum operation what, int argc, char **argv)
{
	if (what == START && argc == 2)
		return !strcmp(argv[1], "--if-moved");
	if (what == STOP && argc == 2)
		return !strcmp(argv[1], "--keep-tunnels");
	if (what == STATUS && argc == 2)
		return !strcmp(argv[1], "--faults");
	if (what == BLOCK || what == UNBLOCK)
		return argc == 2 || (what == BLOCK && argc == 1);
	return argc == 1;
}

/** run() - run the subcommand in @argv */
static int run(const char *option, int argc, char **argv)
{
	enum operation what = argc ? find(argv[0]) : OPERATIONS;
	static struct config config;
	int r;

	if (what == OPERATIONS || !operands(what, argc, argv)) {
		say_usage(stderr);
		return EXIT_USAGE;
	}
	if (what == MEND)
		routes_mend_begin();
	r = load(option, &config);
	if (r)
		return r;
	switch (what) {
	case START:
		return argc == 2 ? moved_start(&config) : start(&config);
	case STOP:
		return stop(&config, argc == 2);
	case MEND:
		return routes_mend(&config);
	case MOUNT:
		return start_mount(&config);
	case BLOCK:
		r = argc == 2 ? blocklist_add(&config, argv[1])
			      : blocklist_print(&config);
		return fflush(stdout) || ferror(stdout) ? EXIT_RUN_TIME : r;
	case UNBLOCK:
		return blocklist_remove(&config, argv[1]);
	default:
		r = overview(&config, argc == 2);
		return fflush(stdout) || ferror(stdout) ? EXIT_RUN_TIME : r;
	}
}

int main(int argc, char **argv)
{
	const char *config = NULL;
	int c;

	log_open_tool("tsp-datapath");
	opterr = 0;
	while ((c = getopt(argc, argv, "+c:hV")) != -1) {
		switch (c) {
		case 'c':
			config = optarg;
			break;
		case 'h':
			say_usage(stdout);
			return fflush(stdout) ? EXIT_RUN_TIME : EXIT_SERVED;
		case 'V':
			puts("tsp-datapath " TSP_VERSION);
			return fflush(stdout) ? EXIT_RUN_TIME : EXIT_SERVED;
		default:
			say_usage(stderr);
			return EXIT_USAGE;
		}
	}
	return run(config, argc - optind, argv + optind);
}
