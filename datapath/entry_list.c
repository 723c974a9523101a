/* SPDX-License-Identifier: MIT */
/* entry_list.c - all tunnels in the maps, as text */
#include "datapath/entry_list.h"

#include <arpa/inet.h>
#include <string.h>

#include "lib/addr.h"
#include "lib/endpoint.h"
#include "lib/format.h"

#define ROOM 224 /* for a tunnel, and for its counters */

/** put_text() - append text; returns its end */
static char *put_text(char *to, const char *text)
{
	size_t len = strlen(text);

	memcpy(to, text, len);
	return to + len;
}

static char *put_number(char *to, uint64_t n)
{
	return to + format_u64(n, to);
}

/**
 * entry_list_counters() - print counters, in words of tsp-template(7)
 * @c:		Counters
 * @to:		Where to; a newline follows
 *
 * Return: 0; -1 with errno when writing fails
 */
int entry_list_counters(const struct entry_counters *c, FILE *to)
{
	char line[ROOM], *at = line;

	at = put_number(put_text(at, "rx_bytes="), c->rx_bytes);
	at = put_number(put_text(at, " tx_bytes="), c->tx_bytes);
	at = put_number(put_text(at, " rx_packets="), c->rx_packets);
	at = put_number(put_text(at, " tx_packets="), c->tx_packets);
	at = put_number(put_text(at, " proof_packets="), c->proofs);
	if (c->proof_age >= 0)
		at = put_number(put_text(at, " proof_seconds="), (uint64_t)c->proof_age);
	*at++ = '\n';
	return fwrite(line, (size_t)(at - line), 1, to) == 1 ? 0 : -1;
}

/** put_tunnel() - print pool, lease, client's endpoint and server, and then @after */
static int put_tunnel(const char *pool, uint32_t lease, const struct tsp_tunnel *tunnel,
		      uint64_t word, char after, FILE *to)
{
	struct endpoint client = {.addr.s_addr = htonl(tsp_word_ipv4(word)),
				  .port = tsp_word_port(word)};
	char line[ROOM], *at = line, endpoint[ENDPOINT_LEN];

	endpoint_format(&client, endpoint);
	at = put_text(at, pool);
	*at++ = ' ';
	at = put_number(at, lease);
	*at++ = ' ';
	at = put_text(at, endpoint);
	*at++ = ' ';
	at += addr_format4((struct in_addr){tunnel->server}, at);
	*at++ = after;
	return fwrite(line, (size_t)(at - line), 1, to) == 1 ? 0 : -1;
}

/** list_pool() - the tunnels of one array; -1 with errno */
static int list_pool(const char *pool, const struct tsp_tunnel *tunnels, uint32_t count,
		     struct seen *seen, FILE *to)
{
	struct entry_counters counters;
	uint32_t lease;

	for (lease = 1; lease < count; lease++) {
		uint64_t word = tsp_word_load(&tunnels[lease].word);

		if (!word)
			continue;
		if (put_tunnel(pool, lease, &tunnels[lease], word, seen ? ' ' : '\n', to))
			return -1;
		if (seen && (entry_counted(seen, lease, word, &counters) ||
			     entry_list_counters(&counters, to)))
			return -1;
	}
	return 0;
}

/**
 * entry_list() - print a line for each tunnel: pool, lease, client's endpoint, server
 * @e:		Maps
 * @traffic:	Counters, too
 * @to:		Where to
 *
 * Return: 0; -1 with errno
 */
int entry_list(struct entries *e, bool traffic, FILE *to)
{
	e->users_seen.ahead = e->anon_seen.ahead = SEEN_BLOCK;
	return list_pool("users", e->users, e->users_count,
			 traffic ? &e->users_seen : NULL, to) ||
			       list_pool("anonymous", e->anon, e->anon_count,
					 traffic ? &e->anon_seen : NULL, to)
		       ? -1
		       : 0;
}
