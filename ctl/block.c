/* SPDX-License-Identifier: MIT */
/*
 * block.c - tspctl block, unblock: addresses whose packets the data path drops
 *
 * It runs tsp-datapath, the one program that writes these maps, as root: the broker's
 * user must not unblock what root has blocked. It is installed beside tspctl.
 */
#include <unistd.h>

#include "ctl/ui/command.h"
#include "ctl/ui/options.h"
#include "lib/file.h"
#include "lib/log.h"

#define PROGRAM "tsp-datapath"

/** become() - run tsp-datapath in this process's place; returns an exit status on failure */
static int become(struct ctl *ctl, char *what, char *address)
{
	char path[PATH_MAX];
	char *argv[] = {PROGRAM, "-c", ctl->config.path, what, address, NULL};

	if (file_beside_program(PROGRAM, path)) {
		log_msg(LOG_ERR, PROGRAM ": %m");
		return CTL_ERROR;
	}
	execv(path, argv);
	log_msg(LOG_ERR, "%s: %m: only the data path of fast.sh blocks addresses", path);
	return CTL_ERROR;
}

/** ctl_block() - block an address or a range; without one, list them */
int ctl_block(struct ctl *ctl, int argc, char **argv)
{
	int at = options_parse(ctl, argc, argv, NULL, 0, 0, 1);

	return at < 0 ? CTL_USAGE : become(ctl, "block", argv[at]);
}

/** ctl_unblock() - unblock an address or a range */
int ctl_unblock(struct ctl *ctl, int argc, char **argv)
{
	int at = options_parse(ctl, argc, argv, NULL, 0, 1, 1);

	return at < 0 ? CTL_USAGE : become(ctl, "unblock", argv[at]);
}
