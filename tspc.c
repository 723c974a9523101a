/* SPDX-License-Identifier: MIT */
/*
 * tspc.c - the client of a tunnel broker
 *
 * Three processes share the work; a fourth resolves names. The main process keeps
 * CAP_NET_ADMIN, runs the template, and reads nothing that a server sent, only packets of
 * fixed size from the others. The session can only read a server's answers. The mover can
 * only use the tunnel's device and socket.
 *
 * A tunnel is requested (client/attempt.c), made, watched and taken down
 * (client/uplink.c), in a loop (client/stay.c).
 */
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "client/hook.h"
#include "client/owned.h"
#include "client/settings.h"
#include "client/showing.h"
#include "client/stay.h"
#include "client/trial.h"
#include "lib/exit.h"
#include "lib/log.h"

struct options {
	const char *settings_path;
	const char *command; /* NULL: get a tunnel and keep it */
	bool check_only;
	bool once;
	bool json;
	bool trial;
};

static void say_usage(FILE *to)
{
	fputs("usage: tspc [-f FILE] [--once] [-n] [-hV]\n"
	      "       tspc [-f FILE] status [--json] | info | delete | cleanup\n"
	      "       tspc --trial\n",
	      to);
}

/** usage() - report wrong usage; returns the exit status */
static int usage(void)
{
	say_usage(stderr);
	return EXIT_USAGE;
}

/** parse_options() - 0; -1 for a mistake; 1 when -h or -V has been served */
static int parse_options(int argc, char **argv, struct options *out)
{
	static const struct option names[] = {
		{"once", no_argument, NULL, 'o'},
		{"json", no_argument, NULL, 'j'},
		{"trial", no_argument, NULL, 't'},
		{NULL, 0, NULL, 0},
	};
	int c;

	opterr = 0;
	while ((c = getopt_long(argc, argv, "f:hnV", names, NULL)) != -1) {
		switch (c) {
		case 'f':
			out->settings_path = optarg;
			break;
		case 'n':
			out->check_only = true;
			break;
		case 'o':
			out->once = true;
			break;
		case 'j':
			out->json = true;
			break;
		case 't':
			out->trial = true;
			break;
		case 'h':
			say_usage(stdout);
			return 1;
		case 'V':
			puts("tspc " TSP_VERSION);
			return 1;
		default:
			return -1;
		}
	}
	if (optind < argc)
		out->command = argv[optind++];
	return optind == argc ? 0 : -1;
}

/** be_status() - "tspc status", which needs neither privileges nor a readable configuration */
static int be_status(const struct options *options)
{
	int found = showing_print(options->settings_path, options->json);

	return found < 0 ? EXIT_RUN_TIME : found;
}

/** be_cleanup() - "tspc cleanup": take down what a killed tspc has left */
static int be_cleanup(const struct settings *settings)
{
	return hook_tear_down_left(settings) ? EXIT_RUN_TIME : EXIT_SERVED;
}

/** run() - the command, with a valid configuration */
static int run(const struct settings *settings, const struct options *options)
{
	const char *command = options->command;

	if (!command)
		return stay_run(settings, options->once);
	if (!strcmp(command, "info"))
		return stay_ask(settings, REQUEST_INFO);
	if (!strcmp(command, "delete"))
		return stay_ask(settings, REQUEST_DELETE);
	if (!strcmp(command, "cleanup"))
		return be_cleanup(settings);
	return usage();
}

int main(int argc, char **argv)
{
	static struct settings settings;
	struct options options = {.settings_path = SETTINGS_DEFAULT_PATH};
	int parsed = parse_options(argc, argv, &options);

	log_open_tool("tspc");
	if (parsed)
		return parsed < 0 ? usage() : EXIT_SERVED;
	if (options.trial)
		return trial_run();
	if (options.command && !strcmp(options.command, "status"))
		return be_status(&options);
	if (settings_load(options.settings_path, &settings) ||
	    owned_path(settings.template))
		return EXIT_USAGE;
	return options.check_only ? EXIT_SERVED : run(&settings, &options);
}
