/* SPDX-License-Identifier: MIT */
/* store_claim.c - claim a lease for a session and accept it (see store.c) */
#include <errno.h>
#include <string.h>

#include "alloc/conflict.h"
#include "alloc/find.h"
#include "alloc/index.h"
#include "alloc/place.h"
#include "alloc/rival.h"
#include "alloc/slot.h"
#include "alloc/store.h"
#include "lib/endpoint.h"
#include "lib/log.h"
#include "lib/random.h"

static const struct lease_tunnel no_tunnel;

/**
 * store_let_go() - release every line of a claim without changing the file
 * @store:	Store
 * @claim:	Afterwards not held; its other fields are kept, for the log
 */
void store_let_go(struct store *store, struct store_claim *claim)
{
	const struct store_ref *d = claim->displaced;
	size_t i;

	for (i = 0; i < claim->displaced_count; i++)
		table_release(&store->tables[d[i].pool], d[i].lease.number);
	if (claim->held)
		table_release(&store->tables[claim->pool], claim->before.number);
	claim->held = false;
}

/** hold() - hold the line of claim->before */
static enum store_result hold(struct table *t, struct store_claim *claim)
{
	enum store_result r = store_hold(t, &claim->before, claim);

	claim->held = r == STORE_OK;
	return r;
}

/** carry_over() - copy the fields that an update keeps from the tunnel it replaces */
static void carry_over(const struct lease_tunnel *before, struct lease_tunnel *offer)
{
	if (before->mode == offer->mode &&
	    endpoint_equal(&before->endpoint, &offer->endpoint)) {
		memcpy(offer->key, before->key, sizeof(offer->key));
		if (before->secret)
			offer->secret = before->secret;
	}
	if (lease_same_tunnel(before, offer)) {
		offer->granted = before->granted;
		if (before->heard > offer->heard)
			offer->heard = before->heard;
	}
}

/** make_offer() - make claim->lease for a wish; claim->before is the line's lease */
static void make_offer(const struct store *store, const struct store_wish *wish,
		       const char *owner, bool own, time_t now, struct store_claim *claim)
{
	struct lease settled = claim->before, *offer = &claim->lease;
	uint64_t secret = claim->lease.tunnel.secret;

	*offer = (struct lease){
		.number = claim->before.number,
		.state = LEASE_OFFERED,
		.tunnel = {.mode = wish->mode,
			   .endpoint = wish->endpoint,
			   .server = wish->server,
			   .prefix_len = wish->prefix_len,
			   .maybe_up = true,
			   .slot = claim->slot,
			   .granted = now,
			   .expires = now + (time_t)store->config->session_seconds,
			   .heard = wish->unproven ? 0 : now,
			   .secret = secret},
	};
	memcpy(offer->owner, owner, strlen(owner));

	if (wish->secret)
		offer->tunnel.secret = wish->secret;
	lease_settle(&settled);
	if (!own || !lease_is_active(&settled, now))
		return;
	offer->rival = settled.rival;
	offer->rival_told = settled.rival_told;
	offer->before_state = settled.state;
	offer->before = settled.tunnel;
	carry_over(&offer->before, &offer->tunnel);
	if (wish->secret)
		offer->tunnel.secret = wish->secret;
}

/** make_secret() - draw 64 random bits, not all zero; 0, or -1 with errno, logged */
static int make_secret(uint64_t *secret)
{
	do {
		if (random_get(secret, sizeof(*secret))) {
			log_msg(LOG_ERR, "no random bytes: %m");
			return -1;
		}
	} while (!*secret);
	return 0;
}

/** claim_locked() - store_claim() with both files locked; @claim lists all held lines */
static enum store_result claim_locked(struct store *store, const struct store_wish *wish,
				      const char *owner, struct store_claim *claim)
{
	struct table *t = &store->tables[wish->pool];
	time_t now = store->now();
	int own = find_owner(t, owner, &claim->before);
	enum store_result r = own < 0 ? STORE_ERROR : STORE_OK;

	if (own == 1) {
		claim->lease.number = claim->before.number;
		r = hold(t, claim);
	}
	if (r == STORE_OK)
		r = conflict_check(store, wish, now, claim);
	if (r != STORE_OK)
		return r;
	if (!own) {
		if (place_find(t, owner, now, &claim->before))
			return errno == EXFULL ? STORE_FULL : STORE_ERROR;
		claim->held = true;
	}

	make_offer(store, wish, owner, own, now, claim);
	if (index_add(t, &claim->lease))
		return errno == EXFULL ? STORE_FULL : STORE_ERROR;
	return table_write(t, &claim->lease) ? STORE_ERROR : STORE_OK;
}

