/* SPDX-License-Identifier: MIT */
/*
 * alloc-bench.c - one durable allocation, in our file, in LMDB and in SQLite
 *
 * Every operation does what one handler does: open the store, look for the owner and for
 * the endpoint, find a free lease, write it with its two index entries, see it on the disk,
 * close. Owners are new ones each time. Several processes do so at once.
 *
 *	tsp	this project's allocation file
 *	tsp-nat	the same, all clients behind one IPv4 address, each at its own port
 *	life	a lease from its claim to its end: also accepted, heard, found by its owner, ended
 *	life-nat	the same, all clients behind one IPv4 address
 *	lmdb	four databases in one environment, one write transaction, its default durability
 *	sqlite	one table with two indexes, WAL, synchronous=full; one more connection stays
 *		open so that closing does not checkpoint every time
 *	disk	no store: three writes of a line each, at random places of a file as large as
 *		ours, and fdatasync(); what the disk takes and no store can save
 *
 * DIR keeps its store for the next run, which finds it one ROUND fuller.
 *
 * usage: alloc-bench DIR tsp|tsp-nat|life|life-nat|lmdb|sqlite|disk CAPACITY FILL-PERCENT
 *		PROCESSES OPERATIONS-OF-EACH [ROUND]
 * Output, tab-separated: store, capacity, fill, processes, microseconds per operation of
 * one process (elapsed / operations of each), microseconds per operation over all.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "alloc/index.h"
#include "alloc/store.h"
#include "tests/bench/stores.h"
#include "lib/prefix.h"

const char *dir;
uint32_t capacity;
static struct config config;
static bool one_address; /* tsp-nat, life-nat */

void die(const char *what)
{
	fprintf(stderr, "alloc-bench: %s: %s\n", what, strerror(errno));
	exit(111);
}

/** owner_of() - user id and IPv4 address number @n; the hash spreads numbers like names */
struct in_addr owner_of(uint32_t n, char id[USER_ID_MAX + 1])
{
	snprintf(id, USER_ID_MAX + 1, "user%08x", n * 2654435761u);
	return (struct in_addr){htonl(0x0b000000u + n)};
}

/** endpoint_of() - of client number @n, or of lease @i that is there before; its user id */
static struct endpoint endpoint_of(uint32_t n, uint32_t i, char id[USER_ID_MAX + 1])
{
	struct endpoint e = {.addr = owner_of(n, id)};

	if (!one_address)
		return e;
	e.addr.s_addr = htonl(0xcb007101); /* 203.0.113.1 */
	e.port = (uint16_t)(n < 0x400000 ? 20000 + n / 10000 * 5000 + n % 10000 : 1 + i);
	return e;
}

static void tsp_prepare(uint32_t used)
{
	struct store store;
	struct table *t;
	uint32_t i;

	if (table_make(&config, POOL_USERS) || store_open(&store, &config) ||
	    store_lock(&store))
		die("store_open");
	t = &store.tables[POOL_USERS];
	for (i = 0; i < used; i++) {
		/* spread over the file as hashing would have it: step is odd and large */
		struct lease lease = {
			.number = 1 + (uint32_t)((uint64_t)i * 40503 % capacity),
			.state = LEASE_PRESENT,
			.tunnel = {.mode = one_address ? TUNNEL_V6UDPV4 : TUNNEL_V6V4,
				   .slot = one_address ? (uint16_t)i : 0,
				   .granted = time(NULL),
				   .expires = time(NULL) + 86400}};

		lease.tunnel.endpoint = endpoint_of(0x400000 + i, i, lease.owner);
		if (index_add(t, &lease) || table_write(t, &lease))
			die("table_write");
	}
	store_unlock(&store);
	store_sync(&store);
	store_close(&store);
}

static void tsp_allocate(uint32_t n)
{
	char id[USER_ID_MAX + 1];
	struct store_wish wish = {.pool = POOL_USERS, .owner = id};
	struct store_claim claim;
	struct store store;

	wish.endpoint = endpoint_of(n, 0, id);
	wish.mode = one_address ? TUNNEL_V6UDPV4 : TUNNEL_V6V4;
	if (store_open(&store, &config) ||
	    store_claim(&store, &wish, &claim) != STORE_OK || store_sync(&store))
		die("store_claim");
	store_close(&store);
}

