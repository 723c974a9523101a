/* SPDX-License-Identifier: MIT */
/* attempt.h - one try to get a tunnel: versions, UDP and TCP, redirection */
#ifndef CLIENT_ATTEMPT_H
#define CLIENT_ATTEMPT_H

#include "client/talk.h"

/** enum attempt_result - how a try ended */
enum attempt_result {
	ATTEMPT_OFFER,   /* there is an offer */
	ATTEMPT_DONE,    /* a server did what it was asked, without an offer */
	ATTEMPT_ABSENT,  /* no server answered */
	ATTEMPT_REFUSED, /* a server answered with a status, or with nonsense */
	ATTEMPT_LOCAL,   /* a fault of this machine */
	ATTEMPT_STOPPED, /* a signal asks to end */
};

/** struct attempt - a try, and where it led */
struct attempt {
	const struct settings *settings;
	enum request_action action;
	uint16_t own_port;         /* UDP: port that the last tunnel had; 0: none */
	struct talk_server server; /* the last one asked */
	struct talk_result talk;
	bool quiet;    /* the same failure as before: not logged again */
	char why[512]; /* the failure, in one line */
};

enum attempt_result attempt_run(struct attempt *a);

#endif
