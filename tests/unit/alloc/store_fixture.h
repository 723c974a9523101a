/* SPDX-License-Identifier: MIT */
/* store_fixture.h - allocation files in their own directory, and a clock to move */
#ifndef STORE_FIXTURE_H
#define STORE_FIXTURE_H

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "alloc/find.h"
#include "alloc/store.h"
#include "lib/endpoint.h"

#define T0 1795445130 /* 2026-11-23T14:45:30Z */

static struct config config;
static time_t test_time;

static time_t test_clock(void)
{
	return test_time;
}

static void path_of(const char *name, char out[PATH_MAX])
{
	assert_true(snprintf(out, PATH_MAX, "%s/%s", config.state, name) < PATH_MAX);
}

/** fixture_setup() - a new state directory, two pools of 100 leases, nothing created yet */
static inline int fixture_setup(void **state)
{
	const char *tmp = getenv("TMPDIR");

	(void)state;
	memset(&config, 0, sizeof(config));
	snprintf(config.state, sizeof(config.state) - 1, "%s/tsp-store.XXXXXX",
		 tmp ? tmp : "/tmp");
	if (!mkdtemp(config.state))
		return -1;
	config.lifetime_minutes = 60;
	config.session_seconds = 60;
	config.per_address = 4;
	config.users_pool.present = config.anonymous_pool.present = true;
	config.users_pool.capacity = config.anonymous_pool.capacity = 100;
	config.users_pool.link.len = config.anonymous_pool.link.len = 64;
	test_time = T0;
	return 0;
}

static inline int fixture_teardown(void **state)
{
	static const char *const names[] = {"users.leases", "anonymous.leases", "lock",
					    "log", "other"};
	char path[PATH_MAX];
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		path_of(names[i], path);
		unlink(path);
	}
	return rmdir(config.state); /* fails when something else was left behind */
}

/** make_files() - the missing files of all configured pools */
static inline void make_files(void)
{
	POOL_EACH(kind) {
		if (pool_config(&config, kind)->present)
			assert_int_equal(table_make(&config, kind), 0);
	}
}

static inline void open_store(struct store *store)
{
	make_files();
	assert_int_equal(store_open(store, &config), 0);
	store->now = test_clock;
}

/* what is logged goes to a file from log_begin() to log_end() */
static int stderr_saved;

