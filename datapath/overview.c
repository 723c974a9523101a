/* SPDX-License-Identifier: MIT */
/* overview.c - tsp-datapath status: attached programs, tunnels, drops by reason */
#include <bpf/libbpf.h>
#include <errno.h>
#include <inttypes.h>
#include <linux/if_link.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "datapath/attach.h"
#include "datapath/datapath.h"
#include "datapath/differ.h"
#include "datapath/entries.h"
#include "datapath/identify.h"
#include "datapath/map.h"
#include "datapath/netlink.h"
#include "datapath/pins.h"
#include "datapath/plan.h"
#include "datapath/uplinks.h"
#include "datapath/veth.h"
#include "datapath/why.h"
#include "lib/exit.h"
#include "lib/log.h"

/* clang-format off */
#define TEXT(name, text, explanation) [TSP_COUNT_##name] = {text, explanation},
static const struct { const char *text, *explanation; } counters[] = {TSP_COUNTERS(TEXT)};
/* clang-format on */

/** show_counters() - those that are not 0; -1, logged */
static int show_counters(int map)
{
	int n = libbpf_num_possible_cpus(), i;
	uint64_t *values = calloc(n > 0 ? (size_t)n : 1, sizeof(*values)), sum;
	uint32_t which;

	for (which = 0; values && which < TSP_COUNTERS_END; which++) {
		if (map_lookup(map, &which, values))
			break;
		for (i = 0, sum = 0; i < n; i++)
			sum += values[i];
		if (sum)
			printf("%-10s %-18s %12" PRIu64 "  %s\n",
			       which < TSP_FIRST_EVENT ? "dropped" : "counted",
			       counters[which].text, sum, counters[which].explanation);
	}
	free(values);
	if (which == TSP_COUNTERS_END)
		return 0;
	log_msg(LOG_ERR, "tsp_counters: %m");
	return -1;
}

/** is_old() - a program of an earlier start, which drops tunnel packets */
static bool is_old(uint32_t program, const struct tsp_shared *shared)
{
	return shared->constants && !identify_uses(program, shared->constants);
}

/** show_uplink() - one device; false: the program of the last start is not there */
static bool show_uplink(const struct links *links, const char *device,
			const struct link *link, const struct tsp_shared *shared)
{
	char name[PROGRAM_NAME_LEN];
	uint32_t mode, id = attach_read(link->index, &mode);
	bool ours = id && identify(id, links, device, name) == OWNER_US;
	bool old = ours && is_old(id, shared);

	if (ours)
		printf("uplink     %-18s %s%s\n", link->name,
		       mode == XDP_FLAGS_SKB_MODE ? "generic" : "native",
		       old ? ", of an earlier start; run tsp-datapath start" : "");
	else
		printf("uplink     %-18s not attached%s%s\n", link->name,
		       id ? ", has another program: " : "", id ? name : "");
	return ours && !old;
}

/** show_pool() - print the number of tunnels */
static void show_pool(const char *name, const struct tsp_tunnel *tunnels, uint32_t count)
{
	uint32_t n, used = 0;

	for (n = 1; n < count; n++)
		used += tsp_word_load(&tunnels[n].word) != 0;
	if (count > 1)
		printf("tunnels    %-18s %12" PRIu32 "  of %" PRIu32 "\n", name, used,
		       count - 1);
}

/** show_maps() - print what the maps contain; -1, logged */
static int show_maps(const char *device, const struct entries *e)
{
	printf("device     %-18s %12" PRIu32 "  epoch\n", device, e->shared.epoch);
	show_pool("users", e->users, e->users_count);
	show_pool("anonymous", e->anon, e->anon_count);
	return show_counters(e->counters);
}

/** show_uplinks() - print all uplinks; returns how many lack our program, or -1, logged */
static int show_uplinks(int netlink, const struct config *config,
			const struct tsp_shared *shared)
{
	struct uplinks uplinks;
	struct links links;
	int missing = -1;
	size_t i;

	if (links_read(netlink, &links)) {
		log_msg(LOG_ERR, "reading devices: %m");
	} else if (!uplinks_find(netlink, &links, config, &uplinks)) {
		for (i = 0, missing = 0; i < uplinks.count; i++)
			missing += !show_uplink(&links, config->device, uplinks.list[i],
						shared);
	}
	links_free(&links);
	return missing;
}

/** show_missing() - print a part that start has made and that is gone */
static int show_missing(const char *what, const char *why)
{
	printf("missing    %-18s %s\n", what, why);
	return 1;
}

/** show_difference() - print what tsp.conf says otherwise by now; returns 0 or 1 */
static int show_difference(int netlink, const struct config *config,
			   const struct device *device, const struct entries *e)
{
	struct tsp_config now;
	const char *cure, *key;

	if (plan_make(netlink, config, device, &now))
		return 1; /* logged */
	key = differ(config, e, &now, &cure);
	if (key)
		printf("changed    %s: %s\n", key, cure);
	return key != NULL;
}

/** show_device() - print faults of the pair of devices; returns how many */
static int show_device(int netlink, const struct config *config, const struct entries *e)
{
	struct device device;
	uint32_t out;

	if (veth_find(netlink, config->device, &device))
		return show_missing(config->device, "the device; run tsp-datapath start");
	out = attach_read_out(device.outer_index);
	if (!out)
		return show_missing(device.outer, "the program; run tsp-datapath start");
	if (is_old(out, &e->shared))
		return show_missing(device.outer, "its program is of an earlier start; "
						  "run tsp-datapath start");
	return show_difference(netlink, config, &device, e);
}

/** show_forwarding() - print a sysctl that is off; returns 0 or 1 */
static int show_forwarding(const char *family, const char *device, const char *why)
{
	char path[64];
	FILE *f;
	int c;

	snprintf(path, sizeof(path), "/proc/sys/net/%s/conf/%.15s/forwarding", family,
		 device);
	f = fopen(path, "re");
	c = f ? getc(f) : EOF;
	if (f)
		fclose(f);
	return c == '0' ? show_missing("forwarding", why) : 0;
}

/** show_all() - returns how much is missing, or -1, logged */
static int show_all(int netlink, const struct config *config, const struct entries *e)
{
	int missing = show_uplinks(netlink, config, &e->shared);

	if (missing >= 0)
		missing += show_device(netlink, config, e);
	if (show_maps(config->device, e) || missing < 0)
		return -1;
	return missing +
	       show_forwarding("ipv6", "all", "sysctl net.ipv6.conf.all.forwarding=1") +
	       show_forwarding("ipv4", config->device, "run tsp-datapath start");
}

/**
 * overview() - show the state of the data path
 * @config:	Configuration
 *
 * Return: exit status: DATAPATH_NO when it is not started, or something is missing
 */
int overview(const struct config *config)
{
	int netlink, missing = -1;
	struct entries entries;

	if (pins_mounted(config->device) == 0) {
		printf("device     %-18s not started\n", config->device);
		return DATAPATH_NO;
	}
	why_listen();
	if (entries_open(&entries, config->device))
		return EXIT_RUN_TIME;
	netlink = netlink_open();
	if (netlink >= 0)
		missing = show_all(netlink, config, &entries);
	else
		log_msg(LOG_ERR, "netlink: %m");
	if (netlink >= 0)
		close(netlink);
	entries_close(&entries);
	if (missing < 0)
		return EXIT_RUN_TIME;
	return missing ? DATAPATH_NO : EXIT_SERVED;
}
