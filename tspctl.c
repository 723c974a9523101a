/* SPDX-License-Identifier: MIT */
/*
 * tspctl.c - the operator's tool: see and change leases
 *
 * The table lists the subcommands; each is a file in ctl/. They open the allocation files
 * as sessions do, with the same locks, while sessions run.
 */
#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <string.h>

#include "ctl/ctl.h"
#include "ctl/ui/options.h"
#include "ctl/ui/output.h"
#include "lib/log.h"
#include "lib/suggest.h"
#include "tunnel/server_end.h"

static int help(struct ctl *ctl, int argc, char **argv);

static const struct command commands[] = {
	{"list", ctl_list,
	 "[--all] [--pool POOL] [--user USER] [--prefix PREFIX]\n"
	 "\t[--state STATE] [--endpoint ADDRESS[:PORT]] [--mode MODE]\n"
	 "\t[--expires-before TIME] [--sort [-]COLUMN] [-o COLUMN,...] [--wide]\n"
	 "\t[--plain | --json | --count] [--traffic]",
	 "list leases", .json = true},
	{"top", ctl_top,
	 "[--by address | network | user] [--traffic] [--pool POOL]\n"
	 "\t[-n ROWS] [--plain | --json]",
	 "say who has most leases, or most traffic", .json = true},
	{"show", ctl_show, "[--pool POOL] [--json] WHO",
	 "show all about the lease of a user, address or number", .json = true},
	{"who", ctl_who, "[--at TIME] [--port PORT] [--json] ADDRESS",
	 "say who had an address, and when", .json = true},
	{"why", ctl_why, "[--json] USER|ADDRESS", "say why a client cannot connect",
	 .json = true},
	{"release", ctl_release, "[--pool POOL] [--dry-run] [--yes] WHO...",
	 "take tunnels down and end their leases"},
	{"expire", ctl_expire, "[--jobs N] [--quiet] [--json]", "end leases that ran out",
	 .json = true},
	{"restore", ctl_restore, "[--from TEMPLATE [--keep-going]] [--jobs N] [--json]",
	 "build the tunnels of all leases again", .json = true},
	{"check", ctl_check,
	 "[--repair [--dry-run] [--yes] [--force]] [--tunnels] [--json]",
	 "check files and tunnels, and repair them", .json = true},
	{"block", ctl_block, "[ADDRESS[/LEN]]",
	 "take no tunnel packet from an IPv4 address, or list those"},
	{"unblock", ctl_unblock, "ADDRESS[/LEN]", "the opposite"},
	{"status", ctl_status, "[--json]", "say whether the broker is healthy",
	 .json = true},
	{"stats", ctl_stats, "[--json]", "show the pools in numbers", .json = true},
	{"init", ctl_init, "[--first] [--yes]",
	 "make the allocation files of a new server"},
	{"backup", ctl_backup, "FILE", "copy all leases to a file"},
	{"restore-state", ctl_restore_state, "[--yes] FILE",
	 "put the leases of a backup in place"},
	{"resize", ctl_resize, "[--dry-run] [--yes] POOL CAPACITY",
	 "change the capacity of a pool"},
	{"move", ctl_move, "[--dry-run [--all]] [--yes]",
	 "give leases addresses of the ranges in tsp.conf"},
	{"user", ctl_user,
	 "add USER | passwd USER | del [--dry-run] [--yes] USER\n"
	 "\t| lock USER | unlock USER | list [--plain | --json]",
	 "add, change, lock, delete and list users", .json = true},
	{"template", ctl_template, "test [--verbose] [--leases] [FILE]",
	 "test a template in a private network"},
	{"policy", ctl_policy, "[FILE]", "print a policy page for the public"},
	{"help", help, "[COMMAND]", "say how a command is called", .bare = true},
};
#define COMMANDS (sizeof(commands) / sizeof(commands[0]))

/** say_usage() - print how a subcommand is called */
static void say_usage(FILE *to, const struct command *command)
{
	fprintf(to, "usage: tspctl [-c FILE] %s %s\n", command->name, command->usage);
}

/** say_help() - print all subcommands */
static void say_help(FILE *to)
{
	size_t i;

	fprintf(to, "usage: tspctl [-c FILE] [--json] COMMAND\n\n");
	for (i = 0; i < COMMANDS; i++)
		fprintf(to, "  %-13s  %s\n", commands[i].name, commands[i].summary);
	fprintf(to, "\n'tspctl help COMMAND' prints a usage; tspctl(8) explains all.\n");
}

