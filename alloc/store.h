/* SPDX-License-Identifier: MIT */
/* store.h - both allocation files as one: claim a lease, accept it or give it back */
#ifndef ALLOC_STORE_H
#define ALLOC_STORE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <time.h>

#include "alloc/lease.h"
#include "alloc/pool.h"
#include "alloc/table.h"
#include "lib/config.h"
#include "lib/endpoint.h"

#define STORE_DISPLACED_MAX 4 /* leases that one claim can displace */

/** struct store - the allocation files of a server, open */
struct store {
	const struct config *config;
	struct table tables[POOL_KINDS]; /* of absent pools: closed */
	time_t (*now)(void);             /* the clock; tests have their own */
};

/** enum store_result - how a claim ended */
enum store_result {
	STORE_OK,
	STORE_FULL,    /* 301: no lease is free or expired, or too many of this address */
	STORE_IN_USE,  /* 506: the IPv4 endpoint belongs to another lease */
	STORE_CLAIMED, /* 521: another session holds the lease */
	STORE_NO_LEASE, /* there is none */
	STORE_ERROR,    /* 530: errno and a log line say what */
};

/** struct store_wish - what a claim is for */
struct store_wish {
	enum pool_kind pool;
	const char *owner; /* user id; anonymous: NULL, the endpoint is the owner */
	struct endpoint endpoint;
	struct in_addr server; /* the server's end; 0.0.0.0: not known */
	enum tunnel_type mode;
	uint8_t prefix_len; /* 0: a host */
	bool unproven;      /* the client may not be where it says it is */
	uint64_t secret;    /* what the client was told; 0: make one */
};

/** struct store_ref - a lease and the file it is in */
struct store_ref {
	enum pool_kind pool;
	struct lease lease;
};

/**
 * struct store_claim - a lease held by this process, from offer to accept or put back
 * @held:	There is something to give back
 * @unproven:	As in the wish: accepted, the lease is claimed and has LEASE_PROOF_SECONDS
 *		until store_prove()
 * @pool:	Which file
 * @lease:	The lease as it counts now. An offer's @before is the owner's accepted tunnel
 *		that the offer replaces: take it down first, build it again before putting back.
 * @before:	What the line said before the claim, restored by store_put_back(). It can be
 *		another owner's: accepted (and run out) or offered (by a session that
 *		died) then says that the kernel may still have that lease's tunnel.
 * @displaced:	Leases of others, as their lines say, that end when this claim is accepted.
 *		They are held too; their tunnels must be down before the new one is built.
 */
struct store_claim {
	bool held;
	bool unproven;
	enum pool_kind pool;
	struct lease lease;
	struct lease before;
	uint16_t slot; /* of the new tunnel at its IPv4 address */
	size_t displaced_count;
	struct store_ref displaced[STORE_DISPLACED_MAX];
};

time_t store_clock(void);
int store_open(struct store *store, const struct config *config);
void store_close(struct store *store);
int store_lock(struct store *store);
void store_unlock(struct store *store);

enum store_result store_claim(struct store *store, const struct store_wish *wish,
			      struct store_claim *out);
int store_sync(struct store *store);
int store_accept(struct store *store, struct store_claim *claim);
time_t store_expiry(const struct store *store, time_t granted, bool proven);
int store_prove(struct store *store, struct store_claim *claim);
int store_put_back(struct store *store, struct store_claim *claim);
int store_restore(struct store *store, struct store_claim *claim);
enum store_result store_claim_own(struct store *store, enum pool_kind pool,
				  const char *owner, struct store_claim *out);
enum store_result store_claim_number(struct store *store, enum pool_kind pool,
				     uint32_t number, struct store_claim *out);
void store_let_go(struct store *store, struct store_claim *claim);
int store_end(struct store *store, struct store_claim *claim);
int store_end_all(struct store *store, struct store_claim *claims, size_t count);

enum store_result store_find_owner(struct store *store, enum pool_kind pool,
				   const char *owner, struct lease *out);

#endif
