/* SPDX-License-Identifier: MIT */
/* differ.c - compare tsp.conf with that of the last start */
#include "datapath/differ.h"

#include <string.h>

#include "datapath/plan.h"

/** differ_servers() - tunnels end at other IPv4 addresses now */
bool differ_servers(const struct tsp_config *was, const struct tsp_config *now)
{
	return was->server_count != now->server_count ||
	       memcmp(was->servers, now->servers, sizeof(now->servers)) != 0;
}

/**
 * differ() - compare the maps with tsp.conf and this machine
 * @config:	Configuration now
 * @e:		Maps
 * @now:	From plan_make()
 * @cure:	Result: the commands that make them agree
 *
 * Return: the first key that differs; NULL: they agree
 */
const char *differ(const struct config *config, const struct entries *e,
		   const struct tsp_config *now, const char **cure)
{
	const struct tsp_config *was = &e->shared.config;
	const char *key = plan_difference(was, now);

	*cure = "run tsp-datapath stop, tsp-datapath start and tspctl restore";
	if (key)
		return key;
	*cure = "run systemctl reload tsp-datapath";
	if (e->users_count != plan_entries(&config->users_pool))
		return "[pool users] capacity";
	if (e->anon_count != plan_entries(&config->anonymous_pool))
		return "[pool anonymous] capacity";
	if (differ_servers(was, now))
		return "[server] address or local, or this machine's addresses";
	if (memcmp(was->ports, now->ports, sizeof(now->ports)))
		return "[server] udp_port";
	if (was->keepalive != now->keepalive || was->keepalive_set != now->keepalive_set)
		return "[server] keepalive or keepalive_prefix";
	return NULL;
}
