// SPDX-License-Identifier: MIT
/*
 * hold-lease.c - hold a lease as a session does, until the end of standard input
 *
 * usage: hold-lease FILE NUMBER
 *
 * FILE is NAME.leases, NAME being the pool. Prints "held" when it has it. Number 0 is what
 * holds off other processes that would replace the file.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "alloc/table.h"

int main(int argc, char **argv)
{
	const char *base;
	struct table table;
	char c;

	if (argc != 3) {
		fputs("usage: hold-lease FILE NUMBER\n", stderr);
		return 100;
	}
	base = strrchr(argv[1], '/') ? strrchr(argv[1], '/') + 1 : argv[1];
	if (table_open(&table, argv[1],
		       strcmp(base, "users.leases") ? POOL_ANONYMOUS : POOL_USERS) ||
	    table_hold(&table, (uint32_t)atol(argv[2])))
		return 1;
	puts("held");
	fflush(stdout);
	while (read(STDIN_FILENO, &c, 1) > 0)
		;
	return 0;
}
