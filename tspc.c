/* SPDX-License-Identifier: MIT */
/*
 * tspc.c - the client of a tunnel broker: one file, and IPv6 is there
 */
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>

#include "client/owned.h"
#include "client/settings.h"
#include "lib/exit.h"
#include "lib/log.h"

struct options {
	const char *settings_path;
	bool check_only;
};

static int usage(void)
{
	log_msg(LOG_ERR, "usage: tspc [-f FILE] [-n] [-V]");
	return EXIT_USAGE;
}

/** parse_options() - 0; -1 for a mistake; 1 when -V has been served */
static int parse_options(int argc, char **argv, struct options *out)
{
	int c;

	opterr = 0;
	while ((c = getopt(argc, argv, "f:nV")) != -1) {
		switch (c) {
		case 'f':
			out->settings_path = optarg;
			break;
		case 'n':
			out->check_only = true;
			break;
		case 'V':
			puts("tspc " TSP_VERSION);
			return 1;
		default:
			return -1;
		}
	}
	return optind == argc ? 0 : -1;
}

int main(int argc, char **argv)
{
	static struct settings settings;
	struct options options = {.settings_path = SETTINGS_DEFAULT_PATH};
	int parsed = parse_options(argc, argv, &options);

	log_open_tool("tspc");
	if (parsed)
		return parsed < 0 ? usage() : EXIT_SERVED;
	if (settings_load(options.settings_path, &settings) ||
	    owned_path(settings.template))
		return EXIT_USAGE;
	if (options.check_only)
		return EXIT_SERVED;
	return usage();
}
