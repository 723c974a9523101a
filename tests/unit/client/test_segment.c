/* SPDX-License-Identifier: MIT */
/* test_segment.c - long TCP packets cut and joined again, and checksums */
#include <netinet/in.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "client/checksum.h"
#include "client/coalesce.h"
#include "client/segment.h"

#define HEADER 72 /* IPv6 and TCP with 12 bytes of options */

static uint8_t packet[70000];
static struct segments cut;
static uint8_t parts[SEGMENTS_MAX][2048];
static struct coalesce joined;

/** slow_sum() - the checksum as RFC 1071 writes it down, in network byte order */
static uint16_t slow_sum(const uint8_t *data, size_t len)
{
	uint32_t sum = 0;
	size_t i;

	for (i = 0; i < len; i++)
		sum += (uint32_t)data[i] << (i % 2 ? 0 : 8);
	while (sum >> 16)
		sum = (sum & 0xffff) + (sum >> 16);
	return (uint16_t)sum;
}

static void sums_are_those_of_the_rfc(void **state)
{
	size_t len, at;

	(void)state;
	srandom(1);
	for (at = 0; at < sizeof(packet); at++)
		packet[at] = (uint8_t)random();
	for (len = 0; len < 300; len++) {
		at = (size_t)random() % 64;
		assert_int_equal(ntohs(checksum_fold(checksum_add(0, packet + at, len))),
				 slow_sum(packet + at, len));
	}
	memset(packet, 0xff, sizeof(packet));
	assert_int_equal(checksum_fold(checksum_add(0, packet, 65535)),
			 ntohs(slow_sum(packet, 65535)));
}

/** make() - a long packet of the kernel's; its hint */
static struct virtio_net_hdr make(size_t payload, uint16_t size)
{
	size_t i, upper = HEADER - 40 + payload;

	memset(packet, 0, HEADER);
	packet[0] = 0x60;
	packet[4] = (uint8_t)(upper >> 8);
	packet[5] = (uint8_t)upper;
	packet[6] = IPPROTO_TCP;
	packet[7] = 64;
	packet[8] = packet[24] = 0x20;
	packet[23] = 1;
	packet[39] = 2;
	packet[40 + 7] = 0xfe; /* the sequence number wraps soon */
	packet[40 + 4] = packet[40 + 5] = packet[40 + 6] = 0xff;
	packet[40 + 12] = 8 << 4;
	packet[40 + 13] = 0x18; /* ACK, PSH */
	for (i = 0; i < payload; i++)
		packet[HEADER + i] = (uint8_t)(i * 7 + i / 251);
	return (struct virtio_net_hdr){.flags = VIRTIO_NET_HDR_F_NEEDS_CSUM,
				       .gso_type = VIRTIO_NET_HDR_GSO_TCPV6,
				       .gso_size = size,
				       .csum_start = 40,
				       .csum_offset = 16};
}

/** is_right() - a whole packet's TCP checksum */
static bool is_right(const uint8_t *p, size_t len)
{
	uint64_t sum = checksum_pseudo(p, (uint32_t)(len - 40), IPPROTO_TCP);

	return checksum_fold(checksum_add(sum, p + 40, len - 40)) == 0xffff;
}

/** cut_it() - the parts of a packet as they leave; their number */
static unsigned cut_it(size_t payload, uint16_t size, size_t lens[SEGMENTS_MAX])
{
	struct virtio_net_hdr hint = make(payload, size);
	const uint8_t *data;
	unsigned i;

	assert_true(segment_cut(&hint, packet, HEADER + payload, &cut));
	for (i = 0; i < cut.count; i++) {
		lens[i] = segment_payload(&cut, i, &data);
		memcpy(parts[i], cut.headers[i], cut.header_len);
		memcpy(parts[i] + cut.header_len, data, lens[i]);
		lens[i] += cut.header_len;
		assert_true(is_right(parts[i], lens[i]));
		assert_int_equal((size_t)parts[i][4] << 8 | parts[i][5], lens[i] - 40);
		/* PSH is on the last one alone */
		assert_int_equal(parts[i][53] & 8, i + 1 == cut.count ? 8 : 0);
	}
	return cut.count;
}

