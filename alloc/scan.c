/* SPDX-License-Identifier: MIT */
/*
 * scan.c - leases by owner and by IPv4 address, without the index
 *
 * For administrators, who need an answer even if the index or the line is damaged. All
 * lines are compared as text, undecoded and without the lock: a result is only a line to
 * look at.
 */
#include "alloc/scan.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "alloc/header.h"
#include "alloc/lease_line.h"
#include "alloc/line.h"
#include "lib/addr.h"

#define SCAN_LINES 256 /* lines read at once */

/** typedef line_test() - true if the line matches */
typedef bool line_test(const char line[LINE_LEN], const char *text);

static bool has_owner(const char line[LINE_LEN], const char *owner)
{
	return line_has(line, lease_columns[LEASE_OWNER], owner);
}

/** begins() - true if a column is an IPv4 address, with or without a port */
static bool begins(const char line[LINE_LEN], struct column column, const char *ipv4)
{
	size_t len = strlen(ipv4);
	char next = line[column.at + len];

	return !memcmp(line + column.at, ipv4, len) && (next == ' ' || next == ':');
}

static bool has_address(const char line[LINE_LEN], const char *ipv4)
{
	return begins(line, lease_columns[LEASE_TUNNEL + TUNNEL_ENDPOINT], ipv4) ||
	       begins(line, lease_columns[LEASE_BEFORE + TUNNEL_ENDPOINT], ipv4);
}

/** scan() - find the lines that pass a test: their number, or -1 with errno, logged */
static int scan(struct table *t, line_test *test, const char *text, uint32_t *numbers,
		size_t max)
{
	char *lines = malloc((size_t)SCAN_LINES * LINE_LEN);
	uint32_t first, count, i;
	size_t found = 0;

	if (!lines)
		return -1;
	for (first = 1; first <= t->capacity && found < max; first += count) {
		count = t->capacity - first + 1;
		count = count < SCAN_LINES ? count : SCAN_LINES;
		if (table_raw_read(t, header_line_at(first), lines,
				   (size_t)count * LINE_LEN)) {
			free(lines);
			return -1;
		}
		for (i = 0; i < count && found < max; i++) {
			if (test(lines + (size_t)i * LINE_LEN, text))
				numbers[found++] = first + i;
		}
	}
	free(lines);
	return (int)found;
}

/**
 * scan_owner() - find the lines of an owner
 * @t:		Table, unlocked
 * @owner:	User id; in the anonymous file an endpoint
 * @numbers:	Result: lease numbers, in order
 * @max:	Room in @numbers; more are left out
 *
 * Return: how many; -1 with errno, logged
 */
int scan_owner(struct table *t, const char *owner, uint32_t *numbers, size_t max)
{
	return scan(t, has_owner, owner, numbers, max);
}

/**
 * scan_address() - find the lines with an IPv4 address as endpoint, in force or not
 * @t:		Table, unlocked
 * @ipv4:	Address
 * @numbers:	Result: lease numbers, in order
 * @max:	Room in @numbers; more are left out
 *
 * Return: how many; -1 with errno, logged
 */
int scan_address(struct table *t, struct in_addr ipv4, uint32_t *numbers, size_t max)
{
	char text[INET_ADDRSTRLEN];

	addr_format4(ipv4, text);
	return scan(t, has_address, text, numbers, max);
}
