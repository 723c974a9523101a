/* SPDX-License-Identifier: MIT */
/* offer.h - turn a grant into a tunnel and a lease, or withdraw it */
#ifndef BROKER_OFFER_H
#define BROKER_OFFER_H

#include "broker/broker.h"
#include "broker/policy.h"

int offer_open_store(struct broker *b);
enum status offer_make(struct broker *b, const struct policy_grant *grant);
enum status offer_accept(struct broker *b);
void offer_withdraw(struct broker *b, const char *why);
enum status offer_info(struct broker *b, struct tunnel *out);
enum status offer_delete(struct broker *b);
void offer_describe(const struct broker *b, const struct tunnel *t,
		    struct ipc_tunnel *out);

#endif
