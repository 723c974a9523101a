/* SPDX-License-Identifier: MIT */
/*
 * routes_mend.c - tsp-datapath mend: set routes again that are gone
 *
 * When the device goes down, the kernel removes its address, routes and neighbour, and does
 * not bring them back with it. tsp-datapath-watch.socket listens for changes of devices and
 * starts this. Messages that are left in the socket start it again: it reads all of them
 * before anything else can fail, and then looks.
 */
#include <errno.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "datapath/datapath.h"
#include "datapath/entries.h"
#include "datapath/netlink.h"
#include "datapath/routes.h"
#include "datapath/veth.h"
#include "lib/exit.h"
#include "lib/log.h"

#define SOCKET       3         /* where systemd puts it, sd_listen_fds(3) */
#define PAUSE        200000000 /* ns, for the other changes of a bunch */
#define MESSAGES_MAX 100000    /* read at a time; far more than the socket has room for */

/** routes_mend_begin() - read all messages of the netlink socket, if systemd has passed one */
void routes_mend_begin(void)
{
	const struct timespec pause = {.tv_nsec = PAUSE};
	struct sockaddr_nl name = {0};
	socklen_t len = sizeof(name);
	int on = 1, count;
	char first;

	if (!getenv("LISTEN_FDS") ||
	    getsockname(SOCKET, (struct sockaddr *)&name, &len) ||
	    name.nl_family != AF_NETLINK)
		return;
	nanosleep(&pause, NULL);
	/* messages lost for want of memory are no error: one of them has started this */
	setsockopt(SOCKET, SOL_NETLINK, NETLINK_NO_ENOBUFS, &on, sizeof(on));
	for (count = 0; count < MESSAGES_MAX; count++) {
		if (recv(SOCKET, &first, sizeof(first), MSG_DONTWAIT) < 0 &&
		    errno != ENOBUFS)
			return;
	}
}

/** set_again() - set the device's address and routes, if one is gone; -1 with errno */
static int set_again(int netlink, const char *name, const struct entries *e)
{
	struct device device;
	struct routes routes;
	int missing;

	if (veth_find(netlink, name, &device))
		return errno == ENODEV ? 0 : -1;
	if (!device.up)
		return 0; /* somebody wants it down */
	routes_plan(&e->shared.config, &routes);
	missing = routes_missing(netlink, &device, &routes);
	if (missing <= 0)
		return missing;
	if (veth_set_up(netlink, &device) || routes_set(netlink, &device, &routes))
		return -1;
	log_msg(LOG_NOTICE, "%s: address and routes were gone and are set again", name);
	return 0;
}

/** look() - find and mend faults; -1, logged */
static int look(int netlink, const struct config *config)
{
	struct entries entries;
	int result;

	if (entries_open(&entries, config->device))
		return -1;
	result = set_again(netlink, config->device, &entries);
	if (result)
		log_msg(LOG_ERR, "%s: %m", config->device);
	entries_close(&entries);
	return result;
}

/**
 * routes_mend() - set the address and the routes of the last start again, if one is gone
 * @config:	Configuration
 *
 * Nothing happens unless the data path is started and its device is up. Call
 * routes_mend_begin() first.
 *
 * Return: exit status; what failed is logged
 */
int routes_mend(const struct config *config)
{
	int netlink, result = -1;

	if (!entries_exist(config->device))
		return EXIT_SERVED;
	netlink = netlink_open();
	if (netlink < 0)
		log_msg(LOG_ERR, "netlink: %m");
	else
		result = look(netlink, config);
	if (netlink >= 0)
		close(netlink);
	return result ? EXIT_RUN_TIME : EXIT_SERVED;
}
