/* SPDX-License-Identifier: MIT */
/* answer.h - what a server says in XML: an offer, or other brokers (RFC 5572, 4.5 and 4.7) */
#ifndef TSP_ANSWER_H
#define TSP_ANSWER_H

#include <netinet/in.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/addr.h"
#include "lib/ipc.h"

#define ANSWER_NAME_MAX    254 /* a name and its NUL */
#define ANSWER_BROKERS_MAX 16  /* those after it are not read */

/** struct answer_offer - a tunnel; addresses that are not given are all zero */
struct answer_offer {
	uint32_t type;              /* enum tunnel_type */
	uint32_t lifetime_minutes;  /* 0: not given */
	uint32_t keepalive_seconds; /* 0: none */
	struct in_addr server_ipv4;
	struct in_addr client_ipv4;
	struct in6_addr server_ipv6;
	struct in6_addr client_ipv6;
	struct in6_addr keepalive;
	uint32_t keepalive_promised; /* the server named an interval */
	struct in6_addr dns;         /* the first one */
	struct prefix6 prefix;       /* len 0: none */
	char name[ANSWER_NAME_MAX];
};

/** enum answer_broker_kind - how a broker is named */
enum answer_broker_kind { BROKER_NONE, BROKER_IPV4, BROKER_NAME };

/** struct answer_broker - another broker */
struct answer_broker {
	uint32_t kind; /* enum answer_broker_kind */
	struct in_addr ipv4;
	char name[ANSWER_NAME_MAX];
};

/** struct answer_brokers - those that can be reached by IPv4, in the server's order */
struct answer_brokers {
	uint32_t count;
	struct answer_broker list[ANSWER_BROKERS_MAX];
};

int answer_offer_read(char *xml, size_t len, struct answer_offer *out);
int answer_brokers_read(char *xml, size_t len, struct answer_brokers *out);

#endif
