/* SPDX-License-Identifier: MIT */
/* trust.h - which offers are accepted: a hostile server gains nothing by one */
#ifndef CLIENT_TRUST_H
#define CLIENT_TRUST_H

#include "client/settings.h"
#include "tsp/answer.h"

#define TRUST_KEEPALIVE_MIN                                                              \
	5 /* seconds; what lies outside becomes the nearest of these */
#define TRUST_KEEPALIVE_MAX 600
#define TRUST_PREFIX_MIN    32 /* shortest prefix where any length was asked for */

/** struct trust_link - how the offer came */
struct trust_link {
	struct in_addr server;
	bool udp;
};

const char *trust_check(const struct settings *settings, const struct trust_link *link,
			struct answer_offer *offer);

#endif
