// SPDX-License-Identifier: MIT
/*
 * fill-format1.c - make an allocation file of format 1, as version 0.1 left it
 *
 * usage: fill-format1 FILE CAPACITY COUNT
 *
 * FILE is NAME.leases, NAME being the pool. Leases 1 to COUNT are active: lease N belongs
 * to user "userN" and ends at 10.0.0.0 + N; anonymous ones end at 11.0.0.0 + N.
 */
#include <arpa/inet.h>
#include <stdlib.h>

#include "tests/unit/alloc/format1_fixture.h"

static void make_line(char line[OLD_LEN], int users, unsigned n)
{
	struct in_addr end = {htonl((users ? 0x0a000000 : 0x0b000000) + n)};
	char owner[64], ipv4[INET_ADDRSTRLEN];
	time_t now = time(NULL);

	inet_ntop(AF_INET, &end, ipv4, sizeof(ipv4));
	if (users)
		snprintf(owner, sizeof(owner), "user%u", n);
	else
		snprintf(owner, sizeof(owner), "%s", ipv4);
	old_line(line, n, "active", owner,
		 (struct old_tunnel){"v6v4", ipv4, users ? "56" : NULL, now - 60,
				     now + 86400},
		 (struct old_tunnel){NULL});
}

int main(int argc, char **argv)
{
	unsigned capacity, count, i;
	char line[OLD_LEN];
	int users;
	FILE *f;

	if (argc != 4 || !(f = fopen(argv[1], "we"))) {
		fputs("usage: fill-format1 FILE CAPACITY COUNT\n", stderr);
		return 100;
	}
	users = strstr(argv[1], "users.leases") != NULL;
	capacity = (unsigned)atol(argv[2]);
	count = (unsigned)atol(argv[3]);
	old_header(line, users ? "users" : "anonymous", capacity);
	fwrite(line, OLD_LEN, 1, f);
	for (i = 1; i <= capacity; i++) {
		if (i <= count)
			make_line(line, users, i);
		else
			old_line(line, i, "free", "-", (struct old_tunnel){NULL},
				 (struct old_tunnel){NULL});
		fwrite(line, OLD_LEN, 1, f);
	}
	memset(line, ' ', sizeof(line));
	line[OLD_LEN - 1] = '\n';
	for (i = 0; i < old_index_lines(capacity); i++)
		fwrite(line, OLD_LEN, 1, f);
	return fclose(f) ? 1 : 0;
}
