/* SPDX-License-Identifier: MIT */
/*
 * fuzz_lease.c - a line of an allocation file: a lease, or the header
 *
 * Input: a line, filled up with blanks. It is decoded unchanged and again with a matching
 * checksum, which no fuzzer would find. An accepted line equals the encoding of its
 * lease: each lease has one spelling.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "alloc/header.h"
#include "alloc/lease.h"
#include "alloc/line.h"
#include "tests/fuzz/fuzz.h"

/** is_owner() - one of tsp-leases(5): a user id, or an endpoint, of which ids lack the colon */
static bool is_owner(const char *owner)
{
	static const char letters[] =
		"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";
	size_t len = strnlen(owner, USER_ID_MAX + 1);
	unsigned a, b, c, d, port;
	int n = 0;

	if (!len || len > USER_ID_MAX)
		return false;
	if (strspn(owner, "0123456789.:") == len &&
	    sscanf(owner, "%3u.%3u.%3u.%3u:%5u%n", &a, &b, &c, &d, &port, &n) == 5 &&
	    (size_t)n == len)
		return a < 256 && b < 256 && c < 256 && d < 256 && port && port < 65536;
	for (; *owner; owner++) {
		if (!strchr(letters, *owner) && !strchr("._@+-", *owner))
			return false;
	}
	return true;
}

static void check_tunnel(const struct lease_tunnel *t)
{
	CHECK(t->mode < TUNNEL_BUILT);
	CHECK(t->prefix_len <= 64);
	CHECK((t->mode == TUNNEL_V6UDPV4) == (t->endpoint.port != 0));
	CHECK(t->granted >= 0 && t->expires >= 0 && t->heard >= 0);
	CHECK(!*t->key || strlen(t->key) == LEASE_KEY_LEN - 1);
	CHECK(t->mode != TUNNEL_NONE || (!t->secret && !t->maybe_up && !*t->key));
}

/** check_lease() - what every lease in use is */
static void check_lease(const struct lease *lease)
{
	CHECK(lease->state < LEASE_STATES);
	CHECK((lease->state == LEASE_FREE) == !lease->owner[0]);
	CHECK(lease->state == LEASE_FREE || is_owner(lease->owner));
	CHECK((lease->state == LEASE_FREE) == (lease->tunnel.mode == TUNNEL_NONE));
	CHECK(lease->state == LEASE_OFFERED || lease->before.mode == TUNNEL_NONE);
	CHECK((lease->before_state == LEASE_FREE) == (lease->before.mode == TUNNEL_NONE));
	check_tunnel(&lease->tunnel);
	check_tunnel(&lease->before);
}

/** check_settled() - an offer without a session becomes a lease that can be written */
static void check_settled(const struct lease *lease)
{
	struct lease settled = *lease, again;
	char line[LINE_LEN];
	const char *why;

	lease_settle(&settled);
	CHECK(settled.state != LEASE_OFFERED);
	CHECK(!strcmp(settled.owner, lease->owner));
	CHECK(!lease_is_active(&settled, settled.tunnel.expires));
	CHECK(!lease_encode(&settled, line));
	CHECK(!lease_decode(line, settled.number, &again, &why));
	CHECK(!memcmp(&again.tunnel, &settled.tunnel, sizeof(again.tunnel)));
}

/** check_damage() - no single wrong character passes */
static void check_damage(const char line[LINE_LEN], uint32_t number, unsigned where)
{
	char damaged[LINE_LEN];
	struct lease lease;
	const char *why;

	memcpy(damaged, line, LINE_LEN);
	damaged[where % LINE_LEN] ^= (char)(1 << where / LINE_LEN % 8);
	CHECK(lease_decode(damaged, number, &lease, &why) && errno == EBADMSG && *why);
}

static void try_lease(const char line[LINE_LEN], uint32_t number)
{
	char again[LINE_LEN];
	struct lease lease;
	const char *why = "";

	if (lease_decode(line, number, &lease, &why)) {
		CHECK(errno == EBADMSG && why && *why);
		return;
	}
	CHECK(lease.number == number);
	check_lease(&lease);
	CHECK(!lease_encode(&lease, again));
	CHECK(!memcmp(line, again, LINE_LEN));
	check_settled(&lease);
	check_damage(line, number, (unsigned)line[LINE_SUM_AT] * 31 + number);
}

static void try_header(const char line[LINE_LEN], enum pool_kind kind)
{
	struct header header, again;
	char text[LINE_LEN];
	const char *why = "";

	if (header_decode(line, kind, &header, &why)) {
		CHECK(errno == EBADMSG || errno == EPROTONOSUPPORT);
		CHECK(why && *why);
		return;
	}
	CHECK(header.kind == kind && header.capacity >= 1);
	CHECK(header_file_size(header.capacity) > (off_t)header.capacity * LINE_LEN);
	header_encode(&header, text);
	CHECK(!header_decode(text, kind, &again, &why));
	CHECK(!memcmp(&header, &again, sizeof(header)));
}

static void try_line(const char line[LINE_LEN])
{
	uint32_t number = 0;
	int i;

	for (i = 0; i < 8 && line[i] >= '0' && line[i] <= '9'; i++)
		number = number * 10 + (uint32_t)(line[i] - '0');
	try_lease(line, number ? number : 1); /* 0 is the header's */
	try_header(line, POOL_USERS);
	try_header(line, POOL_ANONYMOUS);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char line[LINE_LEN];

	memset(line, ' ', sizeof(line));
	memcpy(line, data, size < sizeof(line) ? size : sizeof(line));
	try_line(line);
	line[LINE_LEN - 1] = '\n';
	line_seal(line);
	try_line(line);
	return 0;
}
