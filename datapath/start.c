/* SPDX-License-Identifier: MIT */
/*
 * start.c - tsp-datapath start: set up and attach everything, or nothing
 *
 * It may be run again at any time: after a change of tsp.conf, for a new uplink, by a new
 * version. Each device's program is replaced in one step, and new programs accept the
 * previous epoch too, so that no packet is lost; tunnels stay in the maps. When a step
 * fails, the changes of the steps before it are reverted.
 */
#include <errno.h>
#include <fcntl.h>
#include <pwd.h>
#include <string.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <unistd.h>

#include "datapath/attach.h"
#include "datapath/blocklist.h"
#include "datapath/bpf/anon_index.h"
#include "datapath/datapath.h"
#include "datapath/load.h"
#include "datapath/map.h"
#include "datapath/netlink.h"
#include "datapath/pins.h"
#include "datapath/plan.h"
#include "datapath/routes.h"
#include "datapath/uplinks.h"
#include "datapath/veth.h"
#include "lib/exit.h"
#include "lib/log.h"

/** struct start - resources of a start */
struct start {
	const struct config *config;
	int netlink, lock;
	struct device device;
	bool made, mounted; /* made by this start, removed when it fails */
	struct links links;
	struct uplinks uplinks;
	struct tsp_config plan;
	struct load load;
	struct attach attach;
};

static int fail(const char *what)
{
	log_msg(LOG_ERR, "%s: %m", what);
	return -1;
}

/** fail_device() - fail() for the pair, with the usual reason of a host without IPv6 */
static int fail_device(const char *name)
{
	if (!veth_ipv6_off())
		return fail(name);
	log_msg(LOG_ERR,
		"%s: %m; IPv6 is off: sysctl net.ipv6.conf.default.disable_ipv6 is 1",
		name);
	return -1;
}

/** find_group() - the broker's group; -1, logged */
static int find_group(const struct config *config, gid_t *group)
{
	struct passwd *pw;

	errno = 0;
	pw = getpwnam(config->user);
	if (!pw) {
		if (!errno)
			errno = ENOENT;
		log_msg(LOG_ERR, "user '%s' of [server] user: %m", config->user);
		return -1;
	}
	*group = pw->pw_gid;
	return 0;
}

/** open_device() - find or make the pair; -1, logged */
static int open_device(struct start *s)
{
	const char *name = s->config->device;

	if (!veth_find(s->netlink, name, &s->device))
		return 0;
	if (errno == ENODEV && !veth_make(s->netlink, name, &s->device)) {
		s->made = true;
		return 0;
	}
	if (errno != EEXIST)
		return fail_device(name);
	log_msg(LOG_ERR,
		"%s or %sx: there is another device of that name; [server] device can "
		"name a different one",
		name, name);
	return -1;
}

/** open_pins() - mount the maps' directory and lock out writers; -1, logged */
static int open_pins(struct start *s)
{
	char path[PINS_PATH_LEN];

	pins_path(s->config->device, NULL, path);
	s->mounted = pins_mounted(s->config->device) == 0;
	if (pins_mount(s->config->device, s->load.group))
		return fail(path);
	s->lock = pins_lock(s->config->device, LOCK_EX);
	return s->lock < 0 ? fail(path) : 0;
}

/** check_previous() - check that an earlier start's maps fit the configuration; -1, logged */
static int check_previous(struct start *s, struct tsp_config *plan)
{
	struct tsp_shared was;
	const char *changed;
	uint32_t zero = 0;

	if (s->load.pinned[PINNED_SHARED] < 0)
		return 0;
	if (map_lookup(s->load.pinned[PINNED_SHARED], &zero, &was))
		return fail("tsp_shared");
	if (!was.version)
		return 0;
	if (!plan_is_here(&was.config, s->config->device))
		return -1;
	changed = plan_difference(&was.config, plan);
	if (changed) {
		log_msg(LOG_ERR,
			"%s is not what the tunnels of %s were made for: run "
			"tsp-datapath stop, tsp-datapath start and tspctl restore",
			changed, s->config->device);
		return -1;
	}
	memcpy(plan->id_key, was.config.id_key, sizeof(plan->id_key));
	plan->epoch = was.epoch;
	return 0;
}

