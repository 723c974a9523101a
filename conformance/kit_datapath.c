/* SPDX-License-Identifier: MIT */
/*
 * kit_datapath.c - a data path of the private network, for a template that needs one
 *
 * The kit hides /run, so the template cannot reach the server's data path. Root starts
 * another one, with a pair of devices as uplink; it disappears with the network.
 */
#include "conformance/kit_datapath.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "lib/file.h"
#include "lib/log.h"
#include "lib/prefix.h"
#include "tunnel/modes.h"

#define CONFIG   "/run/kit.conf"
#define CAPACITY 64 /* more leases than the kit has */

/** fail() - log what cannot be done; -1 */
static int fail(const char *what)
{
	log_msg(LOG_ERR, "%s: %m", what);
	return -1;
}

/** write_config() - the pools of the kit's tunnels; 0, or -1 with errno */
static int write_config(const struct config *c)
{
	char link[PREFIX6_TEXT_LEN], prefix[PREFIX6_TEXT_LEN],
		anonymous[PREFIX6_TEXT_LEN];
	FILE *f = fopen(CONFIG, "we");

	if (!f)
		return -1;
	prefix6_format(&c->users_pool.link, link);
	prefix6_format(&c->users_pool.prefix, prefix);
	prefix6_format(&c->anonymous_pool.link, anonymous);
	fprintf(f,
		"[server]\ntemplate = %s\nuser = %s\ndevice = %s\nuplink = kit0\n"
		"udp_port = %u\n"
		"[pool anonymous]\nlink = %s\ncapacity = %d\n"
		"[pool users]\nlink = %s\nprefix = %s\ndelegate = %u\ncapacity = %d\n",
		c->template, c->user, c->device, c->udp_port, anonymous, CAPACITY, link,
		prefix, c->users_pool.delegate, CAPACITY);
	return fclose(f) ? -1 : 0;
}

/**
 * kit_datapath_start() - start a data path, if the template declares that it needs one
 * @config:	Configuration; called by root in the private network, with its own /run
 *
 * Return: 0; -1, logged
 */
int kit_datapath_start(const struct config *config)
{
	char program[PATH_MAX], command[PATH_MAX + 256];
	int status;

	if (geteuid() || !modes_datapath_declared(config->template))
		return 0;
	if (file_beside_program("tsp-datapath", program))
		return fail("finding tsp-datapath");
	if (write_config(config))
		return fail(CONFIG);
	snprintf(command, sizeof(command),
		 "ip link add kit0 type veth peer name kit1 && ip link set kit0 up &&"
		 "ip address add 192.0.2.254/32 dev kit0 &&"
		 "'%s' -c " CONFIG " start",
		 program);
	status = system(command); /* NOLINT(cert-env33-c): $PATH is our own */
	if (!status)
		return 0;
	if (status < 0)
		return fail("a shell");
	log_msg(LOG_ERR, "starting the kit's data path: exit status %d",
		WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status));
	return -1;
}
