/* SPDX-License-Identifier: MIT */
/* talk.h - one conversation with one server, seen from the main process */
#ifndef CLIENT_TALK_H
#define CLIENT_TALK_H

#include "client/report.h"
#include "client/request.h"

/** struct talk_server - where to talk to, and how */
struct talk_server {
	struct in_addr address;
	uint16_t port;
	char name[SETTINGS_HOST_MAX]; /* as configured, for DIGEST-MD5 and for people */
	bool configured;              /* not named by another broker */
	bool udp;
	unsigned version;  /* index, 0: the newest */
	uint16_t own_port; /* UDP: wanted for our end; 0: any */
};

/**
 * struct talk_result - what came of it
 * @report:	The last one that matters: REPORT_OFFER for one that was accepted
 * @refused:	Why an offer was rejected; NULL: it was not
 * @local:	The conversation failed for a reason of this machine's, logged
 * @fd:		Socket, for carrying packets; -1: closed
 * @own:	IPv4 address of our end
 * @own_port:	UDP: port of our end
 */
struct talk_result {
	struct report report;
	const char *refused;
	bool local;
	int fd;
	struct in_addr own;
	uint16_t own_port;
};

void talk(const struct settings *settings, enum request_action action,
	  const struct talk_server *server, struct talk_result *out);

#endif
