/* SPDX-License-Identifier: MIT */
/* stores.c - one durable allocation in LMDB, in SQLite, and by the disk alone */
#include "tests/bench/stores.h"

#include <errno.h>
#include <fcntl.h>
#include <lmdb.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "alloc/lease.h"

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

void lmdb_prepare(uint32_t used)
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

void lmdb_allocate(uint32_t n)
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
void sqlite_keep(void)
{
	sql(sqlite_open(), "SELECT count(*) FROM sqlite_master;");
}

void sqlite_prepare(uint32_t used)
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

void sqlite_allocate(uint32_t n)
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

void disk_prepare(uint32_t used)
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

void disk_allocate(uint32_t n)
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
