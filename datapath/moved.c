/* SPDX-License-Identifier: MIT */
/*
 * moved.c - tsp-datapath start --if-moved: follow the IPv4 addresses of this machine
 *
 * The programs contain the addresses that tunnels end at, and the kernel tells nobody of a
 * change who does not listen all the time. tsp-expire.service asks each minute.
 */
#include <errno.h>
#include <unistd.h>

#include "datapath/datapath.h"
#include "datapath/differ.h"
#include "datapath/entries.h"
#include "datapath/netlink.h"
#include "datapath/pins.h"
#include "datapath/plan.h"
#include "datapath/veth.h"
#include "lib/exit.h"
#include "lib/log.h"

/** read_plan() - the constants that a start would make; -1, logged */
static int read_plan(const struct config *config, struct tsp_config *out)
{
	struct device device;
	int netlink = netlink_open(), result;

	if (netlink < 0) {
		log_msg(LOG_ERR, "netlink: %m");
		return -1;
	}
	result = veth_find(netlink, config->device, &device);
	if (result)
		log_msg(LOG_ERR, "%s: %m", config->device);
	else
		result = plan_make(netlink, config, &device, out);
	close(netlink);
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
	struct entries entries;
	struct tsp_config now;
	bool moved;

	if (pins_mounted(config->device) == 0)
		return EXIT_SERVED;
	if (entries_open(&entries, config->device))
		return EXIT_RUN_TIME;
	if (read_plan(config, &now)) {
		entries_close(&entries);
		return EXIT_RUN_TIME;
	}
	moved = differ_servers(&entries.shared.config, &now);
	entries_close(&entries);
	if (!moved)
		return EXIT_SERVED;
	log_msg(LOG_NOTICE,
		"the IPv4 addresses that tunnels end at have changed: starting again");
	return start(config);
}
