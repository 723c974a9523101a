/* SPDX-License-Identifier: MIT */
/*
 * coalesce.c - TCP segments of one stream become one long packet for the kernel
 *
 * The reverse of segment.c, like the kernel's GRO for network cards. Segments are joined
 * when they follow each other in one stream, differ only in sequence number, PSH and FIN,
 * and all but the last have the same length. Each checksum is verified first: the long
 * packet has none. Payloads are not copied.
 */
#include "client/coalesce.h"

#include <netinet/in.h>
#include <string.h>

#include "client/checksum.h"

#define IPV6_LEN 40
#define TCP_MIN  20
#define LEN_MAX  65535 /* of what follows the IPv6 header */

#define TCP_PSH 0x08
#define TCP_ACK 0x10

static uint32_t get32(const uint8_t *p)
{
	return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}

/** can_join() - a segment with data, no special flags and a correct checksum */
static bool can_join(const uint8_t *p, size_t len, size_t *header_len)
{
	const uint8_t *tcp = p + IPV6_LEN;

	if (len < IPV6_LEN + TCP_MIN || p[6] != IPPROTO_TCP)
		return false;
	*header_len = IPV6_LEN + (size_t)(tcp[12] >> 4) * 4;
	if (*header_len < IPV6_LEN + TCP_MIN || *header_len >= len ||
	    (tcp[13] & ~TCP_PSH) != TCP_ACK)
		return false;
	return checksum_fold(checksum_add(
		       checksum_pseudo(p, (uint32_t)(len - IPV6_LEN), IPPROTO_TCP), tcp,
		       len - IPV6_LEN)) == 0xffff;
}

/** same_stream() - both headers are the same but for lengths, sequence, PSH and checksum */
static bool same_stream(const uint8_t *a, const uint8_t *b, size_t header_len)
{
	return !memcmp(a, b, 4) && !memcmp(a + 6, b + 6, 38) &&    /* to the ports */
	       !memcmp(a + IPV6_LEN + 8, b + IPV6_LEN + 8, 5) &&   /* ACK, offset */
	       !memcmp(a + IPV6_LEN + 14, b + IPV6_LEN + 14, 2) && /* window */
	       !memcmp(a + IPV6_LEN + 18, b + IPV6_LEN + 18, header_len - IPV6_LEN - 18);
}

/** begin() - the first segment of a packet */
static void begin(struct coalesce *c, uint8_t *packet, size_t len, size_t header_len)
{
	c->first = packet;
	c->header_len = header_len;
	c->size = len - header_len;
	c->next = get32(packet + IPV6_LEN + 4);
	c->parts[1] = (struct iovec){packet, header_len};
}

/**
 * coalesce_add() - add a packet to the waiting ones
 * @c:		Packets that wait
 * @packet:	IPv6 packet; stays where it is until coalesce_take()
 * @len:	Its length in bytes
 *
 * Return: true; false: it does not join what waits, which has to be taken first. If nothing
 * waits, it is to be written by itself.
 */
bool coalesce_add(struct coalesce *c, uint8_t *packet, size_t len)
{
	size_t header_len, payload;

	if (c->closed || c->count == COALESCE_MAX || !can_join(packet, len, &header_len))
		return false;
	payload = len - header_len;
	if (!c->count)
		begin(c, packet, len, header_len);
	else if (header_len != c->header_len || payload > c->size ||
		 get32(packet + IPV6_LEN + 4) != c->next ||
		 header_len - IPV6_LEN + c->len + payload > LEN_MAX ||
		 !same_stream(c->first, packet, header_len))
		return false;
	c->parts[2 + c->count++] = (struct iovec){packet + header_len, payload};
	c->len += payload;
	c->next += (uint32_t)payload;
	if (packet[IPV6_LEN + 13] & TCP_PSH) {
		c->first[IPV6_LEN + 13] |= TCP_PSH;
		c->closed = true;
	}
	c->closed |= payload < c->size;
	return true;
}

/** finish() - header and hint of a long packet */
static void finish(struct coalesce *c)
{
	size_t upper = c->header_len - IPV6_LEN + c->len;
	uint16_t sum;

	c->first[4] = (uint8_t)(upper >> 8);
	c->first[5] = (uint8_t)upper;
	sum = checksum_fold(checksum_pseudo(c->first, (uint32_t)upper, IPPROTO_TCP));
	memcpy(c->first + IPV6_LEN + 16, &sum, sizeof(sum));
	c->hint.flags = VIRTIO_NET_HDR_F_NEEDS_CSUM;
	c->hint.gso_type = VIRTIO_NET_HDR_GSO_TCPV6;
	c->hint.hdr_len = (uint16_t)c->header_len;
	c->hint.gso_size = (uint16_t)c->size;
	c->hint.csum_start = IPV6_LEN;
	c->hint.csum_offset = 16;
}

/**
 * coalesce_take() - the waiting segments as one packet with its hint: c->parts, for writev()
 *
 * Return: number of parts; 0: nothing waits. From now on nothing does
 */
unsigned coalesce_take(struct coalesce *c)
{
	unsigned count = c->count;

	if (!count)
		return 0;
	memset(&c->hint, 0, sizeof(c->hint));
	if (count > 1)
		finish(c);
	c->parts[0] = (struct iovec){&c->hint, sizeof(c->hint)};
	c->count = 0;
	c->len = 0;
	c->closed = false;
	return 2 + count;
}
