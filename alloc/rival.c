/* SPDX-License-Identifier: MIT */
/*
 * rival.c - two clients that use one account in turn
 *
 * A client whose tunnel has gone asks for it again after a minute or so. If two clients have
 * the same account, each of them takes the tunnel from the other for ever, and neither is
 * told why. So a lease remembers the IPv4 address that its tunnel was taken from while a
 * client was there. When that address takes it back in the same way, two clients take turns.
 */
#include "alloc/rival.h"

#include <stdio.h>
#include <string.h>

#include "lib/addr.h"

#define TOLD "*" /* behind the address: the log has a line about it */

/** was_there() - the client of the tunnel before an offer was there until now */
static bool was_there(const struct lease *offer, time_t now)
{
	return offer->before.mode != TUNNEL_NONE &&
	       (offer->before_state == LEASE_PRESENT ||
		now - offer->before.heard < LEASE_PRESENCE_SECONDS);
}

/**
 * rival_note() - look whether two clients take turns, when an account's offer is accepted
 * @offer:	Offer, with the tunnel that it replaces; its rival is changed
 * @now:	Time
 *
 * Return: true if they do, and the lease did not say so yet
 */
bool rival_note(struct lease *offer, time_t now)
{
	struct in_addr from = offer->before.endpoint.addr,
		       to = offer->tunnel.endpoint.addr;
	bool back, first;

	if (offer->before.mode != TUNNEL_NONE && from.s_addr == to.s_addr)
		return false;
	if (!was_there(offer, now)) {
		offer->rival.s_addr = INADDR_ANY;
		offer->rival_told = false;
		return false;
	}
	back = offer->rival.s_addr == to.s_addr;
	first = back && !offer->rival_told;
	offer->rival = from;
	offer->rival_told |= back;
	return first;
}

/** rival_format() - text of a lease's rival in its line, "-" without one */
void rival_format(const struct lease *lease, char text[RIVAL_LEN])
{
	char address[INET_ADDRSTRLEN];

	strcpy(text, "-");
	if (!lease->rival.s_addr)
		return;
	addr_format4(lease->rival, address);
	snprintf(text, RIVAL_LEN, "%s%s", address, lease->rival_told ? TOLD : "");
}

/**
 * rival_parse() - read what rival_format() writes
 * @text:	Text
 * @out:	Result: its rival
 *
 * Return: 0; -1 for anything else
 */
int rival_parse(const char *text, struct lease *out)
{
	char address[RIVAL_LEN];
	size_t len = strlen(text);

	if (!strcmp(text, "-"))
		return 0;
	if (len >= sizeof(address))
		return -1;
	strcpy(address, text);
	out->rival_told = len && address[len - 1] == *TOLD;
	if (out->rival_told)
		address[len - 1] = '\0';
	return addr_parse4(address, &out->rival) || !out->rival.s_addr ? -1 : 0;
}
