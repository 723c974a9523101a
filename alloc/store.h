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
	struct table tables[POOL_KINDS]; /* closed if the pool is absent */
	time_t (*now)(void);             /* the clock; tests have their own */
};

/** enum store_result - outcome of a claim */
enum store_result {
	STORE_OK,
	STORE_FULL,     /* 301: no free or expired lease, or too many for this address */
	STORE_IN_USE,   /* 506: the IPv4 endpoint belongs to another lease */
	STORE_CLAIMED,  /* 521: another session holds the lease */
	STORE_NO_LEASE, /* no such lease */
	STORE_ERROR,    /* 530: errno is set, the error is logged */
};

/** struct store_wish - requested lease */
struct store_wish {
	enum pool_kind pool;
	const char *owner; /* user id; anonymous: NULL, the endpoint is the owner */
	struct endpoint endpoint;
	struct in_addr server; /* the server's end; 0.0.0.0: unknown */
	enum tunnel_type mode;
	uint8_t prefix_len; /* 0: a host */
	bool unproven;      /* its signalling does not prove that it is at its endpoint */
	bool heard;         /* its secret was heard */
	uint64_t secret;    /* secret sent to the client; 0: make one */
};

/** struct store_ref - a lease and the file it is in */
struct store_ref {
	enum pool_kind pool;
	struct lease lease;
};

/**
 * struct store_claim - a lease held by this process, from offer to accept or put back
 * @held:	There are lines to release
 * @soon:	With STORE_CLAIMED: the session that holds the lease is unproven, and lets it go
 *		once its tunnel is built
 * @unproven:	As in the wish: once accepted, the lease has LEASE_PROOF_SECONDS until
 *		store_prove()
 * @heard:	As in the wish: once accepted, the lease is present, else claimed
 * @rivals:	After store_accept(): two clients take this account's tunnel in turn, and the log
 *		does not say so yet
 * @pool:	Which file
 * @lease:	The lease after settling. An offer's @before is the owner's accepted tunnel
 *		that the offer replaces: take it down first, build it again before putting back.
 * @before:	Contents of the line before the claim, for store_put_back(). It can be
 *		another owner's: accepted (and run out) or offered (by a session that
 *		died) then says that the kernel may still have that lease's tunnel.
 * @displaced:	Other leases, as in their lines, that end when this claim is accepted.
 *		They are held too; their tunnels must be down before the new one is built.
 */
struct store_claim {
	bool held;
	bool soon;
	bool unproven;
	bool heard;
	bool rivals;
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

enum store_result store_hold(struct table *t, const struct lease *lease,
			     struct store_claim *claim);
enum store_result store_claim(struct store *store, const struct store_wish *wish,
			      struct store_claim *out);
int store_sync(struct store *store);
int store_accept(struct store *store, struct store_claim *claim);
time_t store_expiry(const struct store *store, time_t heard, bool proven);
int store_add_slot(struct store *store, const struct store_claim *claim,
		   struct lease *lease, time_t now);
int store_prove(struct store *store, struct store_claim *claim);
int store_extend(struct store *store, struct store_ref *ref, time_t heard);
int store_silence(struct store *store, struct store_ref *ref, time_t heard);
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
