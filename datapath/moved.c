/* SPDX-License-Identifier: MIT */
/*
 * moved.c - tsp-datapath start --if-moved: follow the IPv4 addresses of this machine
 *
 * The programs contain the addresses that tunnels end at. No process listens for a change of
 * addresses: tsp-expire.service runs this each minute.
 */
#include <errno.h>
#include <unistd.h>

#include "datapath/datapath.h"
#include "datapath/differ.h"
#include "datapath/entries.h"
#include "datapath/netlink.h"
#include "datapath/plan.h"
#include "datapath/veth.h"
#include "lib/exit.h"
#include "lib/log.h"

/** has_moved() - compare the addresses with those of the last start; 1, 0, or -1, logged */
static int has_moved(int netlink, const struct config *config,
		     const struct tsp_config *was)
{
	struct tsp_config now;
	struct device device;

	if (veth_find(netlink, config->device, &device)) {
		if (errno == ENODEV)
			return 0; /* stopped, with its tunnels kept */
		log_msg(LOG_ERR, "%s: %m", config->device);
		return -1;
	}
	return plan_make(netlink, config, &device, &now) ? -1 : differ_servers(was, &now);
}

/** look() - has_moved() with the maps open; 1, 0, or -1, logged */
static int look(const struct config *config)
{
	int netlink, result = -1;
	struct entries entries;

	if (entries_open(&entries, config->device))
		return -1;
	netlink = netlink_open();
	if (netlink >= 0) {
		result = has_moved(netlink, config, &entries.shared.config);
		close(netlink);
	} else {
		log_msg(LOG_ERR, "netlink: %m");
	}
	entries_close(&entries);
	return result;
}

/**
 * moved_start() - start again if tunnels end at other addresses than at the last start
 * @config:	Configuration
 *
 * Nothing happens before the first start, and after a stop.
 *
 * Return: exit status; what failed is logged
 */
int moved_start(const struct config *config)
{
	int moved = entries_exist(config->device) ? look(config) : 0;

	if (moved <= 0)
		return moved ? EXIT_RUN_TIME : EXIT_SERVED;
	log_msg(LOG_NOTICE,
		"the IPv4 addresses that tunnels end at have changed: starting again");
	return start(config);
}
