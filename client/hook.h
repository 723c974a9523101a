/* SPDX-License-Identifier: MIT */
/* hook.h - run the client's template (tspc-template(7)) */
#ifndef CLIENT_HOOK_H
#define CLIENT_HOOK_H

#include <net/if.h>
#include <stdbool.h>

#include "client/settings.h"
#include "tsp/answer.h"

/** enum hook_carrier - who carries the packets of a tunnel */
enum hook_carrier { HOOK_KERNEL, HOOK_TSPC };

/** enum hook_result - how a run of the template ended */
enum hook_result {
	HOOK_DONE,
	HOOK_LACKING, /* exit status 69: this kernel has no such tunnels */
	HOOK_FAILED,  /* logged */
};

/** struct hook_tunnel - what a template is told */
struct hook_tunnel {
	const struct settings *settings;
	const struct answer_offer *offer;
	enum hook_carrier carrier;
	char device[IFNAMSIZ];
	struct in_addr own;
	struct in_addr server;
	uint16_t own_port, server_port; /* TUNNEL_V6UDPV4 */
};

enum hook_result hook_create(const struct hook_tunnel *tunnel);
int hook_tear_down(const struct hook_tunnel *tunnel);
int hook_tear_down_left(const struct settings *settings);

#endif
