/* SPDX-License-Identifier: MIT */
/*
 * overview.c - tsp-datapath status: attached programs, tunnels, drops by reason
 *
 * Each row describes a part of the data path. A fault is a row about a part that is missing,
 * or that differs from the last start or from tsp.conf.
 */
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
#include "datapath/plan.h"
#include "datapath/routes.h"
#include "datapath/uplinks.h"
#include "datapath/veth.h"
#include "datapath/why.h"
#include "lib/exit.h"
#include "lib/log.h"

/* clang-format off */
#define TEXT(name, text, explanation) [TSP_COUNT_##name] = {text, explanation},
static const struct { const char *text, *explanation; } counters[] = {TSP_COUNTERS(TEXT)};
/* clang-format on */

/**
 * struct overview - an overview in the making
 * @config:		Configuration
 * @entries:		Maps
 * @netlink:		From netlink_open()
 * @faults_only:	Print no other rows, and no columns
 * @faults:		Faults so far
 */
struct overview {
	const struct config *config;
	const struct entries *entries;
	int netlink;
	bool faults_only;
	unsigned faults;
};

/** show_row() - print a row without a fault */
static void show_row(const struct overview *o, const char *what, const char *name,
		     const char *text)
{
	if (!o->faults_only)
		printf("%-10s %-18s %s\n", what, name, text);
}

/** show_fault() - print a fault, and count it */
static void show_fault(struct overview *o, const char *what, const char *name,
		       const char *text)
{
	printf(o->faults_only ? "%s %s %s\n" : "%-10s %-18s %s\n", what, name, text);
	o->faults++;
}

/** show_counters() - print counters that are not 0; -1, logged */
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

/** is_old() - a program of an earlier start, which drops tunnel packets */
static bool is_old(const struct overview *o, uint32_t program)
{
	uint32_t constants = o->entries->shared.constants;

	return constants && !identify_uses(program, constants);
}

/** show_uplink() - print one device: our program, or a fault */
static void show_uplink(struct overview *o, const struct links *links,
			const struct link *link)
{
	char name[PROGRAM_NAME_LEN], text[80];
	uint32_t mode, id = attach_read(link->index, &mode);
	const char *where;

	if (!id) {
		show_fault(o, "uplink", link->name, "not attached");
		return;
	}
	if (identify(id, links, o->config->device, name) != OWNER_US) {
		snprintf(text, sizeof(text), "not attached, has another program: %s",
			 name);
		show_fault(o, "uplink", link->name, text);
		return;
	}
	where = mode == XDP_FLAGS_SKB_MODE ? "generic" : "native";
	if (!is_old(o, id)) {
		show_row(o, "uplink", link->name, where);
		return;
	}
	snprintf(text, sizeof(text), "%s, of an earlier start; run tsp-datapath start",
		 where);
	show_fault(o, "uplink", link->name, text);
}

/** show_uplinks() - print all uplinks; -1, logged */
static int show_uplinks(struct overview *o)
{
	struct uplinks uplinks;
	struct links links;
	int result = -1;
	size_t i;

	if (links_read(o->netlink, &links)) {
		log_msg(LOG_ERR, "reading devices: %m");
	} else if (!uplinks_find(o->netlink, &links, o->config, &uplinks)) {
		for (i = 0; i < uplinks.count; i++)
			show_uplink(o, &links, uplinks.list[i]);
		result = 0;
	}
	links_free(&links);
	return result;
}

/** show_difference() - print what tsp.conf says otherwise by now */
static void show_difference(struct overview *o, const struct device *device)
{
	char name[80] = "this machine:";
	const char *cure = "tsp-datapath start fails, and says why", *key = NULL;
	struct tsp_config now;

	if (!plan_make(o->netlink, o->config, device, &now)) {
		key = differ(o->config, o->entries, &now, &cure);
		if (!key)
			return;
		snprintf(name, sizeof(name), "%s:", key);
	}
	show_fault(o, "changed", name, cure);
}

/** show_routes() - print if the device is down, or lacks a route */
static void show_routes(struct overview *o, const struct device *device)
{
	struct routes routes;
	int missing;

	if (!device->up) {
		show_fault(o, "missing", device->inner,
			   "it is down; run tsp-datapath start");
		return;
	}
	routes_plan(&o->entries->shared.config, &routes);
	missing = routes_missing(o->netlink, device, &routes);
	if (missing < 0)
		log_msg(LOG_ERR, "routes of %s: %m", device->inner);
	if (missing)
		show_fault(o, "missing", device->inner,
			   "its address or a route; run tsp-datapath start");
}

/** show_device() - print faults of the pair of devices */
static void show_device(struct overview *o)
{
	struct device device;
	uint32_t out;

	if (veth_find(o->netlink, o->config->device, &device)) {
		show_fault(o, "missing", o->config->device,
			   "the device; run tsp-datapath start");
		return;
	}
	out = attach_read_out(device.outer_index);
	if (!out)
		show_fault(o, "missing", device.outer,
			   "the program; run tsp-datapath start");
	else if (is_old(o, out))
		show_fault(o, "missing", device.outer,
			   "its program is of an earlier start; run tsp-datapath start");
	else {
		show_routes(o, &device);
		show_difference(o, &device);
	}
}

/** show_forwarding() - print a sysctl that is off */
static void show_forwarding(struct overview *o, const char *family, const char *device,
			    const char *cure)
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
	if (c == '0')
		show_fault(o, "missing", "forwarding", cure);
}

/** show_all() - print everything; -1, logged, if part of it cannot be read */
static int show_all(struct overview *o)
{
	int result = show_uplinks(o);

	if (!result)
		show_device(o);
	if (!o->faults_only && show_maps(o->config->device, o->entries))
		result = -1;
	show_forwarding(o, "ipv6", "all", "sysctl net.ipv6.conf.all.forwarding=1");
	show_forwarding(o, "ipv4", o->config->device, "run tsp-datapath start");
	return result;
}

/**
 * overview() - show the state of the data path
 * @config:		Configuration
 * @faults_only:	Show no other rows than faults
 *
 * Return: exit status: DATAPATH_NO when there is a fault
 */
int overview(const struct config *config, bool faults_only)
{
	struct entries entries;
	struct overview o = {
		.config = config, .entries = &entries, .faults_only = faults_only};
	int result = -1;

	if (!entries_exist(config->device)) {
		show_fault(&o, "device", config->device, "not started");
		return DATAPATH_NO;
	}
	why_listen();
	if (entries_open(&entries, config->device))
		return EXIT_RUN_TIME;
	o.netlink = netlink_open();
	if (o.netlink >= 0) {
		result = show_all(&o);
		close(o.netlink);
	} else {
		log_msg(LOG_ERR, "netlink: %m");
	}
	entries_close(&entries);
	if (result)
		return EXIT_RUN_TIME;
	return o.faults ? DATAPATH_NO : EXIT_SERVED;
}