/**
 * store_claim() - take a lease for a wish and mark it as offered
 * @store:	Store
 * @wish:	Requested lease, allowed by policy; the endpoint has a port only for
 *		TUNNEL_V6UDPV4.
 * @out:	Result; held only with STORE_OK
 *
 * Nothing is synced: see store_sync().
 *
 * Return: enum store_result except STORE_NO_LEASE
 */
enum store_result store_claim(struct store *store, const struct store_wish *wish,
			      struct store_claim *out)
{
	char endpoint[ENDPOINT_LEN];
	const char *owner = endpoint;
	enum store_result r;

	*out = (struct store_claim){
		.pool = wish->pool, .unproven = wish->unproven, .heard = wish->heard};
	if (store->tables[wish->pool].fd < 0)
		return STORE_FULL;
	endpoint_format(&wish->endpoint, endpoint);
	if (wish->pool == POOL_USERS)
		owner = wish->owner;
	if (owner != endpoint && !parse_is_user_id(owner, strlen(owner))) {
		errno = EINVAL;
		log_msg(LOG_ERR, "a lease was asked for an owner that is no user id");
		return STORE_ERROR;
	}

	if (make_secret(&out->lease.tunnel.secret) || store_lock(store))
		return STORE_ERROR;
	r = claim_locked(store, wish, owner, out);
	if (r != STORE_OK) {
		store_let_go(store, out);
		out->displaced_count = 0;
	}
	store_unlock(store);
	return r;
}

/**
 * displaced_after() - state of a displaced lease after the accept
 *
 * It ends, unless it was an update of a dead session: then the owner's accepted tunnel,
 * which has another endpoint, counts again.
 */
static struct lease displaced_after(const struct store_claim *claim, size_t i, time_t now)
{
	struct lease lease = claim->displaced[i].lease;

	lease_settle(&lease);
	if (!lease_is_accepted(&lease) ||
	    lease_same_place(&lease.tunnel, &claim->lease.tunnel))
		lease_end(&lease, now);
	return lease;
}

/**
 * store_add_slot() - give a lease that becomes present its slot, before its line is written
 * @store:	Both files locked
 * @claim:	Claim of the lease
 * @lease:	As it will be written; claimed if its address has no slot left
 * @now:	Time
 *
 * Return: 0; -1 with errno, logged
 */
int store_add_slot(struct store *store, const struct store_claim *claim,
		   struct lease *lease, time_t now)
{
	enum store_result r;

	if (lease->state != LEASE_PRESENT)
		return 0;
	r = slot_keep(store, now, claim, &lease->tunnel.slot);
	if (r == STORE_OK && index_add(&store->tables[claim->pool], lease))
		r = errno == EXFULL ? STORE_FULL : STORE_ERROR;
	if (r == STORE_FULL)
		lease->state = LEASE_CLAIMED;
	return r == STORE_ERROR ? -1 : 0;
}

/** write_accepted() - write the lines of an accepted claim, displaced ones first */
static int write_accepted(struct store *store, const struct store_claim *claim,
			  struct lease *lease, time_t now)
{
	struct lease ended;
	size_t i;
	int r = 0;

	if (store_lock(store))
		return -1;
	for (i = 0; i < claim->displaced_count && !r; i++) {
		ended = displaced_after(claim, i, now);
		r = table_write(&store->tables[claim->displaced[i].pool], &ended);
	}
	if (!r)
		r = store_add_slot(store, claim, lease, now);
	if (!r)
		r = table_write(&store->tables[claim->pool], lease);
	store_unlock(store);
	return r;
}

/**
 * forget() - blank index entries that are obsolete, after the lines are on the disk
 *
 * A failure is logged and leaves stale entries, which are harmless.
 */
static void forget(struct store *store, const struct store_claim *claim,
		   const struct lease *lease, time_t now)
{
	struct lease ended;
	size_t i;

	if (claim->before.state == LEASE_FREE && !claim->displaced_count)
		return;
	if (store_lock(store))
		return;
	index_remove(&store->tables[claim->pool], &claim->before, lease);
	for (i = 0; i < claim->displaced_count; i++) {
		ended = displaced_after(claim, i, now);
		index_remove(&store->tables[claim->displaced[i].pool],
			     &claim->displaced[i].lease, &ended);
	}
	store_unlock(store);
}

