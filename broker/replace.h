/* SPDX-License-Identifier: MIT */
/* replace.h - tunnels that a new one takes the place of, and their way back */
#ifndef BROKER_REPLACE_H
#define BROKER_REPLACE_H

#include "broker/broker.h"

void replace_describe(const struct broker *b, enum pool_kind pool,
		      const struct lease *lease, const struct lease_tunnel *part,
		      struct tunnel *out);
int replace_clear_the_way(struct broker *b);
void replace_bring_back(struct broker *b);

#endif
