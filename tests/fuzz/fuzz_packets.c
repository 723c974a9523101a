/* SPDX-License-Identifier: MIT */
/*
 * fuzz_packets.c - packets that a server sends through a tunnel, on their way to the device
 *
 * Input: a byte of flags, two of a length, and a packet of that length, again and again. A
 * flag corrects the TCP checksum, another leaves it to the kernel, and one makes the packet
 * follow the last one in its stream. Packets that were joined come apart as they were.
 */
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>

#include "client/checksum.h"
#include "client/coalesce.h"
#include "client/segment.h"
#include "client/unfinished.h"
#include "tests/fuzz/fuzz.h"

#define IPV6_LEN 40
#define TCP_MIN  20

#define WHOLE   1 /* flags */
#define LEFT    2
#define FOLLOWS 4

/** struct stream - packets that wait in @joined */
struct stream {
	struct coalesce joined;
	struct fuzz_span packets[COALESCE_MAX];
	unsigned count;
	uint8_t last[IPV6_LEN + TCP_MIN + 40];
	size_t last_payload;
};

/** follow() - the header of the last packet, with the sequence number behind it */
static void follow(const struct stream *s, uint8_t *p, size_t len)
{
	size_t header_len = IPV6_LEN + (size_t)(s->last[52] >> 4) * 4;
	uint32_t next;

	if (!s->last_payload || len <= header_len)
		return;
	memcpy(p, s->last, header_len);
	memcpy(&next, p + 44, 4);
	next = htonl(ntohl(next) + (uint32_t)s->last_payload);
	memcpy(p + 44, &next, 4);
}

/** set_sum() - the TCP checksum, or what a kernel leaves in its place */
static void set_sum(uint8_t *p, size_t len, bool whole)
{
	uint64_t sum = checksum_pseudo(p, (uint32_t)(len - IPV6_LEN), p[6]);
	uint16_t check = checksum_fold(sum);

	memset(p + 56, 0, 2);
	if (whole)
		check = (uint16_t)~checksum_fold(
			checksum_add(sum, p + IPV6_LEN, len - IPV6_LEN));
	memcpy(p + 56, &check, 2);
}

/** make() - a packet as carry.c passes it on */
static uint8_t *make(const struct stream *s, uint8_t flags, struct fuzz_span from)
{
	uint8_t *p = malloc(from.len);

	CHECK(p);
	memcpy(p, from.p, from.len);
	if (flags & FOLLOWS)
		follow(s, p, from.len);
	p[0] = 0x60 | (p[0] & 15);
	p[4] = (uint8_t)((from.len - IPV6_LEN) >> 8);
	p[5] = (uint8_t)(from.len - IPV6_LEN);
	if (flags & (WHOLE | LEFT) && from.len >= IPV6_LEN + TCP_MIN)
		set_sum(p, from.len, flags & WHOLE);
	return p;
}

/** compare() - the parts of a long packet are the packets that were joined */
static void compare(struct stream *s, uint8_t *whole, size_t len)
{
	static struct segments cut;
	unsigned i;

	CHECK(segment_cut(&s->joined.hint, whole, len, &cut));
	CHECK(cut.count == s->count);
	for (i = 0; i < cut.count; i++) {
		const uint8_t *payload, *p = s->packets[i].p;
		size_t n = segment_payload(&cut, i, &payload);

		/* The first packet's own header has become that of the whole */
		CHECK(s->packets[i].len == cut.header_len + n);
		CHECK(!memcmp(p + cut.header_len, payload, n));
		CHECK(!i || !memcmp(p, cut.headers[i], 56));
		CHECK(!i || !memcmp(p + 58, cut.headers[i] + 58, cut.header_len - 58));
	}
}

/** take() - what waits, as it is written to the device */
static void take(struct stream *s)
{
	unsigned i, parts = coalesce_take(&s->joined);
	uint8_t *whole = malloc(70000);
	size_t len = 0;

	CHECK(whole && parts == (s->count ? s->count + 2 : 0));
	for (i = 1; i < parts; i++) {
		const struct iovec *part = &s->joined.parts[i];

		CHECK(len + part->iov_len <= 65535 + IPV6_LEN);
		memcpy(whole + len, part->iov_base, part->iov_len);
		len += part->iov_len;
	}
	if (s->count > 1)
		compare(s, whole, len);
	free(whole);
	for (i = 0; i < s->count; i++)
		free((void *)s->packets[i].p);
	s->count = 0;
}

/** add() - the packet waits; false: it is to be written by itself */
static bool add(struct stream *s, uint8_t *p, size_t len)
{
	size_t header_len;

	if (!coalesce_add(&s->joined, p, len))
		return false;
	header_len = IPV6_LEN + (size_t)(p[52] >> 4) * 4;
	s->packets[s->count++] = (struct fuzz_span){p, len};
	memcpy(s->last, p, header_len);
	s->last_payload = len - header_len;
	return true;
}

/** deliver() - as carry.c does */
static void deliver(struct stream *s, uint8_t *p, size_t len)
{
	struct virtio_net_hdr hint = {0};

	if (unfinished_hint(p, len, &hint)) {
		CHECK(hint.csum_start + hint.csum_offset + 2U <= len);
		CHECK(hint.gso_type == VIRTIO_NET_HDR_GSO_NONE ||
		      (hint.gso_size && hint.hdr_len + (size_t)hint.gso_size < len));
	} else if (add(s, p, len)) {
		return;
	} else {
		take(s);
		if (add(s, p, len))
			return;
	}
	free(p);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct stream s;

	while (size > 3) {
		struct fuzz_span packet = {data + 3, (size_t)data[1] << 8 | data[2]};

		if (packet.len > size - 3)
			packet.len = size - 3;
		if (packet.len >= IPV6_LEN)
			deliver(&s, make(&s, data[0], packet), packet.len);
		data += 3 + packet.len;
		size -= 3 + packet.len;
	}
	take(&s);
	s.last_payload = 0;
	return 0;
}
