// SPDX-License-Identifier: MIT
/*
 * adversary-template.c - a template without a shell that records each tunnel it should build
 *
 * Appends a line to the file "tunnels" in the directory it lies in; where there is a file
 * "fail", it does nothing and fails. A line holds, by tabs: operation, interface, client's
 * IPv4 and IPv6 address, prefix, user id; "-" for an unset value.
 */
#include <fcntl.h>
#include <libgen.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const char *variable(const char *name)
{
	const char *value = getenv(name);

	return value ? value : "-";
}

int main(int argc, char **argv)
{
	char own[PATH_MAX], line[1024];
	int fd, n;

	if (argc != 1 || strlen(argv[0]) >= sizeof(own))
		return 1;
	strcpy(own, argv[0]);
	if (chdir(dirname(own)) || !access("fail", F_OK))
		return 1;
	n = snprintf(line, sizeof(line), "%s\t%s\t%s\t%s\t%s\t%s\n",
		     variable("TSP_OPERATION"), variable("TSP_TUNNEL_INTERFACE"),
		     variable("TSP_CLIENT_ADDRESS_IPV4"),
		     variable("TSP_CLIENT_ADDRESS_IPV6"), variable("TSP_PREFIX"),
		     variable("TSP_USERID"));
	fd = open("tunnels", O_WRONLY | O_CREAT | O_APPEND, 0600);
	return fd < 0 || n <= 0 || write(fd, line, (size_t)n) != n;
}