/** prepare() - load programs and maps, unused yet; -1, logged */
static int prepare(struct start *s)
{
	const struct config *c = s->config;

	s->load.device = c->device;
	s->load.entries[SIZE_USERS] = plan_entries(&c->users_pool);
	s->load.entries[SIZE_ANONYMOUS] = plan_entries(&c->anonymous_pool);
	s->load.entries[SIZE_INDEX] = tsp_index_buckets(s->load.entries[SIZE_ANONYMOUS]);
	if (load_open(&s->load) || plan_make(s->netlink, c, &s->device, &s->plan) ||
	    check_previous(s, &s->plan))
		return -1;
	s->plan.epoch++;
	s->plan.index_mask = s->load.entries[SIZE_INDEX] - 1;
	return load_programs(&s->load, &s->plan) || load_pin(&s->load, &s->plan) ? -1 : 0;
}

/** attach_all() - attach the programs; -1, logged */
static int attach_all(struct start *s)
{
	size_t i;

	s->attach.links = &s->links;
	s->attach.device = s->config->device;
	if (veth_set_up(s->netlink, &s->device))
		return fail_device(s->config->device);
	if (attach_out(&s->attach, s->device.outer_index, s->load.out))
		return -1;
	for (i = 0; i < s->uplinks.count; i++) {
		if (attach_in(&s->attach, s->uplinks.list[i], s->load.in))
			return -1;
	}
	return 0;
}

/** publish() - make the epoch current, which ends programs of earlier starts; -1, logged */
static int publish(struct start *s)
{
	int fd = load_map(&s->load, PINNED_SHARED);
	struct tsp_shared *shared = map_memory(fd, sizeof(*shared), true);

	if (!shared)
		return fail("tsp_shared");
	if (load_publish(&s->load)) {
		munmap(shared, sizeof(*shared));
		return -1;
	}
	shared->version = TSP_MAPS_VERSION;
	shared->constants = load_constants(&s->load);
	shared->config = s->plan;
	__atomic_store_n(&shared->epoch, s->plan.epoch, __ATOMIC_RELEASE);
	munmap(shared, sizeof(*shared));
	return 0;
}

/** route_pools() - route the pools to the device; -1, logged */
static int route_pools(struct start *s)
{
	struct routes routes;

	routes_plan(&s->plan, &routes);
	if (routes_set(s->netlink, &s->device, &routes))
		return fail(s->config->device);
	return 0;
}

/** run() - all steps; -1, logged */
static int run(struct start *s)
{
	s->netlink = netlink_open();
	if (s->netlink < 0)
		return fail("netlink");
	if (find_group(s->config, &s->load.group) || open_device(s) || open_pins(s))
		return -1;
	if (links_read(s->netlink, &s->links))
		return fail("reading devices");
	if (uplinks_find(s->netlink, &s->links, s->config, &s->uplinks) || prepare(s) ||
	    blocklist_apply(s->config, load_map(&s->load, PINNED_SHARED),
			    load_map(&s->load, PINNED_BLOCKED)) ||
	    attach_all(s) || route_pools(s) || publish(s))
		return -1;
	return attach_off(&s->links, s->config->device, &s->uplinks);
}

/**
 * start() - start the data path, or apply a changed configuration
 * @config:	Configuration
 *
 * Return: exit status; what failed is logged
 */
int start(const struct config *config)
{
	static struct start s;
	int failed;

	s = (struct start){.config = config, .netlink = -1, .lock = -1};
	failed = run(&s);
	if (failed)
		attach_undo(&s.attach);
	attach_done(&s.attach);
	load_close(&s.load);
	links_free(&s.links);
	if (s.lock >= 0)
		close(s.lock);
	if (failed && s.mounted)
		pins_unmount(config->device);
	if (failed && s.made)
		veth_remove(s.netlink, &s.device);
	if (s.netlink >= 0)
		close(s.netlink);
	return failed ? EXIT_RUN_TIME : EXIT_SERVED;
}

/**
 * start_mount() - only mount the directory of the maps, for a start that must not mount
 * @config:	Configuration
 *
 * Return: exit status; what failed is logged
 */
int start_mount(const struct config *config)
{
	char path[PINS_PATH_LEN];
	gid_t group;

	pins_path(config->device, NULL, path);
	if (find_group(config, &group))
		return EXIT_RUN_TIME;
	if (!pins_mount(config->device, group))
		return EXIT_SERVED;
	fail(path);
	return EXIT_RUN_TIME;
}
