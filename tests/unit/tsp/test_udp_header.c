/* SPDX-License-Identifier: MIT */
/* test_udp_header.c - what a datagram is, and which of two numbers is later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "tsp/udp_header.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/** kind_of() - of @len bytes that begin with @first */
static enum udp_kind kind_of(uint8_t first, size_t len)
{
	uint8_t data[UDP_DATAGRAM_MAX] = {first};
	struct udp_header header;

	return udp_header_read(data, len, &header);
}

static void kinds(void **state)
{
	(void)state;
	assert_int_equal(kind_of(0xf0, 8), UDP_SIGNALLING);
	assert_int_equal(kind_of(0xff, 8), UDP_SIGNALLING);
	assert_int_equal(kind_of(0xf0, UDP_DATAGRAM_MAX), UDP_SIGNALLING);
	assert_int_equal(kind_of(0xf0, UDP_DATAGRAM_MAX + 1), UDP_LONG);
	assert_int_equal(kind_of(0xf0, 65507), UDP_LONG);
	assert_int_equal(kind_of(0x60, 48), UDP_PACKET);
	assert_int_equal(kind_of(0x6f, 65507), UDP_PACKET);
	assert_int_equal(kind_of(0x45, 48), UDP_SIGNALLING);
	assert_int_equal(kind_of(0x00, 8), UDP_SIGNALLING);
	assert_int_equal(kind_of(0xe0, 8), UDP_SIGNALLING);
	assert_int_equal(kind_of(0xf0, 7), UDP_SHORT);
	assert_int_equal(kind_of(0x60, 7), UDP_SHORT);
	assert_int_equal(kind_of(0xf0, 0), UDP_SHORT);
}

static void goes_and_comes_back(void **state)
{
	static const uint8_t gogoc[] = {0xf0, 0, 0, 0xf0, 0x01, 0x23, 0x45, 0x67, 'V'};
	struct udp_header header;
	uint8_t out[UDP_HEADER_LEN];

	(void)state;
	assert_int_equal(udp_header_read(gogoc, sizeof(gogoc), &header), UDP_SIGNALLING);
	assert_int_equal(header.sequence, 0xf00000f0);
	assert_int_equal(header.timestamp, 0x01234567);
	udp_header_write(&header, out);
	assert_memory_equal(out, gogoc, sizeof(out));
}

static void sequences(void **state)
{
	static const struct {
		uint32_t earlier, later;
	} rows[] = {
		{0xf0000000, 0xf0000001}, {0xf00000ff, 0xf0000100},
		{0xf0000000, 0xf7ffffff}, {0xffffffff, 0xf0000000},
		{0xfffffff0, 0xf0000010},
	};
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(rows); i++) {
		assert_true(udp_header_sequence_after(rows[i].later, rows[i].earlier));
		assert_false(udp_header_sequence_after(rows[i].earlier, rows[i].later));
		assert_false(udp_header_sequence_after(rows[i].later, rows[i].later));
	}
}

static void the_next_number(void **state)
{
	(void)state;
	assert_int_equal(udp_header_next(0xf0000000), 0xf0000001);
	assert_int_equal(udp_header_next(0xffffffff), 0xf0000000);
}

static void the_other_byte_order(void **state)
{
	static const uint8_t tspc[] = {0x00, 0, 0, 0xf0, 0x6e, 0x03, 0, 0};
	struct udp_header header;
	uint8_t out[UDP_HEADER_LEN];

	(void)state;
	assert_int_equal(udp_header_read(tspc, sizeof(tspc), &header), UDP_SIGNALLING);
	assert_true(header.little_endian);
	assert_int_equal(header.sequence, 0xf0000000);
	assert_int_equal(header.timestamp, 0x36e);
	udp_header_write(&header, out);
	assert_memory_equal(out, tspc, sizeof(out));
	udp_header_swap(&header);
	assert_int_equal(header.sequence, 0x000000f0);
	udp_header_write(&header, out);
	assert_memory_equal(out, tspc, sizeof(out));
}

/* neither end has the nibble: the number counts on and comes back unchanged */
static void another_nibble(void **state)
{
	static const uint8_t one[] = {0x00, 0, 0, 0x01, 0x6e, 0x03, 0, 0};
	struct udp_header header;
	uint8_t out[UDP_HEADER_LEN];

	(void)state;
	assert_int_equal(udp_header_read(one, sizeof(one), &header), UDP_SIGNALLING);
	assert_false(header.little_endian);
	assert_int_equal(header.sequence, 1);
	assert_int_equal(udp_header_next(header.sequence), 2);
	udp_header_write(&header, out);
	assert_memory_equal(out, one, sizeof(out));
}

static void timestamps(void **state)
{
	(void)state;
	assert_true(udp_header_later(1, 0));
	assert_false(udp_header_later(0, 1));
	assert_false(udp_header_later(7, 7));
	assert_true(udp_header_later(3, 0xfffffff0));
	assert_false(udp_header_later(0xfffffff0, 3));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(kinds),
		cmocka_unit_test(goes_and_comes_back),
		cmocka_unit_test(sequences),
		cmocka_unit_test(the_next_number),
		cmocka_unit_test(the_other_byte_order),
		cmocka_unit_test(another_nibble),
		cmocka_unit_test(timestamps),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
