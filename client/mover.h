/* SPDX-License-Identifier: MIT */
/* mover.h - the process that carries packets and sends keepalives */
#ifndef CLIENT_MOVER_H
#define CLIENT_MOVER_H

#include "client/carry.h"
#include "client/child.h"

#define MOVER_VERSION 1

/**
 * struct mover - what the process is started with
 * @ping:	Keepalive
 * @tun:	Device; -1: the kernel carries the packets, only keepalives are left
 * @wire:	Socket of the tunnel; without a device an ICMPv6 socket
 * @raw:	@wire is of protocol 41
 */
struct mover {
	struct ping_settings ping;
	int tun, wire;
	bool raw;
};

enum mover_kind {
	MOVER_ALIVE = 1, /* a ping was answered */
	MOVER_LOST,      /* pings were not */
	MOVER_BROKEN,    /* device or socket failed */
	MOVER_KINDS,
};

/** struct mover_report - packet to the main process */
struct mover_report {
	uint32_t version, kind;
	uint32_t rtt; /* milliseconds */
	int32_t error;
	struct carry_counters counters;
};

void mover_prepare(int wire, bool raw);
int mover_start(struct child *child, struct mover *mover);
int mover_report_receive(const struct child *child, struct mover_report *out);
void mover_hurry(const struct child *child);
int mover_icmp_socket(const char *device, const struct in6_addr *own,
		      const struct in6_addr *peer);

#endif