/**
 * make_accepted() - make the accepted lease of an offer
 *
 * An update that changes nothing leaves a present lease present. Without proof it extends
 * nothing.
 */
static struct lease make_accepted(const struct store *store, struct store_claim *claim,
				  time_t now)
{
	struct lease lease = claim->lease;
	bool same = lease_same_tunnel(&lease.before, &lease.tunnel);

	lease.state = LEASE_CLAIMED;
	if (claim->heard || (same && lease.before_state == LEASE_PRESENT))
		lease.state = LEASE_PRESENT;
	if (!same)
		lease.tunnel.granted = now;
	if (!claim->unproven)
		lease.tunnel.heard = now;
	lease.tunnel.expires = same && claim->unproven
				       ? lease.before.expires
				       : store_expiry(store, now, !claim->unproven);
	claim->rivals = rival_note(&lease, now);
	lease.before_state = LEASE_FREE;
	lease.before = no_tunnel;
	return lease;
}

/**
 * store_accept() - make an accepted lease claimed or present, durably
 * @store:	Store
 * @claim:	From store_claim(); on success no longer held, with @lease updated and the
 *		displaced leases still listed
 *
 * Return: 0; -1 with errno, logged: the claim is still held, put it back
 */
int store_accept(struct store *store, struct store_claim *claim)
{
	time_t now = store->now();
	struct lease lease = make_accepted(store, claim, now);

	if (write_accepted(store, claim, &lease, now) || store_sync(store))
		return -1;
	forget(store, claim, &lease, now);
	claim->lease = lease;
	store_let_go(store, claim);
	return 0;
}

/** claim_line() - hold an existing lease: claim->before as read, claim->lease settled */
static enum store_result claim_line(struct table *t, struct store_claim *claim)
{
	enum store_result r;

	if (claim->before.state == LEASE_FREE)
		return STORE_NO_LEASE;
	r = hold(t, claim);
	claim->lease = claim->before;
	lease_settle(&claim->lease);
	return r;
}

/**
 * store_claim_own() - hold an owner's lease without changing it, to end it
 * @store:	Store
 * @pool:	Pool
 * @owner:	User id; anonymous: the endpoint as text
 * @out:	Result; held only with STORE_OK
 *
 * The file does not change. A lease past its expiry counts until it is ended.
 *
 * Return: STORE_OK, STORE_NO_LEASE, STORE_CLAIMED, STORE_ERROR
 */
enum store_result store_claim_own(struct store *store, enum pool_kind pool,
				  const char *owner, struct store_claim *out)
{
	struct table *t = &store->tables[pool];
	enum store_result r;
	int found;

	*out = (struct store_claim){.pool = pool};
	if (t->fd < 0)
		return STORE_NO_LEASE;
	if (table_lock(t))
		return STORE_ERROR;
	found = find_owner(t, owner, &out->before);
	r = found < 0 ? STORE_ERROR : found ? claim_line(t, out) : STORE_NO_LEASE;
	if (r == STORE_OK && out->lease.state == LEASE_EXPIRED) {
		store_let_go(store, out);
		r = STORE_NO_LEASE;
	}
	table_unlock(t);
	return r;
}

/**
 * store_claim_number() - hold a lease by its number, in any state but free
 * @store:	Store
 * @pool:	Pool
 * @number:	Lease number
 * @out:	Result; held only with STORE_OK
 *
 * The file does not change.
 *
 * Return: STORE_OK, STORE_NO_LEASE, STORE_CLAIMED, STORE_ERROR (EBADMSG: damaged line)
 */
enum store_result store_claim_number(struct store *store, enum pool_kind pool,
				     uint32_t number, struct store_claim *out)
{
	struct table *t = &store->tables[pool];
	enum store_result r;

	*out = (struct store_claim){.pool = pool};
	if (t->fd < 0)
		return STORE_NO_LEASE;
	if (table_lock(t))
		return STORE_ERROR;
	if (!table_read(t, number, &out->before))
		r = claim_line(t, out);
	else
		r = errno == ERANGE ? STORE_NO_LEASE : STORE_ERROR;
	table_unlock(t);
	return r;
}
