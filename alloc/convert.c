/* SPDX-License-Identifier: MIT */
/*
 * convert.c - leases of format 1 as lines of format 2
 *
 * An accepted lease without proof becomes claimed, any other accepted lease present.
 * Secrets are derived from a key that exists only during the conversion, so converting a
 * line twice gives the same secret, and the second pass over all lines (rebuild.c) finds
 * only lines that have changed.
 */
#include "alloc/convert.h"

#include <errno.h>
#include <stdio.h>
#include <unistd.h>

#include "alloc/format1.h"
#include "alloc/index.h"
#include "lib/file.h"
#include "lib/log.h"
#include "lib/random.h"
#include "lib/siphash.h"

#define LOGGED_MAX 20 /* damaged lines; further ones are only counted */

/** convert_begin() - start a conversion; 0, or -1 with errno */
int convert_begin(struct convert *convert)
{
	*convert = (struct convert){.now = time(NULL)};
	return random_get(convert->key, sizeof(convert->key));
}

/** make_secret() - derive the secret of a lease's tunnel, never 0 */
static uint64_t make_secret(const struct convert *convert, uint32_t number,
			    const struct lease_tunnel *tunnel)
{
	const uint32_t parts[] = {number, tunnel->endpoint.addr.s_addr,
				  tunnel->endpoint.port};
	uint64_t secret = siphash(convert->key, parts, sizeof(parts));

	return secret ? secret : 1;
}

/** is_slot_free() - no other lease has an entry for the slot: 1, 0, or -1 with errno, logged */
static int is_slot_free(struct table *to, uint32_t number, struct in_addr ipv4,
			uint16_t slot)
{
	uint32_t numbers[INDEX_WINDOW_ENTRIES];
	int i, n = index_find(to, index_slot_key(to, ipv4, slot), numbers);

	for (i = 0; i < n; i++) {
		if (numbers[i] != number)
			return 0;
	}
	return n < 0 ? -1 : 1;
}

/** choose_slot() - the first free slot, or the last one if all are taken; 0 or -1, logged */
static int choose_slot(struct table *to, uint32_t number, struct lease_tunnel *tunnel)
{
	int is_free = 0;

	for (tunnel->slot = 0; tunnel->slot < UINT16_MAX; tunnel->slot++) {
		is_free = is_slot_free(to, number, tunnel->endpoint.addr, tunnel->slot);
		if (is_free)
			break;
	}
	return is_free < 0 ? -1 : 0;
}

/** complete() - set the fields of a tunnel that only format 2 has */
static int complete(const struct convert *convert, struct table *to, uint32_t number,
		    enum lease_state state, const struct lease_tunnel *current,
		    struct lease_tunnel *tunnel)
{
	if (tunnel->mode == TUNNEL_NONE)
		return 0;
	tunnel->maybe_up = true;
	tunnel->secret = make_secret(convert, number, tunnel);
	tunnel->heard = state == LEASE_PRESENT ? convert->now : 0;
	if (current && endpoint_equal(&current->endpoint, &tunnel->endpoint)) {
		tunnel->slot = current->slot; /* chosen in the first pass */
		return 0;
	}
	return choose_slot(to, number, tunnel);
}

/** read_old() - read the lease of an old line; salvage a damaged one, logged once */
static void read_old(struct convert *convert, const struct table *to, uint32_t number,
		     const char *old, struct lease *out)
{
	const char *why = format1_lease(old, number, out);

	if (!why)
		return;
	format1_salvage(old, number, to->kind, out);
	out->tunnel.granted = out->tunnel.expires = out->owner[0] ? convert->now : 0;
	if (number <= convert->looked)
		return;
	convert->lost += out->state == LEASE_FREE;
	if (convert->damaged++ >= LOGGED_MAX)
		return;
	if (out->state == LEASE_FREE)
		log_msg(LOG_WARNING,
			"%s lease %u: %s; its owner is lost, it becomes free",
			pool_name(to->kind), number, why);
	else
		log_msg(LOG_WARNING, "%s lease %u: %s; kept for %s, whose tunnel is lost",
			pool_name(to->kind), number, why, out->owner);
}

/**
 * convert_line() - convert a line of format 1 to format 2
 * @convert:	From convert_begin()
 * @to:		The new file; its index has the slots that are taken
 * @number:	Lease
 * @old:	Its old line, FORMAT1_LINE_LEN bytes
 * @current:	Lease in that line of the new file
 * @out:	Result
 *
 * Return: 0; -1 with errno, logged
 */
int convert_line(struct convert *convert, struct table *to, uint32_t number,
		 const char *old, const char *current, char out[LEASE_LINE_LEN])
{
	struct lease lease, was;
	bool known = !lease_read(current, number, &was) && lease_in_use(&was);

	read_old(convert, to, number, old, &lease);
	if (number > convert->looked)
		convert->looked = number;
	if (lease_in_use(&lease) &&
	    (complete(convert, to, number, lease.state, known ? &was.tunnel : NULL,
		      &lease.tunnel) ||
	     complete(convert, to, number, lease.before_state, known ? &was.before : NULL,
		      &lease.before)))
		return -1;
	if (lease.before.mode != TUNNEL_NONE &&
	    lease.before.endpoint.addr.s_addr == lease.tunnel.endpoint.addr.s_addr)
		lease.before.slot = lease.tunnel.slot;
	return lease_encode(&lease, out);
}

/** convert_keep() - link a file of format 1 as FILE.v1; 0, or -1 with errno */
int convert_keep(const char *file)
{
	char path[PATH_MAX];

	if (file_path(path, "%s.v1", file) || (unlink(path) && errno != ENOENT) ||
	    link(file, path))
		return -1;
	return file_sync_name(path);
}
