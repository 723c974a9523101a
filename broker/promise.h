/* SPDX-License-Identifier: MIT */
/* promise.h - offers that take no state until their secret comes back */
#ifndef BROKER_PROMISE_H
#define BROKER_PROMISE_H

#include "broker/broker.h"
#include "broker/policy.h"

bool promise_suffices(const struct broker *b, const struct policy_grant *grant);
enum status promise_make(struct broker *b, const struct policy_grant *grant);
int promise_keep(const struct config *config, const struct peer *peer);

#endif