/** find_command() - a subcommand; NULL, reported: there is none of this name */
static const struct command *find_command(const char *name)
{
	struct suggest near;
	char text[SUGGEST_TEXT];
	size_t i;

	suggest_begin(&near, name, strlen(name));
	for (i = 0; i < COMMANDS; i++) {
		if (!strcmp(commands[i].name, name))
			return &commands[i];
		suggest_offer(&near, commands[i].name);
	}
	log_msg(LOG_ERR, "no such command: '%s'%s", name, suggest_text(&near, "", text));
	if (!near.best)
		say_help(stderr);
	return NULL;
}

/** help() - tspctl help: all subcommands, or how one is called */
static int help(struct ctl *ctl, int argc, char **argv)
{
	const struct command *command;
	int first = options_parse(ctl, argc, argv, NULL, 0, 0, 1);

	if (first < 0)
		return CTL_USAGE;
	if (first == argc) {
		say_help(stdout);
		return CTL_OK;
	}
	command = find_command(argv[first]);
	if (!command)
		return CTL_FAILED;
	printf("tspctl %s: %s\n", command->name, command->summary);
	say_usage(stdout, command);
	printf("tspctl(8) explains it: 'man tspctl'\n");
	return CTL_OK;
}

/** wants_help() - "--help" is among the words of a subcommand */
static bool wants_help(int argc, char **argv)
{
	int i;

	for (i = 1; i < argc && strcmp(argv[i], "--") != 0; i++) {
		if (!strcmp(argv[i], "--help") || !strcmp(argv[i], "-h"))
			return true;
	}
	return false;
}

/** load() - load the configuration; 0, or an exit status, reported */
static int load(struct ctl *ctl, const char *option)
{
	const char *path = config_path(option);

	if (!config_load(path, &ctl->config)) {
		server_end_settle(&ctl->config);
		return 0;
	}
	if (errno == EACCES)
		log_msg(LOG_ERR, "%s: no right to read it: be root or in its group",
			path);
	return errno == EACCES ? CTL_ERROR : CTL_USAGE;
}

/** run() - run the subcommand argv[0]; returns its exit status */
static int run(struct ctl *ctl, const char *config, int argc, char **argv)
{
	int r;

	ctl->command = find_command(argv[0]);
	if (!ctl->command)
		return CTL_USAGE;
	if (wants_help(argc, argv)) {
		say_usage(stdout, ctl->command);
		return CTL_OK;
	}
	if (ctl->json && !ctl->command->json) {
		log_msg(LOG_ERR, "%s: has no --json", ctl->command->name);
		say_usage(stderr, ctl->command);
		return CTL_USAGE;
	}
	r = ctl->command->bare ? 0 : load(ctl, config);
	if (r)
		return r;
	r = ctl->command->run(ctl, argc, argv);
	if (r == CTL_USAGE)
		say_usage(stderr, ctl->command);
	return r;
}

/** refuse_option() - report an option that is not one of ours, or lacks its value */
static void refuse_option(const char *word, const struct option *options)
{
	struct suggest near;
	char text[SUGGEST_TEXT];

	suggest_begin(&near, word + strspn(word, "-"), strlen(word + strspn(word, "-")));
	for (; options->name && !strncmp(word, "--", 2); options++)
		suggest_offer(&near, options->name);
	log_msg(LOG_ERR, "no such option, or its value is missing: '%s'%s", word,
		suggest_text(&near, "--", text));
	if (!near.best)
		say_help(stderr);
}

int main(int argc, char **argv)
{
	static const struct option options[] = {{"json", no_argument, NULL, 'J'},
						{"help", no_argument, NULL, 'h'},
						{"version", no_argument, NULL, 'V'},
						{NULL}};
	static struct ctl ctl;
	const char *config = NULL;
	int c, r;

	log_open_tool("tspctl");
	opterr = 0;
	while ((c = getopt_long(argc, argv, "+c:hV", options, NULL)) != -1) {
		switch (c) {
		case 'c':
			config = optarg;
			break;
		case 'J':
			ctl.json = true;
			break;
		case 'h':
			say_help(stdout);
			return output_close() ? CTL_ERROR : CTL_OK;
		case 'V':
			puts("tspctl " TSP_VERSION);
			return output_close() ? CTL_ERROR : CTL_OK;
		default:
			refuse_option(argv[optind - 1], options);
			return CTL_USAGE;
		}
	}
	if (optind == argc) {
		say_help(stderr);
		return CTL_USAGE;
	}
	r = run(&ctl, config, argc - optind, argv + optind);
	return output_close() && r < CTL_USAGE ? CTL_ERROR : r;
}
