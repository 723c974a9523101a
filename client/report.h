/* SPDX-License-Identifier: MIT */
/*
 * report.h - what the session process tells the main process
 *
 * Packets of fixed size on a SOCK_SEQPACKET pair. The session reads what a server sends
 * and has no privileges; the main process has CAP_NET_ADMIN and reads only these packets.
 * A packet of another size, version or kind, and a text without its end, ends the
 * attempt.
 */
#ifndef CLIENT_REPORT_H
#define CLIENT_REPORT_H

#include <stdint.h>

#include "tsp/answer.h"

#define REPORT_VERSION 1

/** enum report_kind - what came of a step of the conversation */
enum report_kind {
	REPORT_OFFER = 1, /* a tunnel; the session waits for a verdict */
	REPORT_STATUS,    /* the server said so; of 1xxx with brokers */
	REPORT_FAULT,     /* the conversation failed or ended */
	REPORT_DONE,      /* the server has the answer to its offer */
	REPORT_KINDS,
};

/** enum report_fault - why there is no conversation */
enum report_fault {
	FAULT_NONE,
	FAULT_SILENT,   /* no answer */
	FAULT_REFUSED,  /* nothing listens on the port */
	FAULT_CLOSED,   /* the server closed the connection */
	FAULT_NETWORK,  /* the network cannot reach the server */
	FAULT_PROTOCOL, /* an answer that is not TSP */
	FAULT_UNPROVEN, /* the server does not prove that it knows the password */
	FAULT_LOGIN, /* the server does not offer a mechanism that the settings allow */
	FAULT_TYPE,  /* nor the tunnel mode */
	FAULT_COUNT,
};

/** enum report_phase - how far the conversation had come */
enum report_phase {
	PHASE_CONNECT,
	PHASE_VERSION,
	PHASE_LOGIN,
	PHASE_REQUEST,
	PHASE_ANSWER,
	PHASE_COUNT,
};

struct report {
	uint32_t version; /* REPORT_VERSION */
	uint32_t kind;    /* enum report_kind */
	uint32_t phase;   /* enum report_phase */
	uint32_t status;  /* REPORT_STATUS: 100 to 1999 */
	uint32_t fault;   /* REPORT_FAULT: enum report_fault */
	uint32_t offered; /* FAULT_LOGIN: set of enum mechanism */
	union {
		struct answer_offer offer;     /* REPORT_OFFER */
		struct answer_brokers brokers; /* REPORT_STATUS */
	};
};

/** struct report_verdict - what the main process makes of an offer */
struct report_verdict {
	uint32_t version; /* REPORT_VERSION */
	uint32_t accept;
};

int report_send(int fd, struct report *report);
int report_receive(int fd, struct report *out);
int report_judge(int fd, int accept);
int report_verdict(int fd, int *accept);

#endif
