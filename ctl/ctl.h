/* SPDX-License-Identifier: MIT */
/* ctl.h - what all subcommands of tspctl share */
#ifndef CTL_CTL_H
#define CTL_CTL_H

#include <stdbool.h>

#include "lib/config.h"
#include "lib/exit.h"

/** enum ctl_exit - exit statuses of tspctl(8) */
enum ctl_exit {
	CTL_OK = EXIT_SERVED,
	CTL_FAILED = 1,            /* no such lease, or some of the work was not done */
	CTL_DAMAGED = 2,           /* a file is damaged; what can be read is shown */
	CTL_USAGE = EXIT_USAGE,    /* the caller prints the usage */
	CTL_ERROR = EXIT_RUN_TIME, /* failure at run time, reported */
};

struct ctl;

/**
 * struct command - a subcommand
 * @name:	As typed
 * @run:	Called with argv[0] being @name; returns enum ctl_exit
 * @usage:	Arguments behind the name
 * @summary:	One line
 * @json:	It knows --json
 * @bare:	It needs no configuration
 */
struct command {
	const char *name;
	int (*run)(struct ctl *ctl, int argc, char **argv);
	const char *usage;
	const char *summary;
	bool json;
	bool bare;
};

/** struct ctl - one run of tspctl */
struct ctl {
	const struct command *command;
	struct config config;
	bool json; /* --json was given */
};

int ctl_backup(struct ctl *ctl, int argc, char **argv);
int ctl_block(struct ctl *ctl, int argc, char **argv);
int ctl_check(struct ctl *ctl, int argc, char **argv);
int ctl_expire(struct ctl *ctl, int argc, char **argv);
int ctl_init(struct ctl *ctl, int argc, char **argv);
int ctl_list(struct ctl *ctl, int argc, char **argv);
int ctl_move(struct ctl *ctl, int argc, char **argv);
int ctl_policy(struct ctl *ctl, int argc, char **argv);
int ctl_release(struct ctl *ctl, int argc, char **argv);
int ctl_resize(struct ctl *ctl, int argc, char **argv);
int ctl_restore(struct ctl *ctl, int argc, char **argv);
int ctl_restore_state(struct ctl *ctl, int argc, char **argv);
int ctl_show(struct ctl *ctl, int argc, char **argv);
int ctl_stats(struct ctl *ctl, int argc, char **argv);
int ctl_status(struct ctl *ctl, int argc, char **argv);
int ctl_template(struct ctl *ctl, int argc, char **argv);
int ctl_top(struct ctl *ctl, int argc, char **argv);
int ctl_unblock(struct ctl *ctl, int argc, char **argv);
int ctl_user(struct ctl *ctl, int argc, char **argv);
int ctl_who(struct ctl *ctl, int argc, char **argv);
int ctl_why(struct ctl *ctl, int argc, char **argv);

#endif
