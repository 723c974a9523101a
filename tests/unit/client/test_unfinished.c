/* SPDX-License-Identifier: MIT */
/* test_unfinished.c - packets whose checksum a kernel has left to the next device */
#include <netinet/in.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "client/checksum.h"
#include "client/unfinished.h"

#define TCP_OPTIONS 12
#define TCP_HEADER  (40 + 20 + TCP_OPTIONS)

static uint8_t packet[70000];
static struct virtio_net_hdr hint;

/** put_sum() - write a checksum field: that of the pseudo-header, or with @whole of all */
static void put_sum(size_t field, size_t len, bool whole)
{
	uint64_t sum = checksum_pseudo(packet, (uint32_t)(len - 40), packet[6]);
	uint16_t check;

	memset(packet + 40 + field, 0, 2);
	check = checksum_fold(sum);
	if (whole)
		check = (uint16_t)~checksum_fold(
			checksum_add(sum, packet + 40, len - 40));
	memcpy(packet + 40 + field, &check, 2);
}

/** make() - a packet of that length in bytes, its checksum left out or there */
static void make(uint8_t protocol, size_t len, bool whole)
{
	size_t i;

	memset(packet, 0, TCP_HEADER);
	packet[0] = 0x60;
	packet[4] = (uint8_t)((len - 40) >> 8);
	packet[5] = (uint8_t)(len - 40);
	packet[6] = protocol;
	packet[8] = packet[24] = 0x20;
	packet[23] = 1;
	packet[39] = 2;
	for (i = TCP_HEADER; i < len; i++)
		packet[i] = (uint8_t)(i * 7 + i / 251);
	if (protocol == IPPROTO_TCP) {
		packet[40 + 12] = (20 + TCP_OPTIONS) / 4 << 4;
		packet[40 + 13] = 0x10;
	}
	put_sum(protocol == IPPROTO_TCP ? 16 : 6, len, whole);
}

static void merged_tcp_is_cut_to_what_every_path_carries(void **state)
{
	static const size_t lens[] = {1281, 2500, 40000, 65575};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(lens) / sizeof(lens[0]); i++) {
		make(IPPROTO_TCP, lens[i], false);
		assert_true(unfinished_hint(packet, lens[i], &hint));
		assert_int_equal(hint.flags, VIRTIO_NET_HDR_F_NEEDS_CSUM);
		assert_int_equal(hint.csum_start, 40);
		assert_int_equal(hint.csum_offset, 16);
		assert_int_equal(hint.gso_type, VIRTIO_NET_HDR_GSO_TCPV6);
		assert_int_equal(hint.hdr_len, TCP_HEADER);
		assert_int_equal(hint.gso_size, 1280 - TCP_HEADER);
	}
	packet[40 + 13] |= 0x80; /* CWR: of the first segment alone */
	put_sum(16, 65575, false);
	assert_true(unfinished_hint(packet, 65575, &hint));
	assert_int_equal(hint.gso_type,
			 VIRTIO_NET_HDR_GSO_TCPV6 | VIRTIO_NET_HDR_GSO_ECN);
}

static void short_ones_get_their_checksum(void **state)
{
	(void)state;
	make(IPPROTO_TCP, 1280, false);
	assert_true(unfinished_hint(packet, 1280, &hint));
	assert_int_equal(hint.flags, VIRTIO_NET_HDR_F_NEEDS_CSUM);
	assert_int_equal(hint.gso_type, VIRTIO_NET_HDR_GSO_NONE);
	make(IPPROTO_UDP, 1400, false);
	assert_true(unfinished_hint(packet, 1400, &hint));
	assert_int_equal(hint.csum_start, 40);
	assert_int_equal(hint.csum_offset, 6);
	assert_int_equal(hint.gso_type, VIRTIO_NET_HDR_GSO_NONE);
}

static void whole_packets_and_others_are_left_alone(void **state)
{
	size_t len;

	(void)state;
	make(IPPROTO_TCP, 1280, true);
	assert_false(unfinished_hint(packet, 1280, &hint));
	make(IPPROTO_UDP, 1280, true);
	assert_false(unfinished_hint(packet, 1280, &hint));
	make(IPPROTO_ICMPV6, 1280, false);
	assert_false(unfinished_hint(packet, 1280, &hint));
	for (len = 40; len < 60; len++) {
		make(IPPROTO_TCP, len, false);
		assert_false(unfinished_hint(packet, len, &hint));
	}
	for (len = 40; len < 48; len++) {
		make(IPPROTO_UDP, len, false);
		assert_false(unfinished_hint(packet, len, &hint));
	}
}

static void a_header_too_short_for_tcp_is_not_cut(void **state)
{
	(void)state;
	make(IPPROTO_TCP, 4000, false);
	packet[40 + 12] = 4 << 4;
	put_sum(16, 4000, false);
	assert_true(unfinished_hint(packet, 4000, &hint));
	assert_int_equal(hint.gso_type, VIRTIO_NET_HDR_GSO_NONE);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(merged_tcp_is_cut_to_what_every_path_carries),
		cmocka_unit_test(short_ones_get_their_checksum),
		cmocka_unit_test(whole_packets_and_others_are_left_alone),
		cmocka_unit_test(a_header_too_short_for_tcp_is_not_cut),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
