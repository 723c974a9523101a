/* SPDX-License-Identifier: MIT */
/*
 * device.c - the tun device of a tunnel that tspc carries itself
 *
 * The device goes away when the last process that has it open ends. Packets from it come
 * from a server: before it is up, its sysctls make the kernel ignore router
 * advertisements and redirects, and generate no address.
 */
#include "client/device.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/if_tun.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "client/carry.h"
#include "lib/log.h"

/** device_exists() - there is a network device of that name */
bool device_exists(const char *name)
{
	char path[64];

	snprintf(path, sizeof(path), "/proc/sys/net/ipv6/conf/%s", name);
	return !access(path, F_OK);
}

/** set() - a sysctl of a device; 0, or -1 with errno */
static int set(const char *device, const char *key, const char *value)
{
	char path[96];
	ssize_t n;
	int fd;

	snprintf(path, sizeof(path), "/proc/sys/net/ipv6/conf/%s/%s", device, key);
	fd = open(path, O_WRONLY | O_CLOEXEC);
	if (fd < 0)
		return -1;
	n = write(fd, value, strlen(value));
	close(fd);
	return n < 0 ? -1 : 0;
}

/** device_harden() - ignore configuration that comes through a device; failures are logged */
void device_harden(const char *name)
{
	static const char *const keys[][2] = {
		{"accept_ra", "0"},     {"accept_redirects", "0"},
		{"autoconf", "0"},      {"accept_source_route", "-1"},
		{"addr_gen_mode", "1"}, {"disable_ipv6", "0"},
	};
	size_t i;

	for (i = 0; i < sizeof(keys) / sizeof(keys[0]); i++) {
		if (set(name, keys[i][0], keys[i][1]))
			log_msg(LOG_WARNING, "%s: sysctl %s: %m", name, keys[i][0]);
	}
}

/** limit_long() - set the length of long packets; a kernel that cannot keeps its own */
static void limit_long(int index)
{
	struct {
		struct nlmsghdr header;
		struct ifinfomsg link;
		struct rtattr attribute;
		uint32_t size;
	} request = {.header = {.nlmsg_len = sizeof(request),
				.nlmsg_type = RTM_NEWLINK,
				.nlmsg_flags = NLM_F_REQUEST},
		     .link = {.ifi_family = AF_UNSPEC, .ifi_index = index},
		     .attribute = {.rta_len = RTA_LENGTH(sizeof(uint32_t)),
				   .rta_type = IFLA_GSO_MAX_SIZE},
		     .size = CARRY_LONG_MAX};
	int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE);

	if (fd < 0 || send(fd, &request, sizeof(request), 0) < 0)
		log_msg(LOG_DEBUG, "length of long packets: %m");
	if (fd >= 0)
		close(fd);
}

/**
 * device_open() - make a tun device
 * @name:	Its name; no device has it yet
 *
 * Return: descriptor that packets are read from and written to, as carry.c wants them;
 * -1 with errno, logged
 */
int device_open(const char *name)
{
	struct ifreq request = {.ifr_flags = IFF_TUN | IFF_NO_PI | CARRY_TUN_FLAGS};
	int fd, saved;

	if (device_exists(name)) {
		log_msg(LOG_ERR,
			"%s: a device of this name is there and was not made by tspc",
			name);
		errno = EEXIST;
		return -1;
	}
	fd = open("/dev/net/tun", O_RDWR | O_CLOEXEC | O_NONBLOCK);
	if (fd < 0) {
		log_msg(LOG_ERR, "/dev/net/tun: %m");
		return -1;
	}
	strncpy(request.ifr_name, name, sizeof(request.ifr_name) - 1);
	if (ioctl(fd, TUNSETIFF, &request) || carry_set_up(fd)) {
		saved = errno;
		log_msg(LOG_ERR, "tun device %s: %m", name);
		close(fd);
		errno = saved;
		return -1;
	}
	limit_long((int)if_nametoindex(name));
	device_harden(name);
	return fd;
}
