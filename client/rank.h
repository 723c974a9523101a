/* SPDX-License-Identifier: MIT */
/* rank.h - brokers by how soon they answer */
#ifndef CLIENT_RANK_H
#define CLIENT_RANK_H

#include <netinet/in.h>
#include <stddef.h>
#include <stdint.h>

#include "tsp/answer.h"

/** struct rank_broker - a broker as an address */
struct rank_broker {
	struct in_addr address;
	uint16_t port;
	char name[ANSWER_NAME_MAX]; /* as it was named */
};

void rank(struct rank_broker *brokers, size_t count);
int rank_answers(const struct rank_broker *broker, int64_t wait_ms);

#endif
