/* SPDX-License-Identifier: MIT */
/*
 * uplink.c - make a tunnel, watch it, take it down
 *
 * The template names the carriers of packets that it supports, in a line near its top:
 *
 *	# TSP-Carriers: kernel tspc
 *
 * The kernel is tried first if template and settings allow it; by exit status 69 the
 * template says that this kernel has no such tunnels. Then tspc makes a tun device and
 * carries the packets itself. A template of an older client has no such line: it makes
 * v6v4 devices itself and gets a tun device for v6udpv4.
 */
#include "client/uplink.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "client/device.h"
#include "client/events.h"
#include "client/network.h"
#include "client/showing.h"
#include "lib/clock.h"
#include "lib/log.h"
#include "lib/tunnel_type.h"
#include "tsp/io.h"
#include "tunnel/modes.h"

#define SETTLE_MS 300 /* addresses change in bursts */

static bool lacking[TUNNEL_TYPES]; /* by exit status 69 */

/** may_carry() - settings and template allow a carrier */
static bool may_carry(const struct uplink *u, enum hook_carrier carrier)
{
	const struct settings *s = u->hook.settings;
	bool kernel = carrier == HOOK_KERNEL;

	if (s->carrier != CARRIER_AUTO && (s->carrier == CARRIER_KERNEL) != kernel)
		return false;
	if (s->proxy && !kernel)
		return false;
	if (!modes_declares(s->template, "# TSP-Carriers:", "kernel") &&
	    !modes_declares(s->template, "# TSP-Carriers:", "tspc"))
		return kernel == (u->offer.type == TUNNEL_V6V4);
	return modes_declares(s->template, "# TSP-Carriers:", kernel ? "kernel" : "tspc");
}

/** reopen() - the UDP socket of the signalling once more: same ends, same ports */
static int reopen(const struct uplink *u)
{
	struct sockaddr_in own = {.sin_family = AF_INET,
				  .sin_addr = u->hook.own,
				  .sin_port = htons(u->hook.own_port)};
	struct sockaddr_in peer = {.sin_family = AF_INET,
				   .sin_addr = u->hook.server,
				   .sin_port = htons(u->hook.server_port)};
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	if (fd >= 0 && !bind(fd, (struct sockaddr *)&own, sizeof(own)) &&
	    !connect(fd, (struct sockaddr *)&peer, sizeof(peer)))
		return fd;
	log_msg(LOG_ERR, "UDP port %u: %m", u->hook.own_port);
	if (fd >= 0)
		close(fd);
	return -1;
}

/** open_raw() - protocol 41 between both ends; -1, logged */
static int open_raw(const struct uplink *u)
{
	struct sockaddr_in own = {.sin_family = AF_INET, .sin_addr = u->hook.own};
	struct sockaddr_in peer = {.sin_family = AF_INET, .sin_addr = u->hook.server};
	int fd = socket(AF_INET, SOCK_RAW | SOCK_CLOEXEC, IPPROTO_IPV6);

	if (fd >= 0 && !bind(fd, (struct sockaddr *)&own, sizeof(own)) &&
	    !connect(fd, (struct sockaddr *)&peer, sizeof(peer)))
		return fd;
	log_msg(LOG_ERR, "protocol 41: %m");
	if (fd >= 0)
		close(fd);
	return -1;
}

/** keepalive() - of the offer */
static struct ping_settings keepalive(const struct uplink *u)
{
	return (struct ping_settings){.from = u->offer.client_ipv6,
				      .to = u->offer.keepalive,
				      .seconds = u->offer.keepalive_seconds,
				      .strict = u->offer.keepalive_promised};
}

/** carry_ourselves() - a tun device, a process, and then the template */
static int carry_ourselves(struct uplink *u, int *udp)
{
	struct mover mover = {.ping = keepalive(u), .raw = u->offer.type == TUNNEL_V6V4};

	u->hook.carrier = HOOK_TSPC;
	mover.tun = device_open(u->hook.device);
	if (mover.tun < 0)
		return -1;
	mover.wire = mover.raw ? open_raw(u) : *udp >= 0 ? *udp : reopen(u);
	*udp = -1;
	if (mover.wire < 0) {
		close(mover.tun);
		return -1;
	}
	if (mover_start(&u->mover, &mover))
		return -1;
	if (hook_create(&u->hook) == HOOK_DONE)
		return 0;
	child_end(&u->mover);
	return -1;
}

/** let_kernel_carry() - the template makes the device; keepalives are ours */
static enum hook_result let_kernel_carry(struct uplink *u, int *udp)
{
	struct mover mover = {.ping = keepalive(u), .tun = -1};
	enum hook_result result;

