/* SPDX-License-Identifier: MIT */
/*
 * fuzz_udp_header.c - the first bytes of a datagram
 *
 * Input: a datagram. What is signalling comes back from its header as it was; everything
 * else leaves the result alone.
 */
#include <string.h>

#include "tsp/udp_header.h"
#include "tests/fuzz/fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct udp_header header = {0x12345678, 0x9abcdef0}, other;
	uint8_t bytes[UDP_HEADER_LEN];
	enum udp_kind kind = udp_header_read(data, size, &header);

	CHECK(kind < UDP_KINDS);
	CHECK((kind == UDP_SHORT) == (size < UDP_HEADER_LEN));
	if (kind != UDP_SIGNALLING) {
		CHECK(header.sequence == 0x12345678 && header.timestamp == 0x9abcdef0);
		return 0;
	}
	CHECK(size <= UDP_DATAGRAM_MAX && data[0] >> 4 != 6);
	CHECK(!header.little_endian || header.sequence >> 28 == 0xf);
	udp_header_write(&header, bytes);
	CHECK(!memcmp(bytes, data, sizeof(bytes)));

	CHECK(udp_header_sequence_after(udp_header_next(header.sequence),
					header.sequence));
	CHECK(udp_header_next(header.sequence) >> 28 == header.sequence >> 28);
	other.sequence = header.timestamp;
	CHECK(!udp_header_sequence_after(header.sequence, header.sequence));
	CHECK(!(udp_header_sequence_after(header.sequence, other.sequence) &&
		udp_header_sequence_after(other.sequence, header.sequence)));
	CHECK(udp_header_sequence_after(header.sequence + 1, header.sequence));
	CHECK(udp_header_later(header.timestamp + 1, header.timestamp));
	return 0;
}
