/* SPDX-License-Identifier: MIT */
/*
 * segment.c - cut a long TCP packet from the kernel into packets that the tunnel carries
 *
 * The kernel hands a tun device up to 64 KB of one TCP stream in one packet, with a hint
 * where to cut it, and leaves the checksums to us. That is one pass over the bytes
 * instead of one walk through the network stack for each segment. The payload is not
 * copied.
 */
#include "client/segment.h"

#include <netinet/in.h>
#include <string.h>

#include "client/checksum.h"

#define IPV6_LEN 40
#define TCP_MIN  20

#define TCP_FIN 0x01
#define TCP_PSH 0x08
#define TCP_CWR 0x80

static void put16(uint8_t *p, size_t n)
{
	p[0] = (uint8_t)(n >> 8);
	p[1] = (uint8_t)n;
}

static uint32_t get32(const uint8_t *p)
{
	return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}

static void put32(uint8_t *p, uint32_t n)
{
	put16(p, n >> 16);
	put16(p + 2, n & 0xffff);
}

/**
 * segment_finish() - fill in the checksum that the kernel left to the device
 * @hint:	What the kernel says of the packet, which is not a long one
 * @packet:	Packet
 * @len:	Its length in bytes
 *
 * Return: true; false for a packet with an invalid hint
 */
bool segment_finish(const struct virtio_net_hdr *hint, uint8_t *packet, size_t len)
{
	size_t start = hint->csum_start, field = start + hint->csum_offset;
	uint16_t sum;

	if (!(hint->flags & VIRTIO_NET_HDR_F_NEEDS_CSUM))
		return true;
	if (field + 2 > len)
		return false;
	/* The field has the pseudo-header's sum, which counts with the rest */
	sum = (uint16_t)~checksum_fold(checksum_add(0, packet + start, len - start));
	/* In UDP zero would mean "no checksum" (RFC 8200, 8.1) */
	if (!sum)
		sum = 0xffff;
	memcpy(packet + field, &sum, sizeof(sum));
	return true;
}

/** set_header() - the header of segment @i, from that of the whole */
static void set_header(struct segments *s, unsigned i, const uint8_t *whole)
{
	uint8_t *header = s->headers[i], *tcp = header + IPV6_LEN;
	const uint8_t *payload;
	size_t len = segment_payload(s, i, &payload);
	size_t upper = s->header_len - IPV6_LEN + len;
	uint64_t sum;
	uint16_t check;

	memcpy(header, whole, s->header_len);
	put16(header + 4, upper);
	put32(tcp + 4, get32(tcp + 4) + (uint32_t)(i * s->size));
	if (i > 0)
		tcp[13] &= (uint8_t)~TCP_CWR;
	if (i + 1 < s->count)
		tcp[13] &= 0xff ^ (TCP_FIN | TCP_PSH);
	tcp[16] = tcp[17] = 0;
	sum = checksum_pseudo(header, (uint32_t)upper, IPPROTO_TCP);
	sum = checksum_add(sum, tcp, s->header_len - IPV6_LEN);
	sum = checksum_add(sum, payload, len);
	check = (uint16_t)~checksum_fold(sum);
	memcpy(tcp + 16, &check, sizeof(check));
}

/**
 * segment_cut() - cut a long packet
 * @hint:	What the kernel says of it
 * @packet:	Packet; @out points into it
 * @len:	Its length in bytes
 * @out:	Result
 *
 * Return: true; false for what is not TCP over IPv6 without extension headers, or has
 * more parts than there is room for
 */
bool segment_cut(const struct virtio_net_hdr *hint, const uint8_t *packet, size_t len,
		 struct segments *out)
{
	unsigned i;

	if ((hint->gso_type & ~VIRTIO_NET_HDR_GSO_ECN) != VIRTIO_NET_HDR_GSO_TCPV6 ||
	    !hint->gso_size || len < IPV6_LEN + TCP_MIN || packet[6] != IPPROTO_TCP)
		return false;
	out->header_len = IPV6_LEN + (size_t)(packet[IPV6_LEN + 12] >> 4) * 4;
	if (out->header_len < IPV6_LEN + TCP_MIN || out->header_len >= len)
		return false;
	out->size = hint->gso_size;
	out->payload = packet + out->header_len;
	out->payload_len = len - out->header_len;
	out->count = (unsigned)((out->payload_len + out->size - 1) / out->size);
	if (out->count > SEGMENTS_MAX)
		return false;
	for (i = 0; i < out->count; i++)
		set_header(out, i, packet);
	return true;
}

/** segment_payload() - the payload of segment @i; its length in bytes */
size_t segment_payload(const struct segments *s, unsigned i, const uint8_t **payload)
{
	size_t at = i * s->size, left = s->payload_len - at;

	*payload = s->payload + at;
	return left < s->size ? left : s->size;
}
