/* SPDX-License-Identifier: MIT */
/*
 * lookup.c - find the leases that a user id, an address or a number means
 *
 * A text can have several meanings: "7" is a lease of either pool and a user id,
 * "198.51.100.7" an address and a valid user id too. All meanings are looked up.
 */
#include "upkeep/lookup.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "alloc/lease_line.h"
#include "alloc/scan.h"
#include "lib/addr.h"
#include "lib/endpoint.h"
#include "lib/log.h"
#include "lib/prefix.h"

/** struct search - lookup_find() under way */
struct search {
	struct files *files;
	enum pool_kind only; /* or POOL_ANY */
	struct lookup *out;
};

/** add_ref() - add a lease unless the list has it */
static void add_ref(struct store_ref *refs, size_t *count, enum pool_kind pool,
		    const struct lease *lease)
{
	size_t i;

	for (i = 0; i < *count; i++) {
		if (refs[i].pool == pool && refs[i].lease.number == lease->number)
			return;
	}
	if (*count < LOOKUP_MAX)
		refs[(*count)++] = (struct store_ref){pool, *lease};
}

/** add_number() - add the lease with a number, unless it is free; 0, or -1, logged */
static int add_number(struct search *s, enum pool_kind pool, uint32_t number)
{
	struct table *t = &s->files->store.tables[pool];
	struct lease lease = {.number = number};
	int r;

	if (t->fd < 0 || (s->only != POOL_ANY && s->only != pool))
		return 0;
	r = table_look(t, number, &lease);
	if (!r && lease.state != LEASE_FREE)
		add_ref(s->out->refs, &s->out->count, pool, &lease);
	lease.number = number;
	if (r && errno == EBADMSG)
		add_ref(s->out->damaged_refs, &s->out->damaged, pool, &lease);
	return r && errno != EBADMSG && errno != ERANGE ? -1 : 0;
}

/** add_numbers() - add the results of a scan, which returned @n; 0, or -1, logged */
static int add_numbers(struct search *s, enum pool_kind pool, const uint32_t *numbers,
		       int n)
{
	int i;

	for (i = 0; i < n; i++) {
		if (add_number(s, pool, numbers[i]))
			return -1;
	}
	return n < 0 ? -1 : 0;
}

/** find_user() - a user id */
static int find_user(struct search *s, const char *text)
{
	struct table *t = &s->files->store.tables[POOL_USERS];
	uint32_t numbers[LOOKUP_MAX];
	int found;

	if (t->fd < 0 || !parse_is_user_id(text, strlen(text)))
		return 0;
	found = scan_owner(t, text, numbers, LOOKUP_MAX);
	return add_numbers(s, POOL_USERS, numbers, found);
}

/** find_ipv4() - the IPv4 address of an endpoint, in either pool */
static int find_ipv4(struct search *s, const char *text)
{
	uint32_t numbers[LOOKUP_MAX];
	struct in_addr ipv4;
	int r = 0;

	if (addr_parse4(text, &ipv4))
		return 0;
	POOL_EACH(kind) {
		struct table *t = &s->files->store.tables[kind];
		int found;

		if (r || t->fd < 0)
			continue;
		found = scan_address(t, ipv4, numbers, LOOKUP_MAX);
		r = add_numbers(s, kind, numbers, found);
	}
	return r;
}

/** find_anonymous() - the address contains the endpoint, which is the owner */
static int find_anonymous(struct search *s, const struct endpoint *endpoint)
{
	struct table *t = &s->files->store.tables[POOL_ANONYMOUS];
	uint32_t numbers[LOOKUP_MAX];
	char owner[ENDPOINT_LEN];
	int found;

	s->out->embedded = true;
	s->out->endpoint = *endpoint;
	endpoint_format(endpoint, owner);
	if (t->fd < 0)
		return 0;
	found = scan_owner(t, owner, numbers, LOOKUP_MAX);
	return add_numbers(s, POOL_ANONYMOUS, numbers, found);
}

/** find_ipv6() - an address, or a prefix by its first address */
static int find_ipv6(struct search *s, const char *text)
{
	struct prefix6 prefix;
	struct pool_match match;

	if (addr_parse6(text, &prefix.addr) && prefix6_parse(text, &prefix))
		return 0;
	if (!pool_find(s->files->store.config, &prefix.addr, &match) ||
	    (s->only != POOL_ANY && s->only != match.kind))
		return 0;
	if (match.kind == POOL_ANONYMOUS)
		return find_anonymous(s, &match.endpoint);
	return add_number(s, POOL_USERS, match.number);
}

/** find_number() - "7" or "users/7" */
static int find_number(struct search *s, const char *text)
{
	const char *slash = strchr(text, '/');
	enum pool_kind pool = POOL_USERS;
	char name[16];
	uint32_t number;
	int r = 0;

	if (parse_u32(slash ? slash + 1 : text, 1, LEASE_NUMBER_MAX, &number))
		return 0;
	if (slash) {
		snprintf(name, sizeof(name), "%.*s", (int)(slash - text), text);
		return pool_parse(name, &pool) ? 0 : add_number(s, pool, number);
	}
	POOL_EACH(kind)
		r = r ? r : add_number(s, kind, number);
	return r;
}

/**
 * prefer_active() - an IPv4 address means the leases that have it
 *
 * Without such a lease it means all leases that had it.
 */
static void prefer_active(struct search *s)
{
	struct lookup *w = s->out;
	struct lease settled;
	size_t i, n = 0;

	for (i = 0; i < w->count; i++) {
		settled = w->refs[i].lease;
		lease_settle(&settled);
		if (w->refs[i].lease.state == LEASE_OFFERED ||
		    lease_is_active(&settled, s->files->store.now()))
			w->refs[n++] = w->refs[i];
	}
	if (n)
		w->count = n;
}

/**
 * lookup_find() - find everything that a text can mean
 * @f:		Files
 * @text:	User id, IPv6 address or prefix, IPv4 address, number, or POOL/NUMBER
 * @pool:	Only leases of this pool; POOL_ANY: of all
 * @out:	Result
 *
 * Return: 0, even if nothing is found; -1, logged
 */
int lookup_find(struct files *f, const char *text, enum pool_kind pool,
		struct lookup *out)
{
	struct search s = {.files = f, .only = pool, .out = out};

	memset(out, 0, sizeof(*out));
	out->text = text;
	if (find_ipv4(&s, text))
		return -1;
	prefer_active(&s);
	if (find_ipv6(&s, text) || find_number(&s, text) || find_user(&s, text))
		return -1;
	return 0;
}
