/* SPDX-License-Identifier: MIT */
/* model.h - what the filter has to do, in plain C that shares nothing with the programs
 *
 * Tunnels are a list with the addresses written out, headers are bytes, and there is no
 * arithmetic from an address to a lease: a mistake there shows as a difference.
 */
#ifndef TESTS_DATAPATH_MODEL_H
#define TESTS_DATAPATH_MODEL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define MODEL_TUNNELS 64
#define MODEL_FRAME   4096

/** struct model_prefix - IPv6 addresses whose first @len bits are those of @address */
struct model_prefix {
	uint8_t address[16];
	unsigned len;
};

/** struct model_tunnel - one client */
struct model_tunnel {
	uint8_t client[16], server_end[16];
	struct model_prefix share; /* part of the pool that is set aside; len 0: none */
	struct model_prefix
		delegated;          /* ... and what of it was delegated; len 0: nothing */
	uint32_t ipv4, server;      /* host byte order */
	uint16_t port, server_port; /* 0: protocol 41 */
	unsigned path;              /* path MTU learned; 0: none */
	uint64_t packets, bytes;    /* received */
	uint64_t sent, sent_bytes;
	uint8_t keepalive[16]; /* its keepalive address; ::: none */
	bool present;          /* the client was heard there */
	uint64_t proofs;       /* ... that often */
};

/** struct model - the server */
struct model {
	uint32_t servers[2];
	uint16_t ports[2];
	struct model_prefix pools[3];
	struct model_prefix keepalive; /* of all keepalive addresses */
	struct model_tunnel tunnels[MODEL_TUNNELS];
	unsigned count;
	uint32_t blocked, blocked_mask; /* mask 0: nothing */
	bool others;                    /* other tunnels of protocol 41 end here */
	uint64_t key[2];                /* of identifications */
	uint64_t minute;
	uint8_t mac[6];
};

/** struct model_result - verdict, the counter that goes up, and the frame */
struct model_result {
	uint32_t verdict, counter; /* TSP_COUNTERS_END: no counter */
	uint32_t second;           /* another counter */
	bool random_id;            /* nobody knows the identification */
	size_t len;
	uint8_t frame[MODEL_FRAME];
};

bool model_has(const struct model_prefix *p, const uint8_t address[16]);
bool model_pools_have(const struct model *m, const uint8_t address[16]);
struct model_tunnel *model_owner(struct model *m, const uint8_t address[16]);
uint32_t model_special(const uint8_t address[16]);
uint16_t model_number(const uint8_t *at);
uint32_t model_number4(const uint8_t *at);
uint16_t model_id(const struct model *m, const struct model_tunnel *t, uint64_t minute);
void model_in(struct model *m, const uint8_t *frame, size_t len,
	      struct model_result *out);
void model_out(struct model *m, const uint8_t *frame, size_t len,
	       struct model_result *out);
struct model_tunnel *model_server_end(struct model *m, const uint8_t to[16], bool *is);
void model_answer(uint8_t *six);
void model_error(struct model *m, const uint8_t *ip, size_t left,
		 struct model_result *out);

#endif
