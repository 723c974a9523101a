/* SPDX-License-Identifier: MIT */
/* entry_list.c - all tunnels in the maps, as text */
#include "datapath/entry_list.h"

#include <arpa/inet.h>

#include "lib/endpoint.h"

/** list_pool() - the tunnels of one array; what was printed, or less than 0 */
static int list_pool(const char *pool, const struct tsp_tunnel *tunnels, uint32_t count,
		     FILE *to)
{
	uint32_t lease;

	for (lease = 1; lease < count; lease++) {
		uint64_t word = tsp_word_load(&tunnels[lease].word);
		struct endpoint client = {.port = tsp_word_port(word)};
		struct in_addr server = {.s_addr = tunnels[lease].server};
		char endpoint[ENDPOINT_LEN], local[INET_ADDRSTRLEN];

		if (!word)
			continue;
		client.addr.s_addr = htonl(tsp_word_ipv4(word));
		endpoint_format(&client, endpoint);
		inet_ntop(AF_INET, &server, local, sizeof(local));
		if (fprintf(to, "%s %u %s %s\n", pool, lease, endpoint, local) < 0)
			return -1;
	}
	return 0;
}

/**
 * entry_list() - print a line for each tunnel: pool, lease, client's endpoint, server
 * @e:		Maps
 * @to:		Where to
 *
 * Return: 0; -1 with errno when writing fails
 */
int entry_list(const struct entries *e, FILE *to)
{
	return list_pool("users", e->users, e->users_count, to) ||
			       list_pool("anonymous", e->anon, e->anon_count, to)
		       ? -1
		       : 0;
}
