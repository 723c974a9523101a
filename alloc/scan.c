/* SPDX-License-Identifier: MIT */
/*
 * scan.c - leases by owner and by IPv4 address, without the index
 *
 * For people, who want an answer when the index, or the line itself, is damaged too. All
 * lines are compared as they stand in the file, undecoded and without the lock: what is
 * found is where to look, and no more.
 */
#include "alloc/scan.h"

#include <arpa/inet.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "alloc/header.h"
#include "alloc/lease_line.h"
#include "alloc/line.h"

#define SCAN_LINES 256 /* lines read at once */

/** typedef line_test() - the line has what is looked for */
typedef bool line_test(const char line[LINE_LEN], const char *text);

static bool has_owner(const char line[LINE_LEN], const char *owner)
{
	return line_has(line, lease_columns[LEASE_OWNER], owner);
}

/** begins() - a column is an IPv4 address, with or without a port */
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

/** scan() - numbers of the lines that pass a test: how many, or -1 with errno, logged */
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
 * scan_owner() - where an owner stands
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
 * scan_address() - where an IPv4 address stands as an endpoint, in force or not
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

	inet_ntop(AF_INET, &ipv4, text, sizeof(text));
	return scan(t, has_address, text, numbers, max);
}
