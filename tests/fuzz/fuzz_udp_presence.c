/* SPDX-License-Identifier: MIT */
/*
 * fuzz_udp_presence.c - IPv6 packets in UDP that belong to no tunnel
 *
 * Input: a packet; its checksum and destination are put right where its first byte says so,
 * since nobody guesses them. What is heard was sent to the secret, and has an answer that is
 * as long, or none.
 */
#include <arpa/inet.h>
#include <netinet/ip6.h>
#include <stdlib.h>
#include <string.h>

#include "lib/presence.h"
#include "listen/udp_presence.h"
#include "tests/fuzz/fuzz.h"

static struct udp_presence presence = {.served = true, .key = {1, 2}};

/** set_checksum() - that of an ICMPv6 message behind an IPv6 header */
static void set_checksum(uint8_t *packet, size_t len)
{
	uint32_t total = (uint32_t)len - 40 + IPPROTO_ICMPV6;
	size_t i;

	packet[42] = packet[43] = 0;
	for (i = 8; i < len; i++)
		total += i % 2 ? packet[i] : (uint32_t)packet[i] << 8;
	while (total >> 16)
		total = (total & 0xffff) + (total >> 16);
	packet[42] = (uint8_t)(~total >> 8);
	packet[43] = (uint8_t)~total;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct udp_path path = {.client.port = 7, .server.port = 3653};
	const time_t now = 1800000000;
	uint64_t epoch, secret;
	uint8_t *packet, mode;
	size_t len, i;

	if (!size)
		return 0;
	mode = data[0];
	len = --size;
	packet = malloc(len + 1);
	CHECK(packet);
	memcpy(packet, data + 1, len);
	inet_pton(AF_INET6, "2001:db8::", &presence.network);
	secret = presence_secret(presence.key, &path.client, &path.server,
				 presence_epoch(now));
	if (mode & 1 && len >= sizeof(struct ip6_hdr)) {
		memcpy(packet + 24, &presence.network, 8);
		for (i = 0; i < 8; i++)
			packet[39 - i] = (uint8_t)(secret >> (8 * i));
	}
	if (mode & 2 && len >= 48)
		set_checksum(packet, len);
	epoch = udp_presence_hear(&presence, &path, packet, &len, now);
	CHECK(!epoch || size >= 48);
	CHECK(len == size || (epoch && !len));
	free(packet);
	return 0;
}
