/* SPDX-License-Identifier: MIT */
/*
 * alloc-bench.c - one durable allocation, in our file, in LMDB and in SQLite
 *
 * Every operation does what one handler does: open the store, look for the owner and for
 * the endpoint, find a free lease, write it with its two index entries, see it on the disk,
 * close. Owners are new ones each time. Several processes do so at once.
 *
 *	tsp	this project's allocation file
 *	lmdb	four databases in one environment, one write transaction, its default durability
 *	sqlite	one table with two indexes, WAL, synchronous=full; one more connection stays
 *		open so that closing does not checkpoint every time
 *	disk	no store: three writes of a line each, at random places of a file as large as
 *		ours, and fdatasync(); what the disk takes and no store can save
 *
 * DIR keeps its store for the next run, which finds it one ROUND fuller.
 *
 * usage: alloc-bench DIR tsp|lmdb|sqlite|disk CAPACITY FILL-PERCENT PROCESSES
 *		OPERATIONS-OF-EACH [ROUND]
 * Output, tab-separated: store, capacity, fill, processes, microseconds per operation of
 * one process (elapsed / operations of each), microseconds per operation over all.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <lmdb.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "alloc/index.h"
#include "alloc/store.h"

static struct config config;
static const char *dir;
static uint32_t capacity;

/** struct backend - a store under test */
struct backend {
	const char *name;
	void (*prepare)(uint32_t used); /* an empty store with so many leases in use */
	void (*allocate)(uint32_t n);   /* operation number @n, each a new owner */
	void (*keep)(void);             /* what stays open meanwhile; NULL: nothing */
};

__attribute__((noreturn)) static void die(const char *what)
{
	fprintf(stderr, "alloc-bench: %s: %s\n", what, strerror(errno));
	exit(111);
}

/** owner_of() - user id and IPv4 address number @n; the hash spreads numbers like names */
static struct in_addr owner_of(uint32_t n, char id[USER_ID_MAX + 1])
{
	snprintf(id, USER_ID_MAX + 1, "user%08x", n * 2654435761u);
	return (struct in_addr){htonl(0x0b000000u + n)};
}

