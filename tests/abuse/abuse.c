// SPDX-License-Identifier: MIT
/*
 * abuse.c - hostile connections against a server, and what honest clients notice
 *
 * usage: abuse [-w WIDTH] [-n TOTAL] [-s SECONDS] [-f SOURCES] [-u USER:PASSWORD] PORT ATTACK
 *
 *   -w WIDTH	hostile connections at a time (100)
 *   -n TOTAL	and in all (no limit but the time)
 *   -s SECONDS	how long (10)
 *   -f SOURCES	addresses they come from (1)
 *   -u U:P	honest users are U1, U3, U5 and U7, with password P
 *
 * The server is at 127.0.0.1. Prints a line: attack, hostile connections, at a time, per
 * second, closed without a word, tunnels granted to them; honest sessions tried, served,
 * percent, and milliseconds to the offer: median, 90th percentile, longest.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "tests/abuse/abuse.h"

#define HONEST_CLIENTS 8

static int usage(void)
{
	fputs("usage: abuse [-w WIDTH] [-n TOTAL] [-s SECONDS] [-f SOURCES] "
	      "[-u USER:PASSWORD] PORT ATTACK\n",
	      stderr);
	return 100;
}

static const struct attack *attack_by_name(const char *name)
{
	size_t i;

	for (i = 0; i < attack_count; i++) {
		if (!strcmp(name, attacks[i].name))
			return &attacks[i];
	}
	return NULL;
}

/** parse() - the command line; 0, or -1 */
static int parse(int argc, char **argv, struct crowd *crowd, char **user)
{
	int option;

	while ((option = getopt(argc, argv, "w:n:s:f:u:")) != -1) {
		switch (option) {
		case 'w':
			crowd->width = (unsigned)atoi(optarg);
			break;
		case 'n':
			crowd->total = (unsigned)atoi(optarg);
			break;
		case 's':
			crowd->seconds = atof(optarg);
			break;
		case 'f':
			crowd->sources = (unsigned)atoi(optarg);
			break;
		case 'u':
			*user = optarg;
			break;
		default:
			return -1;
		}
	}
	if (optind + 2 != argc || !crowd->width || crowd->width > 8000 || !crowd->sources)
		return -1;
	crowd->port = (unsigned short)atoi(argv[optind]);
	crowd->attack = attack_by_name(argv[optind + 1]);
	return crowd->port && crowd->attack ? 0 : -1;
}

int main(int argc, char **argv)
{
	struct crowd crowd = {.width = 100, .sources = 1, .seconds = 10};
	const struct rlimit files = {10000, 10000};
	char *user = NULL, *password;
	struct damage damage = {0};
	struct honest *honest;
	double end;

	if (parse(argc, argv, &crowd, &user))
		return usage();
	password = user ? strchr(user, ':') : NULL;
	if (password)
		*password++ = '\0';
	setrlimit(RLIMIT_NOFILE, &files);

	honest = honest_start(crowd.port, HONEST_CLIENTS, user ? user : "user",
			      password ? password : "s3cret");
	end = seconds_now() + crowd.seconds;
	if (strcmp(crowd.attack->name, "none") != 0)
		crowd_run(&crowd, &damage);
	/* clients that close at once are gone before the server has read their bytes */
	while (crowd.attack->ending == END_CLOSE && seconds_now() < end)
		usleep(100000);
	honest_stop(honest);

	printf("%-10s %6u %5u %6.0f %7u %7u", crowd.attack->name, damage.opened,
	       damage.peak, damage.seconds > 0 ? damage.opened / damage.seconds : 0,
	       damage.unheard, damage.granted);
	honest_print(honest);
	return 0;
}
