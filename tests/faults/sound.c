/* SPDX-License-Identifier: MIT */
/* sound.c - are the allocation files and the pretend kernel's tunnels sound */
#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "tests/faults/lab.h"
#include "lib/endpoint.h"

#define LEASES_MAX (2 * LAB_CAPACITY)

/** struct census - all leases of both files */
struct census {
	struct lab *lab;
	enum pool_kind pool;
	struct store_ref refs[LEASES_MAX];
	size_t count;
	unsigned damaged;
};

static int take(uint32_t number, const struct lease *lease, const char *why,
		void *context)
{
	struct census *c = context;

	(void)number;
	(void)why;
	if (!lease)
		c->damaged++;
	else if (lease->state != LEASE_FREE && c->count < LEASES_MAX)
		c->refs[c->count++] = (struct store_ref){c->pool, *lease};
	return 0;
}

/** count_all() - read both files; true if both are readable or missing */
static bool count_all(struct lab *w, struct census *c)
{
	char path[PATH_MAX];
	struct table t;
	int pool, failed;

	*c = (struct census){.lab = w};
	for (pool = 0; pool < POOL_KINDS; pool++) {
		c->pool = (enum pool_kind)pool;
		snprintf(path, sizeof(path), "%s/state/%s.leases", w->dir,
			 pool_name(c->pool));
		if (access(path, F_OK))
			continue;
		if (table_open(&t, path, c->pool))
			return false;
		failed = table_each(&t, take, c);
		table_close(&t);
		if (failed)
			return false;
	}
	return true;
}

/** in_force() - what the lease is with no session at work */
static bool in_force(const struct lease *lease, struct lease *out)
{
	*out = *lease;
	lease_settle(out);
	return lease_is_active(out, time(NULL));
}

/** given_twice() - what two leases share that they must not */
static const char *given_twice(const struct store_ref *a, const struct store_ref *b)
{
	struct lease x, y;

	if (a->pool == b->pool && !strcmp(a->lease.owner, b->lease.owner))
		return "an owner has two leases";
	if (in_force(&a->lease, &x) && in_force(&b->lease, &y) &&
	    endpoint_equal(&x.tunnel.endpoint, &y.tunnel.endpoint))
		return "an IPv4 endpoint has two tunnels";
	return NULL;
}

/**
 * lab_unsound() - the first fault in the allocation files, with no session at work
 * @damaged_allowed:	Lines that may be damaged, as a write was torn
 *
 * Every lease has to be found by its owner, too.
 *
 * Return: NULL when nothing is
 */
const char *lab_unsound(struct lab *w, unsigned damaged_allowed)
{
	struct census c;
	struct lease found;
	const char *twice;
	size_t i, j;

	if (!count_all(w, &c))
		return "an allocation file cannot be read";
	if (c.damaged > damaged_allowed)
		return "a line is damaged";
	for (i = 0; i < c.count; i++) {
		for (j = 0; j < i; j++) {
			twice = given_twice(&c.refs[i], &c.refs[j]);
			if (twice)
				return twice;
		}
		if (in_force(&c.refs[i].lease, &found) &&
		    !lab_find(w, c.refs[i].pool, c.refs[i].lease.owner, &found))
			return "an owner does not find its lease";
	}
	return NULL;
}

static void interface_of(const struct store_ref *ref, const struct lease *lease,
			 char name[32])
{
	if (ref->pool == POOL_USERS)
		snprintf(name, 32, "tsp%u", lease->number);
	else
		snprintf(name, 32, "tspa%08x", ntohl(lease->tunnel.endpoint.addr.s_addr));
}

/** path_of_tunnel() - its file in the pretend kernel */
static void path_of_tunnel(struct lab *w, const struct store_ref *ref,
			   const struct lease *lease, char path[PATH_MAX])
{
	char name[32];

	interface_of(ref, lease, name);
	snprintf(path, PATH_MAX, "%s/kernel/%s", w->dir, name);
}