static void tsp_prepare(uint32_t used)
{
	struct store store;
	struct table *t;
	uint32_t i;

	if (store_open(&store, &config) || store_lock(&store))
		die("store_open");
	t = &store.tables[POOL_USERS];
	for (i = 0; i < used; i++) {
		/* spread over the file as hashing would have it: step is odd and large */
		struct lease lease = {
			.number = 1 + (uint32_t)((uint64_t)i * 40503 % capacity),
			.state = LEASE_ACTIVE,
			.tunnel = {.mode = LEASE_V6V4,
				   .granted = time(NULL),
				   .expires = time(NULL) + 86400}};

		lease.tunnel.endpoint.addr = owner_of(0x400000 + i, lease.owner);
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
	struct store_wish wish = {.pool = POOL_USERS, .owner = id, .mode = LEASE_V6V4};
	struct store_claim claim;
	struct store store;

	wish.endpoint.addr = owner_of(n, id);
	if (store_open(&store, &config) ||
	    store_claim(&store, &wish, &claim) != STORE_OK || store_sync(&store))
		die("store_claim");
	store_close(&store);
}

/** check() - LMDB's result codes */
static void check(int rc, const char *what)
{
	if (rc) {
		fprintf(stderr, "alloc-bench: %s: %s\n", what, mdb_strerror(rc));
		exit(111);
	}
}

/** struct lmdb - an environment with its databases, in one transaction */
struct lmdb {
	MDB_env *env;
	MDB_txn *txn;
	MDB_dbi leases, owners, addresses, unused;
};

static void lmdb_begin(struct lmdb *l, unsigned flags)
{
	check(mdb_env_create(&l->env), "mdb_env_create");
	check(mdb_env_set_maxdbs(l->env, 4), "mdb_env_set_maxdbs");
	check(mdb_env_set_mapsize(l->env, (size_t)4 << 30), "mdb_env_set_mapsize");
	check(mdb_env_open(l->env, dir, flags, 0600), "mdb_env_open");
	check(mdb_txn_begin(l->env, NULL, 0, &l->txn), "mdb_txn_begin");
	check(mdb_dbi_open(l->txn, "leases", MDB_CREATE | MDB_INTEGERKEY, &l->leases),
	      "leases");
	check(mdb_dbi_open(l->txn, "owners", MDB_CREATE, &l->owners), "owners");
	check(mdb_dbi_open(l->txn, "addresses", MDB_CREATE, &l->addresses), "addresses");
	check(mdb_dbi_open(l->txn, "unused", MDB_CREATE | MDB_INTEGERKEY, &l->unused),
	      "unused");
}

static void lmdb_end(struct lmdb *l)
{
	check(mdb_txn_commit(l->txn), "mdb_txn_commit");
	mdb_env_close(l->env);
}

static void lmdb_put(struct lmdb *l, uint32_t number, char *id, struct in_addr ip)
{
	char record[LEASE_LINE_LEN] = "";
	MDB_val k = {sizeof(number), &number}, v = {sizeof(record), record};
	MDB_val owner = {strlen(id), id}, address = {sizeof(ip), &ip};

	snprintf(record, sizeof(record), "%u %s", number, id);
	check(mdb_put(l->txn, l->leases, &k, &v, 0), "put lease");
	check(mdb_put(l->txn, l->owners, &owner, &k, 0), "put owner");
	check(mdb_put(l->txn, l->addresses, &address, &k, 0), "put address");
}

static void lmdb_prepare(uint32_t used)
{
	struct lmdb l;
	uint32_t i;

	lmdb_begin(&l, MDB_NOSYNC);
	for (i = 0; i < capacity; i++) {
		uint32_t number = 1 + (uint32_t)((uint64_t)i * 40503 % capacity);
		MDB_val k = {sizeof(number), &number}, none = {0, NULL};
		char id[USER_ID_MAX + 1];
		struct in_addr ip = owner_of(0x400000 + i, id);

		if (i < used)
			lmdb_put(&l, number, id, ip);
		else
			check(mdb_put(l.txn, l.unused, &k, &none, 0), "put unused");
	}
	lmdb_end(&l);
}

static void lmdb_allocate(uint32_t n)
{
	char id[USER_ID_MAX + 1];
	struct in_addr ip = owner_of(n, id);
	uint32_t number = 1 + (n * 2654435761u) % capacity;
	MDB_val k = {sizeof(number), &number}, v;
	MDB_val owner = {strlen(id), id}, address = {sizeof(ip), &ip};
	MDB_cursor *cursor;
	struct lmdb l;

	lmdb_begin(&l, 0);
	if (mdb_get(l.txn, l.owners, &owner, &v) != MDB_NOTFOUND ||
	    mdb_get(l.txn, l.addresses, &address, &v) != MDB_NOTFOUND)
		die("lmdb: not a new owner");
	check(mdb_cursor_open(l.txn, l.unused, &cursor), "mdb_cursor_open");
	if (mdb_cursor_get(cursor, &k, &v, MDB_SET_RANGE))
		check(mdb_cursor_get(cursor, &k, &v, MDB_FIRST), "no lease is free");
	memcpy(&number, k.mv_data, sizeof(number));
	check(mdb_cursor_del(cursor, 0), "mdb_cursor_del");
	mdb_cursor_close(cursor);
	lmdb_put(&l, number, id, ip);
	lmdb_end(&l);
}

static void sql(sqlite3 *db, const char *text)
{
	char *error;

	if (sqlite3_exec(db, text, NULL, NULL, &error)) {
		fprintf(stderr, "alloc-bench: %s: %s\n", text, error);
		exit(111);
	}
}

static sqlite3 *sqlite_open(void)
{
	char path[4096];
	sqlite3 *db;

	snprintf(path, sizeof(path), "%s/leases.db", dir);
	if (sqlite3_open(path, &db))
		die("sqlite3_open");
	sqlite3_busy_timeout(db, 60000);
	sql(db, "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL;");
	return db;
}

/** sqlite_keep() - without another connection each that closes would make a checkpoint */
static void sqlite_keep(void)
{
	sql(sqlite_open(), "SELECT count(*) FROM sqlite_master;");
}

static void sqlite_prepare(uint32_t used)
{
	sqlite3 *db = sqlite_open();
	char text[256], id[USER_ID_MAX + 1];
	uint32_t i;

	sql(db, "CREATE TABLE leases (number INTEGER PRIMARY KEY, owner TEXT, address "
		"INTEGER,"
		" record BLOB); CREATE UNIQUE INDEX owners ON leases (owner) WHERE owner "
		"NOT NULL;"
		"CREATE INDEX addresses ON leases (address) WHERE address NOT NULL;"
		"CREATE INDEX unused ON leases (number) WHERE owner IS NULL; BEGIN;");
	for (i = 0; i < capacity; i++) {
		uint32_t number = 1 + (uint32_t)((uint64_t)i * 40503 % capacity);
		struct in_addr ip = owner_of(0x400000 + i, id);

		if (i < used)
			snprintf(
				text, sizeof(text),
				"INSERT INTO leases VALUES (%u, '%s', %u, zeroblob(200))",
				number, id, ntohl(ip.s_addr));
		else
			snprintf(text, sizeof(text),
				 "INSERT INTO leases VALUES (%u, NULL, NULL, "
				 "zeroblob(200))",
				 number);
		sql(db, text);
	}
	sql(db, "COMMIT; PRAGMA wal_checkpoint(TRUNCATE);");
	sqlite3_close(db);
}

static void sqlite_allocate(uint32_t n)
{
	sqlite3 *db = sqlite_open();
	char text[1024], id[USER_ID_MAX + 1];
	struct in_addr ip = owner_of(n, id);

	snprintf(text, sizeof(text),
		 "BEGIN IMMEDIATE;"
		 "SELECT number FROM leases WHERE owner = '%s';"
		 "SELECT number FROM leases WHERE address = %u;"
		 "UPDATE leases SET owner = '%s', address = %u, record = zeroblob(200)"
		 " WHERE number = coalesce("
		 "(SELECT min(number) FROM leases WHERE owner IS NULL AND number >= %u),"
		 "(SELECT min(number) FROM leases WHERE owner IS NULL));"
		 "COMMIT;",
		 id, ntohl(ip.s_addr), id, ntohl(ip.s_addr),
		 1 + (n * 2654435761u) % capacity);
	sql(db, text);
	sqlite3_close(db);
}

#define DISK_WRITES 3 /* a lease and its two index entries */

static const char *disk_path(void)
{
	static char path[4096];

	snprintf(path, sizeof(path), "%s/disk", dir);
	return path;
}

static void disk_prepare(uint32_t used)
{
	static char page[LEASE_LINE_LEN * 64];
	FILE *f = fopen(disk_path(), "w");
	uint32_t i;

	(void)used;
	memset(page, ' ', sizeof(page));
	for (i = 0; f && i < capacity; i += 64)
		fwrite(page, sizeof(page), 1, f);
	if (!f || fflush(f) || fdatasync(fileno(f)) || fclose(f))
		die("disk");
}

static void disk_allocate(uint32_t n)
{
	int fd = open(disk_path(), O_RDWR | O_CLOEXEC), i;
	char line[LEASE_LINE_LEN];

	memset(line, 'x', sizeof(line));
	for (i = 0; i < DISK_WRITES; i++) {
		uint32_t at = (n * DISK_WRITES + (uint32_t)i) * 2654435761u % capacity;

		if (pwrite(fd, line, sizeof(line), (off_t)at * LEASE_LINE_LEN) < 0)
			die("disk");
	}
	if (fdatasync(fd) || close(fd))
		die("disk");
}

static const struct backend backends[] = {
	{"tsp", tsp_prepare, tsp_allocate},
	{"lmdb", lmdb_prepare, lmdb_allocate},
	{"sqlite", sqlite_prepare, sqlite_allocate, sqlite_keep},
	{"disk", disk_prepare, disk_allocate},
};

static double now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

/** run() - all processes at once, owners of their own; seconds until the last one is done */
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
		fputs("usage: alloc-bench DIR tsp|lmdb|sqlite|disk CAPACITY FILL-PERCENT "
		      "PROCESSES OPERATIONS-OF-EACH [ROUND]\n",
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
	config.per_address = 16;
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
