/* SPDX-License-Identifier: MIT */
/*
 * unfinished.c - packets whose checksum a kernel has left to the next device
 *
 * A kernel merges TCP segments that arrive in protocol 41 (GRO), and a raw socket gets up to
 * 64 KB of a stream as one packet. A server on the same host, in a container or a network
 * namespace, sends such packets uncut. In both, the checksum field has the sum of the
 * pseudo-header alone, which the kernel has verified or has just made; short packets of such
 * a server have the same. The hint of a struct virtio_net_hdr says it to the tun device.
 *
 * A raw socket does not tell how long the segments were. A long packet is cut to what every
 * IPv6 path carries, since nobody could tell the sender that other segments are too long.
 *
 * One in 65,536 whole packets has such a field by chance. Its checksum becomes what it was.
 */
#include "client/unfinished.h"

#include <netinet/in.h>
#include <string.h>

#include "client/checksum.h"

#define IPV6_LEN 40
#define TCP_MIN  20
#define UDP_LEN  8
#define PATH_MIN 1280 /* RFC 8200, 5 */

#define TCP_SUM 16 /* where the field is */
#define UDP_SUM 6
#define TCP_CWR 0x80

/** is_left() - the checksum field has the sum of the pseudo-header alone */
static bool is_left(const uint8_t *p, size_t len, size_t field)
{
	uint16_t sum =
		checksum_fold(checksum_pseudo(p, (uint32_t)(len - IPV6_LEN), p[6]));

	return !memcmp(p + IPV6_LEN + field, &sum, sizeof(sum));
}

/** cut_long() - have the kernel cut a long packet */
static void cut_long(const uint8_t *p, size_t len, struct virtio_net_hdr *hint)
{
	size_t header_len = IPV6_LEN + (size_t)(p[IPV6_LEN + 12] >> 4) * 4;

	if (len <= PATH_MIN || header_len < IPV6_LEN + TCP_MIN)
		return;
	hint->gso_type = VIRTIO_NET_HDR_GSO_TCPV6;
	if (p[IPV6_LEN + 13] & TCP_CWR)
		hint->gso_type |= VIRTIO_NET_HDR_GSO_ECN;
	hint->gso_size = (uint16_t)(PATH_MIN - header_len);
	hint->hdr_len = (uint16_t)header_len;
}

/**
 * unfinished_hint() - is a packet without its checksum, and what has the kernel to do?
 * @packet:	IPv6 packet
 * @len:	Its length in bytes
 * @hint:	Result, for the tun device
 *
 * Return: true; false for a packet with its checksum, and for one that is neither TCP nor UDP
 * without extension headers
 */
bool unfinished_hint(const uint8_t *packet, size_t len, struct virtio_net_hdr *hint)
{
	bool tcp = packet[6] == IPPROTO_TCP;
	size_t field = tcp ? TCP_SUM : UDP_SUM;

	if (!tcp && packet[6] != IPPROTO_UDP)
		return false;
	if (len < IPV6_LEN + (tcp ? TCP_MIN : UDP_LEN) || !is_left(packet, len, field))
		return false;
	*hint = (struct virtio_net_hdr){.flags = VIRTIO_NET_HDR_F_NEEDS_CSUM,
					.gso_type = VIRTIO_NET_HDR_GSO_NONE,
					.csum_start = IPV6_LEN,
					.csum_offset = (uint16_t)field};
	if (tcp)
		cut_long(packet, len, hint);
	return true;
}
