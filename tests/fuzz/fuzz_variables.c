/* SPDX-License-Identifier: MIT */
/*
 * fuzz_variables.c - a line of a batch for tsp-tunnel, and what it does to the maps
 *
 * Input: lines. Each that is accepted is added, and deleted when its last byte is odd. No
 * entry outside of the maps is touched, an address leads to the entry that the programs
 * would look at, and the word of an entry says what the line said.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <string.h>

#include "datapath/entry.h"
#include "tests/fuzz/fuzz.h"

#define LEASES 64
#define SERVER htonl(0xc0000201)

static struct tsp_tunnel users[LEASES], anon[LEASES];
static struct tsp_bucket buckets[32];

/** begin() - empty maps with three pools */
static void begin(struct entries *e)
{
	struct tsp_config *c = &e->shared.config;

	memset(users, 0, sizeof(users));
	memset(anon, 0, sizeof(anon));
	memset(buckets, 0, sizeof(buckets));
	*e = (struct entries){.users = users,
			      .anon = anon,
			      .index = buckets,
			      .users_count = LEASES,
			      .anon_count = LEASES,
			      .index_count = 32};
	tsp_pool_set(&c->pools[0], TSP_POOL_LINK, 0x20010db8ffff0000, 0, 64, 0);
	tsp_pool_set(&c->pools[1], TSP_POOL_PREFIX, 0x20010db810000000, 0, 36, 56);
	tsp_pool_set(&c->pools[2], TSP_POOL_ANONYMOUS, 0x20010db8000a0000, 0, 48, 0);
	c->index_mask = 31;
	c->id_key[1] = 77;
	c->server_count = 1;
	c->servers[0] = SERVER;
}

/** check_added() - the entry of a request */
static void check_added(const struct request *r)
{
	const struct tsp_tunnel *t =
		r->address.s6_addr[5] == 0x0a ? &anon[r->lease] : &users[r->lease];

	CHECK(r->lease && r->lease < LEASES);
	CHECK(tsp_word_ipv4(t->word) == ntohl(r->client.addr.s_addr));
	CHECK(tsp_word_port(t->word) == r->client.port);
	CHECK(tsp_word_generation(t->word) == t->generation && t->generation);
	CHECK(t->server == (r->server.s_addr ? r->server.s_addr : SERVER));
}

/** try_line() - one line */
static void try_line(struct entries *e, char *line)
{
	size_t len = strlen(line);
	bool odd = len && line[len - 1] & 1;
	struct request r;

	if (variables_line(line, &r)) {
		CHECK(errno == EINVAL);
		return;
	}
	CHECK(r.client.addr.s_addr && r.prefix_len <= 64);
	if (entry_add(e, &r)) {
		CHECK(errno == EINVAL);
		return;
	}
	check_added(&r);
	if (odd)
		CHECK(!entry_delete(e, &r) && !entry_delete(e, &r));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct entries entries;
	char text[4096], *line, *rest = text;

	if (size >= sizeof(text))
		return 0;
	memcpy(text, data, size);
	text[size] = '\0';
	begin(&entries);
	while ((line = strsep(&rest, "\n")))
		try_line(&entries, line);
	CHECK(!users[0].word && !anon[0].word);
	return 0;
}
