/* SPDX-License-Identifier: MIT */
/* referee.h - judge a broker's answers to a hostile session, and its tunnels */
#ifndef TESTS_TOOLS_LIB_REFEREE_H
#define TESTS_TOOLS_LIB_REFEREE_H

#include <stdbool.h>
#include <stddef.h>

#include "lib/config.h"
#include "tests/tools/lib/hostile.h"
#include "tunnel/tunnel.h"

#define REFEREE_TUNNELS 40 /* more than there are leases */

/** struct referee_tunnel - what the template was told of a tunnel; interface "": none */
struct referee_tunnel {
	char interface[IFNAMSIZ];
	struct in_addr client;
	char user[USER_ID_MAX + 1];
};

/**
 * struct referee - what the session may know, and what it was told
 * @config:	Configuration of the broker
 * @no_password: Nobody is said to know alice's: a lie, to see it noticed
 * @peer:	The client of this conversation
 * @udp:	It signals over UDP: its path is proven by DIGEST-MD5 only
 * @canary:	The tunnel that no other user may learn of
 * @mechanism:	The one under way
 * @known:	Nobody (0), an anonymous client (1) or alice (2)
 * @up:		Tunnels that are up ...
 * @before:	... and were when the conversation began
 * @read:	Bytes of the template's list that were looked at
 * @conversation: Number of this one
 * @violations:	How often something was said or done that must not be
 * @logins:	By what they made known
 */
struct referee {
	const struct config *config;
	bool no_password;
	struct in_addr peer;
	bool udp;
	struct tunnel canary;
	enum mechanism mechanism;
	enum { NOBODY, ANONYMOUS, ALICE } known;
	struct referee_tunnel up[REFEREE_TUNNELS];
	struct referee_tunnel before[REFEREE_TUNNELS];
	long read;
	unsigned long conversation;
	unsigned long violations;
	unsigned long logins[3];
	unsigned long refused, offers, built, removed;
};

void referee_violation(struct referee *r, const char *format, ...)
	__attribute__((format(printf, 2, 3)));
void referee_fresh(struct referee *r, const struct tunnel *canary);
void referee_begin(struct referee *r, struct in_addr peer, bool udp);
enum broker_state referee_reply(struct referee *r, enum broker_state state,
				const struct hostile_packet *asked,
				const struct ipc_reply *reply);
void referee_tunnels(struct referee *r, const char *path);
void referee_leases(struct referee *r, bool template_failed);

#endif