static inline void log_begin(void)
{
	char path[PATH_MAX];
	int fd;

	path_of("log", path);
	fd = open(path, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	assert_true(fd >= 0);
	fflush(stderr);
	stderr_saved = dup(STDERR_FILENO);
	dup2(fd, STDERR_FILENO);
	close(fd);
}

static inline const char *log_end(void)
{
	static char text[8192];
	char path[PATH_MAX];
	ssize_t n;
	int fd;

	fflush(stderr);
	dup2(stderr_saved, STDERR_FILENO);
	close(stderr_saved);
	path_of("log", path);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	n = fd < 0 ? -1 : read(fd, text, sizeof(text) - 1);
	if (fd >= 0)
		close(fd);
	text[n > 0 ? n : 0] = '\0';
	return text;
}

static inline struct endpoint at(const char *text)
{
	struct endpoint e;

	assert_int_equal(endpoint_parse(text, &e), 0);
	return e;
}

/**
 * wish() - of a client whose secret was heard
 * @owner:	User id; NULL: anonymous
 * @endpoint:	A port makes it v6udpv4
 */
static inline struct store_wish wish(const char *owner, const char *endpoint)
{
	struct store_wish w = {.pool = owner ? POOL_USERS : POOL_ANONYMOUS,
			       .owner = owner,
			       .endpoint = at(endpoint),
			       .heard = true};

	w.mode = w.endpoint.port ? TUNNEL_V6UDPV4 : TUNNEL_V6V4;
	return w;
}

static inline enum store_result claim(struct store *store, const char *owner,
				      const char *endpoint, struct store_claim *out)
{
	struct store_wish w = wish(owner, endpoint);

	return store_claim(store, &w, out);
}

/** prove() - the client's secret is heard */
static inline void prove(struct store *store, enum pool_kind pool, uint32_t number)
{
	struct store_claim c;

	assert_int_equal(store_claim_number(store, pool, number, &c), STORE_OK);
	assert_int_equal(store_prove(store, &c), 0);
	assert_false(c.held);
}

/** give() - claim and accept; the lease's number */
static inline uint32_t give(struct store *store, const char *owner, const char *endpoint)
{
	struct store_claim c;

	assert_int_equal(claim(store, owner, endpoint, &c), STORE_OK);
	assert_int_equal(store_accept(store, &c), 0);
	assert_int_equal(c.lease.state, LEASE_PRESENT);
	return c.lease.number;
}

/** lease_at() - the lease of a line, as the line says */
static inline struct lease lease_at(struct store *store, enum pool_kind pool,
				    uint32_t number)
{
	struct lease lease;

	assert_int_equal(table_lock(&store->tables[pool]), 0);
	assert_int_equal(table_read(&store->tables[pool], number, &lease), 0);
	table_unlock(&store->tables[pool]);
	return lease;
}

/** file_bytes() - a whole file; free() it */
static inline char *file_bytes(const char *name, size_t *len)
{
	char path[PATH_MAX], *data;
	struct stat st;
	int fd;

	path_of(name, path);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	assert_true(fd >= 0);
	assert_int_equal(fstat(fd, &st), 0);
	data = malloc((size_t)st.st_size + 1);
	assert_non_null(data);
	assert_int_equal(read(fd, data, (size_t)st.st_size), st.st_size);
	close(fd);
	*len = (size_t)st.st_size;
	return data;
}

static inline void file_put(const char *name, off_t where, const void *data, size_t len)
{
	char path[PATH_MAX];
	int fd;

	path_of(name, path);
	fd = open(path, O_WRONLY | O_CLOEXEC);
	assert_true(fd >= 0);
	assert_int_equal(pwrite(fd, data, len, where), (ssize_t)len);
	close(fd);
}

static inline int open_users(struct table *t)
{
	char path[PATH_MAX];

	path_of("users.leases", path);
	return table_open(t, path, POOL_USERS);
}

static inline int create_users(uint32_t capacity)
{
	char path[PATH_MAX];

	path_of("users.leases", path);
	return table_create(path, POOL_USERS, capacity, NULL);
}

/** wait_all() - wait for @n children; all must have ended well */
static inline void wait_all(int n)
{
	int status;

	while (n--) {
		assert_true(wait(&status) > 0);
		assert_true(WIFEXITED(status));
		assert_int_equal(WEXITSTATUS(status), 0);
	}
}

/** quiet_child() - fork; the child has its own store and logs nothing */
static inline pid_t quiet_child(struct store *store)
{
	pid_t pid;

	make_files();
	pid = fork();
	assert_true(pid >= 0);
	if (pid)
		return pid;
	stderr = freopen("/dev/null", "w", stderr);
	if (store_open(store, &config))
		_exit(9);
	store->now = test_clock;
	return 0;
}

/** owns() - @owner's lease is active at @endpoint; NULL: not active at all */
static inline bool owns(struct store *store, enum pool_kind pool, const char *owner,
			const char *endpoint)
{
	struct lease found;
	char text[ENDPOINT_LEN];

	if (store_find_owner(store, pool, owner, &found) != STORE_OK ||
	    !lease_is_active(&found, test_time))
		return !endpoint;
	endpoint_format(&found.tunnel.endpoint, text);
	return endpoint && !strcmp(text, endpoint);
}

/** end_own() - end the lease of a user */
static inline bool end_own(struct store *store, const char *owner)
{
	struct store_claim c;

	return store_claim_own(store, POOL_USERS, owner, &c) == STORE_OK &&
	       !store_end(store, &c);
}

/* leases in force, for audit() */
struct in_force {
	struct store *store;
	enum pool_kind pool;
	struct store_ref refs[256];
	size_t count;
	bool damaged;
};

static inline int note_in_force(uint32_t number, const struct lease *lease,
				const char *why, void *context)
{
	struct in_force *f = (struct in_force *)context;
	struct lease settled;

	(void)why;
	if (!lease) {
		f->damaged = true;
		return 0;
	}
	settled = *lease;
	if (settled.state == LEASE_OFFERED &&
	    table_is_held(&f->store->tables[f->pool], number) == 0)
		lease_settle(&settled);
	if (settled.state == LEASE_OFFERED || lease_is_active(&settled, test_time)) {
		assert_true(f->count < sizeof(f->refs) / sizeof(f->refs[0]));
		f->refs[f->count++] = (struct store_ref){f->pool, settled};
	}
	return 0;
}

/** leases_of() - the leases of an endpoint in both files, settled where nobody holds them */
static inline int leases_of(struct store *store, struct endpoint endpoint,
			    struct store_ref *out, size_t max)
{
	struct lease leases[8];
	size_t found = 0;
	int i, n;

	assert_int_equal(store_lock(store), 0);
	POOL_EACH(kind) {
		if (store->tables[kind].fd < 0)
			continue;
		n = find_endpoint(&store->tables[kind], &endpoint, leases, 8);
		assert_true(n >= 0);
		for (i = 0; i < n && found < max; i++) {
			if (table_is_held(&store->tables[kind], leases[i].number) == 0)
				lease_settle(&leases[i]);
			out[found++] = (struct store_ref){kind, leases[i]};
		}
	}
	store_unlock(store);
	return (int)found;
}

/** audit() - the promises of store.c hold in both files; returns the leases in force */
static inline size_t audit(struct store *store)
{
	static struct in_force f;
	struct lease found;
	struct store_ref many[8];
	size_t i, j;
	int n, seen;

	f = (struct in_force){.store = store};
	for (; f.pool < POOL_KINDS; f.pool++)
		assert_int_equal(table_each(&store->tables[f.pool], note_in_force, &f),
				 0);
	assert_false(f.damaged);

	for (i = 0; i < f.count; i++) {
		const struct lease *a = &f.refs[i].lease;

		for (j = 0; j < i; j++) {
			const struct lease *b = &f.refs[j].lease;

			assert_false(lease_same_place(&a->tunnel, &b->tunnel));
			assert_false(f.refs[i].pool == f.refs[j].pool &&
				     !strcmp(a->owner, b->owner));
		}
		assert_int_equal(
			store_find_owner(store, f.refs[i].pool, a->owner, &found),
			STORE_OK);
		assert_int_equal(found.number, a->number);
		n = leases_of(store, a->tunnel.endpoint, many, 8);
		for (seen = 0; n-- > 0;)
			seen += many[n].pool == f.refs[i].pool &&
				many[n].lease.number == a->number;
		assert_int_equal(seen, 1);
	}
	return f.count;
}

#endif