static void life(uint32_t n)
{
	char id[USER_ID_MAX + 1];
	struct store_wish wish = {.pool = POOL_USERS, .owner = id};
	struct store_claim claim;
	struct lease lease;
	struct store store;

	wish.endpoint = endpoint_of(n, 0, id);
	wish.mode = one_address ? TUNNEL_V6UDPV4 : TUNNEL_V6V4;
	if (store_open(&store, &config) ||
	    store_claim(&store, &wish, &claim) != STORE_OK || store_sync(&store) ||
	    store_accept(&store, &claim))
		die("store_accept");
	if (store_claim_number(&store, POOL_USERS, claim.lease.number, &claim) !=
		    STORE_OK ||
	    store_prove(&store, &claim) || claim.lease.state != LEASE_PRESENT)
		die("store_prove");
	if (store_find_owner(&store, POOL_USERS, id, &lease) != STORE_OK ||
	    store_claim_own(&store, POOL_USERS, id, &claim) != STORE_OK ||
	    store_end(&store, &claim))
		die("store_end");
	store_close(&store);
}

static const struct backend backends[] = {
	{"tsp", tsp_prepare, tsp_allocate, NULL},
	{"tsp-nat", tsp_prepare, tsp_allocate, NULL},
	{"life", tsp_prepare, life, NULL},
	{"life-nat", tsp_prepare, life, NULL},
	{"lmdb", lmdb_prepare, lmdb_allocate, NULL},
	{"sqlite", sqlite_prepare, sqlite_allocate, sqlite_keep},
	{"disk", disk_prepare, disk_allocate, NULL},
};

static double now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

/** run() - run all processes at once, each with its own owners; seconds until the last is done */
static double run(const struct backend *b, unsigned processes, unsigned each,
		  unsigned round)
{
	double begin = now();
	unsigned p, i;
	int status;

	for (p = 0; p < processes; p++) {
		if (fork() == 0) {
			for (i = 0; i < each; i++)
				b->allocate(((round * processes) + p + 1) * 10000 + i);
			_exit(0);
		}
	}
	while (wait(&status) > 0) {
		if (status)
			exit(111);
	}
	return now() - begin;
}

/** use_store() - the one that an earlier round has left, or a new one */
static void use_store(const struct backend *b, uint32_t fill)
{
	char mark[4096];
	int fd;

	snprintf(mark, sizeof(mark), "%s/ready", dir);
	if (!access(mark, F_OK))
		return;
	b->prepare((uint32_t)((uint64_t)capacity * fill / 100));
	sync(); /* what preparing left for later must not be paid for by a measurement */
	fd = open(mark, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	if (fd < 0 || close(fd))
		die(mark);
}

int main(int argc, char **argv)
{
	const struct backend *b = backends,
			     *end = b + sizeof(backends) / sizeof(backends[0]);
	unsigned processes, each, round;
	double seconds;

	for (; argc >= 7 && argc <= 8 && b < end && strcmp(b->name, argv[2]); b++)
		;
	if (argc < 7 || argc > 8 || b == end) {
		fputs("usage: alloc-bench DIR tsp|tsp-nat|life|life-nat|lmdb|sqlite|disk "
		      "CAPACITY FILL-PERCENT PROCESSES OPERATIONS-OF-EACH [ROUND]\n",
		      stderr);
		return 100;
	}
	dir = argv[1];
	capacity = (uint32_t)strtoul(argv[3], NULL, 10);
	processes = (unsigned)strtoul(argv[5], NULL, 10);
	each = (unsigned)strtoul(argv[6], NULL, 10);
	round = argc == 8 ? (unsigned)strtoul(argv[7], NULL, 10) : 0;

	snprintf(config.state, sizeof(config.state), "%s", dir);
	config.session_seconds = 60;
	config.lifetime_minutes = 1440;
	one_address = strstr(b->name, "-nat") != NULL;
	config.per_address = one_address ? 65535 : 16;
	config.users_pool.present = true;
	config.users_pool.capacity = capacity;
	if (prefix6_parse("2001:db8:ffff::/64", &config.users_pool.link))
		return 111;

	use_store(b, (uint32_t)strtoul(argv[4], NULL, 10));
	if (b->keep)
		b->keep();
	seconds = run(b, processes, each, round);
	printf("%s\t%u\t%s\t%u\t%.1f\t%.1f\n", b->name, capacity, argv[4], processes,
	       seconds / each * 1e6, seconds / each / processes * 1e6);
	return 0;
}
