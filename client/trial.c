/* SPDX-License-Identifier: MIT */
/*
 * trial.c - a tunnel from the broker of "make serve"
 *
 * scripts/serve.sh makes a network namespace with a cable to the broker, and a
 * configuration whose template pings through the tunnel and prints what happened
 * (scripts/trial.sh). This file starts a tspc with that configuration in the namespace.
 */
#include "client/trial.h"

#include <limits.h>
#include <unistd.h>

#include "lib/exit.h"
#include "lib/file.h"
#include "lib/log.h"

#define NAMESPACE "tsp-trial"
#define SETTINGS  "/run/tsp-trial/tsp-trial.conf"

/**
 * trial_run() - become "tspc --once" in the namespace of the trial
 *
 * Return: exit status if that fails, logged
 */
int trial_run(void)
{
	char self[PATH_MAX];

	if (geteuid() != 0) {
		log_msg(LOG_ERR,
			"--trial enters a network namespace: only root can, try sudo");
		return EXIT_RUN_TIME;
	}
	if (access("/run/netns/" NAMESPACE, F_OK) || access(SETTINGS, F_OK)) {
		log_msg(LOG_ERR,
			"no trial is served here: run \"sudo make serve\" in another "
			"terminal");
		return EXIT_RUN_TIME;
	}
	if (!file_of_program(self))
		execlp("ip", "ip", "netns", "exec", NAMESPACE, self, "--once", "-f",
		       SETTINGS, (char *)NULL);
	log_msg(LOG_ERR, "ip netns exec %s: %m", NAMESPACE);
	return EXIT_RUN_TIME;
}
