/* SPDX-License-Identifier: MIT */
/*
 * tsp-datapath.c - load and attach the programs that carry tunnels' packets
 *
 * Run by root, once for each boot and again when an uplink appears. It does not stay: the
 * kernel keeps programs and maps, and tsp-tunnel(8) writes tunnels without any right.
 */
#include <errno.h>
#include <getopt.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "datapath/datapath.h"
#include "lib/log.h"

static void say_usage(FILE *to)
{
	fputs("usage: tsp-datapath [-c FILE] start | stop [--keep-tunnels] | status\n",
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
	return errno == EACCES ? DATAPATH_ERROR : DATAPATH_USAGE;
}

/** run() - the subcommand that @argv begins with */
static int run(const char *option, int argc, char **argv)
{
	bool keep = argc == 2 && !strcmp(argv[0], "stop") &&
		    !strcmp(argv[1], "--keep-tunnels");
	static struct config config;
	int r;

	if (argc < 1 || argc > 1 + keep ||
	    (strcmp(argv[0], "start") && strcmp(argv[0], "stop") &&
	     strcmp(argv[0], "status"))) {
		say_usage(stderr);
		return DATAPATH_USAGE;
	}
	r = load(option, &config);
	if (r)
		return r;
	if (!strcmp(argv[0], "start"))
		return start(&config);
	if (!strcmp(argv[0], "stop"))
		return stop(&config, keep);
	r = report(&config);
	return fflush(stdout) || ferror(stdout) ? DATAPATH_ERROR : r;
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
			return fflush(stdout) ? DATAPATH_ERROR : DATAPATH_OK;
		case 'V':
			puts("tsp-datapath " TSP_VERSION);
			return fflush(stdout) ? DATAPATH_ERROR : DATAPATH_OK;
		default:
			say_usage(stderr);
			return DATAPATH_USAGE;
		}
	}
	return run(config, argc - optind, argv + optind);
}
