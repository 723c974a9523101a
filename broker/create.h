/* SPDX-License-Identifier: MIT */
/* create.h - serve a request for a tunnel */
#ifndef BROKER_CREATE_H
#define BROKER_CREATE_H

#include "broker/broker.h"
#include "broker/policy.h"

enum status create_decide(struct broker *b, const struct ipc_tunnel_request *request,
			  struct policy_grant *out);
enum status create_tunnel(struct broker *b, const struct ipc_tunnel_request *request);

#endif
