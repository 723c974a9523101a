/* SPDX-License-Identifier: MIT */
/* stop.c - tsp-datapath stop: remove programs, device and, unless kept, tunnels */
#include <errno.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <unistd.h>

#include "datapath/attach.h"
#include "datapath/datapath.h"
#include "datapath/map.h"
#include "datapath/netlink.h"
#include "datapath/pinned.h"
#include "datapath/pins.h"
#include "datapath/plan.h"
#include "datapath/veth.h"
#include "datapath/why.h"
#include "lib/exit.h"
#include "lib/log.h"

#include "datapath/bpf/maps.h"

static int fail(const char *what)
{
	log_msg(LOG_ERR, "%s: %m", what);
	return -1;
}

/** end_epoch() - have undiscovered programs drop tunnel packets from now on */
static int end_epoch(const char *device)
{
	struct tsp_shared *shared;
	char path[PINS_PATH_LEN];
	int fd;

	pins_path(device, pinned_maps[PINNED_SHARED].name, path);
	fd = map_open(path, true);
	if (fd < 0)
		return errno == ENOENT ? 0 : fail(path);
	shared = map_memory(fd, sizeof(*shared), true);
	close(fd);
	if (!shared)
		return fail(path);
	__atomic_add_fetch(&shared->epoch, 2, __ATOMIC_RELEASE);
	munmap(shared, sizeof(*shared));
	return 0;
}

/** detach() - detach our programs from all devices */
static int detach(int netlink, const char *device)
{
	struct links links;
	int result;

	result = links_read(netlink, &links) ? fail("reading devices")
					     : attach_off(&links, device, NULL);
	links_free(&links);
	return result;
}

/** remove_device() - remove the pair, if it exists, with its routes and tsp_out */
static int remove_device(int netlink, const char *name)
{
	struct device device;

	if (veth_find(netlink, name, &device))
		return errno == ENODEV || errno == EEXIST ? 0 : fail(name);
	return veth_remove(netlink, &device) ? fail(name) : 0;
}

/** is_here() - maps, if any, belong to this network namespace; false, logged */
static bool is_here(const char *device)
{
	struct tsp_shared shared;
	struct map_shape shape;
	char path[PINS_PATH_LEN];
	uint32_t zero = 0;
	int fd, failed;

	pins_path(device, pinned_maps[PINNED_SHARED].name, path);
	fd = map_open(path, false);
	if (fd < 0)
		return true;
	/* maps of another version are removed without that check */
	failed = map_shape(fd, &shape) || shape.value_size != sizeof(shared) ||
		 map_lookup(fd, &zero, &shared);
	close(fd);
	return failed || shared.version != TSP_MAPS_VERSION ||
	       plan_is_here(&shared.config, device);
}

/** run() - take all steps, even after one that failed */
static int run(int netlink, const struct config *config, bool keep_tunnels)
{
	const char *device = config->device;
	int lock, result = 0;

	if (!is_here(device))
		return -1;
	lock = pins_lock(device, LOCK_EX);
	if (lock < 0 && errno != ENOENT)
		result = fail("the lock of the maps");
	result |= detach(netlink, device);
	result |= end_epoch(device);
	result |= remove_device(netlink, device);
	if (!keep_tunnels && pins_unmount(device))
		result = fail("the directory of the maps");
	if (lock >= 0)
		close(lock);
	return result;
}

/**
 * stop() - end the data path
 * @config:		Configuration
 * @keep_tunnels:	Leave the maps, so that the next start has all tunnels at once
 *
 * Return: exit status; what failed is logged
 */
int stop(const struct config *config, bool keep_tunnels)
{
	int netlink = netlink_open(), result;

	if (netlink < 0)
		return fail("netlink") ? EXIT_RUN_TIME : EXIT_SERVED;
	why_listen();
	result = run(netlink, config, keep_tunnels);
	close(netlink);
	return result ? EXIT_RUN_TIME : EXIT_SERVED;
}
