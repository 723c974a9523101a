/* SPDX-License-Identifier: MIT */
/* policy.h - decide which tunnel a client may have, without side effects */
#ifndef BROKER_POLICY_H
#define BROKER_POLICY_H

#include "alloc/store.h"
#include "lib/config.h"
#include "lib/endpoint.h"
#include "lib/ipc.h"
#include "lib/peer.h"

/** struct policy_client - who asks */
struct policy_client {
	const struct peer *peer;
	const char *user;                /* user id; NULL: anonymous */
	const struct lease_tunnel *last; /* of the account's lease; NULL: unknown */
};

/** struct policy_grant - what a request may have */
struct policy_grant {
	enum tunnel_type mode;
	struct endpoint endpoint; /* client's end of the tunnel */
	uint8_t prefix_len;       /* delegated length; 0: a host */
	bool elsewhere;           /* the endpoint is not where the request came from */
	const char *why; /* refused: the rule, for the log; NULL: the status tells */
};

enum status policy_decide(const struct config *config, const struct policy_client *client,
			  const struct ipc_tunnel_request *request,
			  struct policy_grant *out);

#endif