static void cut_and_joined_again(void **state)
{
	static const size_t payloads[] = {1, 1208, 1209, 2416, 5000, 65000 - HEADER};
	size_t lens[SEGMENTS_MAX], i, at;
	unsigned count, n, j;

	(void)state;
	for (i = 0; i < sizeof(payloads) / sizeof(payloads[0]); i++) {
		count = cut_it(payloads[i], 1208, lens);
		assert_int_equal(count, (payloads[i] + 1207) / 1208);
		for (j = 0; j < count; j++)
			assert_true(coalesce_add(&joined, parts[j], lens[j]));
		n = coalesce_take(&joined);
		assert_int_equal(n, 2 + count);
		assert_int_equal(joined.parts[1].iov_len, HEADER);
		for (j = 2, at = HEADER; j < n; j++) {
			assert_memory_equal(joined.parts[j].iov_base, packet + at,
					    joined.parts[j].iov_len);
			at += joined.parts[j].iov_len;
		}
		assert_int_equal(at, HEADER + payloads[i]);
		if (count == 1)
			continue;
		assert_int_equal(joined.hint.gso_size, 1208);
		assert_int_equal(joined.hint.flags, VIRTIO_NET_HDR_F_NEEDS_CSUM);
		/* the header of the whole is again that of the kernel, but for the sum */
		memset(parts[0] + 56, 0, 2);
		assert_memory_equal(parts[0], packet, HEADER);
	}
	assert_int_equal(coalesce_take(&joined), 0);
}

/** joins() - the second of two parts, with a byte changed, joins the first */
static bool joins(size_t at, uint8_t bits, bool mend)
{
	size_t lens[SEGMENTS_MAX] = {0};
	uint64_t sum;
	uint16_t check;
	bool result;

	cut_it(2416, 1208, lens);
	parts[1][at] ^= bits;
	if (mend) {
		memset(parts[1] + 56, 0, 2);
		sum = checksum_pseudo(parts[1], (uint32_t)(lens[1] - 40), IPPROTO_TCP);
		check = (uint16_t)~checksum_fold(
			checksum_add(sum, parts[1] + 40, lens[1] - 40));
		memcpy(parts[1] + 56, &check, 2);
	}
	assert_true(coalesce_add(&joined, parts[0], lens[0]));
	result = coalesce_add(&joined, parts[1], lens[1]);
	coalesce_take(&joined);
	return result;
}

static void only_what_follows_joins(void **state)
{
	static const uint8_t fields[] = {1,  3,  7,  23, 39, 41, 43,
					 47, 51, 54, 55, 58, 60, 71};
	size_t i;

	(void)state;
	assert_true(joins(80, 0, true));
	assert_false(joins(80, 1, false)); /* a wrong checksum */
	assert_true(joins(80, 1, true));
	assert_false(joins(53, 0x01, true)); /* FIN */
	assert_false(joins(53, 0x02, true)); /* SYN */
	assert_false(joins(53, 0x20, true)); /* URG */
	for (i = 0; i < sizeof(fields); i++) {
		if (joins(fields[i], 1, true))
			fail_msg("joins with another byte %u", fields[i]);
	}
}

static void what_is_short_or_no_tcp(void **state)
{
	struct virtio_net_hdr hint = make(3000, 1208);
	size_t lens[SEGMENTS_MAX], len;

	(void)state;
	packet[6] = IPPROTO_UDP;
	assert_false(segment_cut(&hint, packet, 3000 + HEADER, &cut));
	hint = make(3000, 0);
	assert_false(segment_cut(&hint, packet, 3000 + HEADER, &cut));
	hint = make(65000, 100);
	assert_false(segment_cut(&hint, packet, 65000 + HEADER, &cut));
	hint = make(3000, 1208);
	packet[52] = 0xf0;
	for (len = 0; len <= 100; len++)
		assert_false(segment_cut(&hint, packet, len, &cut));
	cut_it(1208, 1208, lens);
	for (len = 0; len < HEADER + 1; len++)
		assert_false(coalesce_add(&joined, parts[0], len));
	hint = (struct virtio_net_hdr){.flags = VIRTIO_NET_HDR_F_NEEDS_CSUM,
				       .csum_start = 65000,
				       .csum_offset = 16};
	assert_false(segment_finish(&hint, packet, 100));
	hint.csum_start = 83;
	assert_false(segment_finish(&hint, packet, 100));
	hint.csum_start = 82;
	assert_true(segment_finish(&hint, packet, 100));
}

static void a_sum_left_to_us(void **state)
{
	struct virtio_net_hdr hint = make(500, 0);
	uint16_t pseudo;

	(void)state;
	pseudo = checksum_fold(checksum_pseudo(packet, HEADER - 40 + 500, IPPROTO_TCP));
	memcpy(packet + 56, &pseudo, 2);
	assert_true(segment_finish(&hint, packet, HEADER + 500));
	assert_true(is_right(packet, HEADER + 500));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(sums_are_those_of_the_rfc),
		cmocka_unit_test(cut_and_joined_again),
		cmocka_unit_test(only_what_follows_joins),
		cmocka_unit_test(what_is_short_or_no_tcp),
		cmocka_unit_test(a_sum_left_to_us),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