	u->hook.carrier = HOOK_KERNEL;
	/* The port has to be free for the kernel's own socket */
	if (*udp >= 0)
		close(*udp);
	*udp = -1;
	result = hook_create(&u->hook);
	if (result != HOOK_DONE || !device_exists(u->hook.device))
		return result;
	device_harden(u->hook.device);
	if (!mover.ping.seconds)
		return HOOK_DONE;
	mover.wire = mover_icmp_socket(u->hook.device, &mover.ping.from, &mover.ping.to);
	if (mover.wire >= 0 && !mover_start(&u->mover, &mover))
		return HOOK_DONE;
	hook_tear_down(&u->hook);
	return HOOK_FAILED;
}

/** make() - make the tunnel by the first carrier that can; takes over @udp */
static int make(struct uplink *u, int udp)
{
	uint32_t type = u->offer.type;
	int result = -1;

	if (may_carry(u, HOOK_KERNEL) && !lacking[type]) {
		switch (let_kernel_carry(u, &udp)) {
		case HOOK_DONE:
			return 0;
		case HOOK_FAILED:
			return -1;
		case HOOK_LACKING:
			lacking[type] = true;
		}
	}
	if (may_carry(u, HOOK_TSPC))
		result = carry_ourselves(u, &udp);
	else
		log_msg(LOG_ERR, "%s tunnels: %s", tunnel_type_name(type),
			lacking[type] ? "this kernel has none, and carrier=kernel"
				      : "template and carrier do not agree on who "
					"carries the packets");
	if (udp >= 0)
		close(udp);
	return result;
}

/**
 * uplink_make() - make a tunnel of an offer
 * @u:		Result
 * @attempt:	The try that led to the offer; its socket is taken over
 *
 * Return: 0; -1, logged, and nothing is left behind
 */
int uplink_make(struct uplink *u, struct attempt *attempt)
{
	struct talk_result *t = &attempt->talk;
	int fd = t->fd;

	memset(u, 0, sizeof(*u));
	u->offer = t->report.offer;
	u->mover.fd = -1;
	u->signalling = -1;
	u->since = clock_ms();
	u->hook = (struct hook_tunnel){
		.settings = attempt->settings,
		.offer = &u->offer,
		.own = t->own,
		.server = attempt->server.address,
		.own_port = t->own_port,
		.server_port = attempt->server.port,
	};
	t->fd = -1;
	strcpy(u->hook.device, settings_device(attempt->settings, u->offer.type));
	if (u->offer.type == TUNNEL_V6UDPV4)
		return make(u, fd);
	/* Older servers end a tunnel when its TCP connection closes */
	if (!attempt->server.udp)
		u->signalling = fd;
	else
		close(fd);
	if (!make(u, -1))
		return 0;
	if (u->signalling >= 0)
		close(u->signalling);
	u->signalling = -1;
	return -1;
}

/** has_moved() - our address on the route to the server has changed */
static bool has_moved(const struct uplink *u)
{
	struct pollfd none;
	struct in_addr now;

	if (u->hook.settings->proxy || u->hook.settings->client_v4.s_addr)
		return false;
	if (events_wait(&none, 0, clock_ms() + SETTLE_MS, false) == EVENTS_STOP)
		return false;
	return !network_source(u->hook.server, &now) && now.s_addr != u->hook.own.s_addr;
}

/** take_report() - from the mover; false: the tunnel is not up any more, *end says why */
static bool take_report(struct uplink *u, enum uplink_end *end)
{
	int got = mover_report_receive(&u->mover, &u->last);

	*end = UPLINK_BROKEN;
	if (!got)
		return true;
	if (got < 0) {
		log_msg(LOG_ERR, "the process that carries packets has ended");
		return false;
	}
	switch (u->last.kind) {
	case MOVER_ALIVE:
		u->answered = true;
		showing_up(u);
		return true;
	case MOVER_LOST:
		log_msg(LOG_NOTICE, "keepalives were not answered");
		*end = UPLINK_LOST;
		return false;
	default:
		errno = u->last.error;
		log_msg(LOG_ERR, "device %s or its socket: %m", u->hook.device);
		return false;
	}
}

/** uplink_watch() - watch until the tunnel is down or has to go down */
enum uplink_end uplink_watch(struct uplink *u)
{
	struct pollfd mover = {.fd = u->mover.fd, .events = POLLIN};
	enum uplink_end end;

	for (;;) {
		switch (events_wait(&mover, 1, clock_ms() + 60000, true)) {
		case EVENTS_STOP:
			return UPLINK_STOPPED;
		case EVENTS_READY:
			if (!take_report(u, &end))
				return end;
			break;
		case EVENTS_CHANGE:
			if (has_moved(u))
				return UPLINK_MOVED;
			mover_hurry(&u->mover);
			break;
		case EVENTS_TIME:
			break;
		}
	}
}

/** uplink_take_back() - take everything down; 0, or -1, logged, when the template failed */
int uplink_take_back(struct uplink *u)
{
	int failed = hook_tear_down(&u->hook);

	child_end(&u->mover);
	if (u->signalling >= 0)
		close(u->signalling);
	u->signalling = -1;
	return failed;
}
