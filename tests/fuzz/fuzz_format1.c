/* SPDX-License-Identifier: MIT */
/*
 * fuzz_format1.c - a line of an allocation file of format 1: a lease, or the header
 *
 * Input: a line and the one after it, filled up with blanks. It is decoded unchanged and
 * again with a matching checksum. A lease decoded from a sound or damaged line can be
 * encoded in format 2.
 */
#include <string.h>

#include "alloc/format1.h"
#include "alloc/line.h"
#include "tests/fuzz/fuzz.h"
#include "tests/unit/alloc/format1_fixture.h"

/** check_writable() - format 2 has a line for it, which says the same */
static void check_writable(const struct lease *lease)
{
	char line[LEASE_LINE_LEN];
	struct lease again;
	const char *why;

	CHECK(!lease_encode(lease, line));
	CHECK(!lease_decode(line, lease->number, &again, &why));
	CHECK(again.state == lease->state && !strcmp(again.owner, lease->owner));
	CHECK(endpoint_equal(&again.tunnel.endpoint, &lease->tunnel.endpoint));
}

static void try_lease(const char line[OLD_LEN], uint32_t number)
{
	struct lease lease;

	if (!format1_lease(line, number, &lease)) {
		CHECK(lease.number == number);
		check_writable(&lease);
	}
	format1_salvage(line, number, POOL_USERS, &lease);
	check_writable(&lease);
	format1_salvage(line, number, POOL_ANONYMOUS, &lease);
	check_writable(&lease);
}

static void try_line(const char lines[2 * OLD_LEN], size_t size)
{
	uint32_t number = 0, capacity;
	uint64_t key[2];
	int i;

	for (i = 0; i < 8 && lines[i] >= '0' && lines[i] <= '9'; i++)
		number = number * 10 + (uint32_t)(lines[i] - '0');
	try_lease(lines, number ? number : 1);
	format1_is_file(lines);
	capacity = format1_capacity(lines, POOL_USERS, (off_t)size * OLD_LEN, key);
	CHECK(capacity <= size); /* and line 0 */
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char lines[2 * OLD_LEN];

	memset(lines, ' ', sizeof(lines));
	memcpy(lines, data, size < sizeof(lines) ? size : sizeof(lines));
	try_line(lines, size);
	old_seal(lines);
	try_line(lines, size);
	return 0;
}