/** lab_raise_tunnels() - of all leases that nobody has ended */
void lab_raise_tunnels(struct lab *w)
{
	char path[PATH_MAX];
	struct census c;
	struct lease lease;
	size_t i;
	int fd;

	if (!count_all(w, &c))
		return;
	for (i = 0; i < c.count; i++) {
		in_force(&c.refs[i].lease, &lease);
		if (!lease_is_accepted(&lease))
			continue;
		path_of_tunnel(w, &c.refs[i], &lease, path);
		fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0644);
		if (fd >= 0 && w->user && fchown(fd, w->user, w->user))
			unlink(path);
		if (fd >= 0)
			close(fd);
	}
}

/** kernel_count() - tunnels that are up */
static size_t kernel_count(struct lab *w)
{
	char path[PATH_MAX];
	struct dirent *entry;
	size_t n = 0;
	DIR *dir;

	snprintf(path, sizeof(path), "%s/kernel", w->dir);
	dir = opendir(path);
	while (dir && (entry = readdir(dir)))
		n += *entry->d_name != '.';
	if (dir)
		closedir(dir);
	return n;
}

/** lab_kernel_differs() - tunnels that are up are not those of the active leases; or NULL */
const char *lab_kernel_differs(struct lab *w)
{
	char path[PATH_MAX];
	struct census c;
	struct lease lease;
	size_t i, active = 0;

	if (!count_all(w, &c))
		return "an allocation file cannot be read";
	for (i = 0; i < c.count; i++) {
		if (!in_force(&c.refs[i].lease, &lease))
			continue;
		active++;
		path_of_tunnel(w, &c.refs[i], &lease, path);
		if (access(path, F_OK))
			return "an active lease has no tunnel";
	}
	return kernel_count(w) > active ? "there is a tunnel without a lease" : NULL;
}

/** has_files() - both are there, so that opening them makes none */
static bool has_files(struct lab *w)
{
	char path[PATH_MAX];
	int pool, missing = 0;

	for (pool = 0; pool < POOL_KINDS; pool++) {
		snprintf(path, sizeof(path), "%s/state/%s.leases", w->dir,
			 pool_name((enum pool_kind)pool));
		missing |= access(path, F_OK);
	}
	return !missing;
}

/** lab_find() - an owner's lease through the index, as a handler finds it */
bool lab_find(struct lab *w, enum pool_kind pool, const char *owner, struct lease *out)
{
	struct store store;
	enum store_result found;

	if (!has_files(w) || store_open(&store, &w->config))
		return false;
	found = store_find_owner(&store, pool, owner, out);
	store_close(&store);
	return found == STORE_OK;
}

/** lab_before() - an owner's lease as lab_reset() made it */
bool lab_before(struct lab *w, enum pool_kind pool, const char *owner, struct lease *out)
{
	const struct image *image = &w->images[pool];
	const char *why;
	uint32_t number;

	for (number = 1; image->data && number <= LAB_CAPACITY; number++) {
		if (!lease_decode(image->data + (size_t)number * LEASE_LINE_LEN, number,
				  out, &why) &&
		    !strcmp(out->owner, owner))
			return true;
	}
	return false;
}

/** lab_line_kept() - the lease that an owner had before is in the file as it was */
bool lab_line_kept(struct lab *w, enum pool_kind pool, const char *owner)
{
	char path[PATH_MAX], line[LEASE_LINE_LEN];
	struct lease before;
	off_t at;
	ssize_t n;
	int fd;

	if (!lab_before(w, pool, owner, &before))
		return true;
	at = (off_t)before.number * LEASE_LINE_LEN;
	snprintf(path, sizeof(path), "%s/state/%s.leases", w->dir, pool_name(pool));
	fd = open(path, O_RDONLY | O_CLOEXEC);
	n = fd < 0 ? -1 : pread(fd, line, sizeof(line), at);
	if (fd >= 0)
		close(fd);
	return n == (ssize_t)sizeof(line) &&
	       !memcmp(line, w->images[pool].data + at, sizeof(line));
}
