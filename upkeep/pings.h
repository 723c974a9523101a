/* SPDX-License-Identifier: MIT */
/* pings.h - ping clients through their tunnels */
#ifndef UPKEEP_PINGS_H
#define UPKEEP_PINGS_H

#include <netinet/in.h>
#include <stdbool.h>
#include <stdint.h>

/** struct pings - a socket, and the secret of all pings of this run */
struct pings {
	int fd; /* -1: none */
	uint64_t key[2];
};

/** typedef pings_heard() - the client of ping @number has answered */
typedef void pings_heard(void *context, uint32_t number);

int pings_open(struct pings *p);
void pings_close(struct pings *p);
int pings_send(const struct pings *p, const struct in6_addr *from,
	       const struct in6_addr *to, uint32_t number);
void pings_hear(const struct pings *p, int wait, pings_heard *heard, void *context);

#endif
