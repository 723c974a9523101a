/* SPDX-License-Identifier: MIT */
/* dialogue.h - one TSP conversation, the client's side (RFC 5572, 4) */
#ifndef CLIENT_DIALOGUE_H
#define CLIENT_DIALOGUE_H

#include "auth/sasl_client.h"
#include "client/request.h"

/**
 * struct dialogue_job - what a conversation is about
 * @settings:	Account, mode, router
 * @action:	What to ask for
 * @version:	Index of the protocol version to speak, 0: the newest
 * @own:	IPv4 address of this end, for the request
 * @configured:	The server is the configured one: it may be sent a password
 * @fd:		Connected socket
 * @udp:	It is a UDP socket
 * @main:	The session's end of the packet pair
 * @sasl:	Exchange that is ready for its first step; NULL: no account
 */
struct dialogue_job {
	const struct settings *settings;
	enum request_action action;
	unsigned version;
	struct in_addr own;
	bool configured;
	int fd;
	bool udp;
	int main;
	struct sasl_client *sasl;
};

enum mechanism dialogue_mechanism(const struct settings *settings, bool configured);
int dialogue_run(const struct dialogue_job *job);

#endif
