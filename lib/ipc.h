/* SPDX-License-Identifier: MIT */
/*
 * ipc.h - what session and broker say to each other
 *
 * One request, one reply, in turn, each a single packet of fixed size on a SOCK_SEQPACKET
 * pair. The session reads the network's bytes and has no rights: it can ask for nothing that
 * an honest client could not ask for. A packet of another size, version or kind ends the
 * conversation.
 */
#ifndef LIB_IPC_H
#define LIB_IPC_H

#include <netinet/in.h>
#include <stdbool.h>
#include <stdint.h>

#include "lib/prefix.h"
#include "lib/status.h"
#include "lib/tunnel_name.h"
#include "lib/tunnel_type.h"

#define IPC_VERSION  3
#define IPC_SASL_MAX 2048 /* bytes of one SASL message, decoded */
#define IPC_NAME_MAX TUNNEL_NAME_MAX

enum ipc_request_kind {
	IPC_LOGIN = 1, /* first step of a mechanism -> IPC_CHALLENGE or IPC_STATUS */
	IPC_STEP,      /* a further step of it -> IPC_CHALLENGE or IPC_STATUS */
	IPC_CREATE,    /* -> IPC_OFFER or IPC_STATUS */
	IPC_INFO,      /* -> IPC_OFFER or IPC_STATUS */
	IPC_DELETE,    /* -> IPC_STATUS */
	IPC_ACCEPT,    /* -> IPC_STATUS; the last request */
	IPC_REJECT,    /* -> IPC_STATUS; the last request */
	IPC_NOTE, /* the session itself refused something: for the log -> IPC_STATUS */
	IPC_REQUEST_KINDS,
};

/** struct ipc_tunnel_request - the facts of a create, info or delete */
struct ipc_tunnel_request {
	uint32_t type;       /* enum tunnel_type */
	uint8_t proxy;       /* client asked for proxy="yes" */
	uint8_t has_ipv4;    /* an IPv4 address was given ... */
	uint8_t router;      /* a prefix is wanted ... */
	uint8_t prefix_len;  /* ... of this length; 0: any */
	struct in_addr ipv4; /* ... this one */
};

struct ipc_sasl {
	uint32_t mechanism; /* enum mechanism; 0: one the server does not know */
	uint32_t len;
	uint8_t data[IPC_SASL_MAX];
};

struct ipc_request {
	uint32_t version; /* IPC_VERSION */
	uint32_t kind;    /* enum ipc_request_kind */
	union {
		struct ipc_sasl sasl;             /* IPC_LOGIN, IPC_STEP */
		struct ipc_tunnel_request tunnel; /* IPC_CREATE, IPC_INFO, IPC_DELETE */
		uint32_t status;                  /* IPC_NOTE: enum status */
	};
};

enum ipc_reply_kind {
	IPC_CHALLENGE = 1, /* the mechanism goes on: send this, expect IPC_STEP's data */
	IPC_STATUS,        /* the answer is a status line */
	IPC_OFFER,         /* the answer is 200 and a tunnel */
};

/** struct ipc_tunnel - an offer */
struct ipc_tunnel {
	uint32_t type; /* enum tunnel_type, concrete */
	uint32_t lifetime_minutes;
	uint32_t keepalive_seconds; /* 0: none */
	uint8_t promised;           /* nobody waits for accept or reject */
	struct in_addr server_ipv4;
	struct in_addr client_ipv4;
	struct in6_addr server_ipv6;
	struct in6_addr client_ipv6;
	struct in6_addr keepalive; /* address to ping */
	struct prefix6 prefix;     /* len 0: a host, no prefix */
	char name[IPC_NAME_MAX];   /* DNS name of the client; empty: none */
};

/** struct ipc_result - a status; @seen is set for STATUS_BAD_IPV4: the address to report */
struct ipc_result {
	uint32_t status; /* enum status */
	uint8_t has_seen;
	struct in_addr seen;
	uint32_t
		final_len; /* IPC_LOGIN, IPC_STEP: last data of the mechanism, sent before 200 */
	uint8_t final[IPC_SASL_MAX];
};

struct ipc_reply {
	uint32_t version; /* IPC_VERSION */
	uint32_t kind;    /* enum ipc_reply_kind */
	union {
		struct ipc_sasl sasl;     /* IPC_CHALLENGE; mechanism is not used */
		struct ipc_result result; /* IPC_STATUS */
		struct ipc_tunnel tunnel; /* IPC_OFFER */
	};
};

int ipc_call(int fd, struct ipc_request *request, struct ipc_reply *reply);
int ipc_receive(int fd, struct ipc_request *request);
int ipc_answer(int fd, struct ipc_reply *reply);

#endif
