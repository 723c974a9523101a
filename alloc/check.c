/* SPDX-License-Identifier: MIT */
/*
 * check.c - check allocation files for damage
 *
 * The check runs beside handlers and reads files without the lock. A finding that a
 * concurrent change could explain is therefore checked again under the lock before it is
 * reported. Harmless findings are those that a killed process may leave behind (store.c);
 * the next process clears them.
 */
#include "alloc/check.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "alloc/header.h"
#include "alloc/index.h"
#include "alloc/line.h"
#include "alloc/realign.h"
#include "lib/array.h"
#include "lib/endpoint.h"
#include "lib/file.h"
#include "lib/siphash.h"

#define INDEX_LINES 256 /* index lines read at once */

/** struct mark - a property that only one lease may have */
struct mark {
	uint64_t hash; /* of the owner and its pool, or of the endpoint */
	uint32_t number;
	enum pool_kind pool;
	bool is_endpoint;
};

/** struct check - a check under way */
struct check {
	struct store *store;
	struct table *t; /* the file being checked */
	bool has_index;  /* its size is right, so the index is in place */
	bool searched;   /* @lines has been filled in */
	struct realign lines;
	check_reporter *report;
	void *context;
	struct mark *marks;
	size_t count, size;
};

/** check_is_harmless() - the finding affects no client and disappears by itself */
bool check_is_harmless(enum check_kind kind)
{
	return kind == CHECK_STALE || kind == CHECK_OLD_OWNER || kind == CHECK_ABANDONED;
}

/** report() - report a finding about the file being checked */
static int report(struct check *c, enum check_kind kind, uint32_t number, const char *why)
{
	struct check_finding f = {
		.kind = kind, .pool = c->t->kind, .number = number, .why = why};

	return c->report(&f, c->context);
}

/**
 * search_lines() - find the lines of the file by their checksums, and report if they moved
 * @c:		Check
 * @bytes:	Extra bytes of the file
 *
 * Return: 0; else as check_store()
 */
static int search_lines(struct check *c, long long bytes)
{
	struct check_finding f = {
		.kind = CHECK_MOVED, .pool = c->t->kind, .bytes = bytes};
	int r;

	if (c->searched)
		return 0;
	if (table_lock(c->t))
		return -1;
	r = realign_find(c->t, &c->lines);
	table_unlock(c->t);
	if (r)
		return -1;
	c->searched = true;
	f.number = c->lines.moved;
	/* a damaged header or size has been reported already */
	return !c->t->damage && (f.number || bytes) ? c->report(&f, c->context) : 0;
}

static int add_mark(struct check *c, struct mark mark)
{
	struct mark *more;

	more = array_room(c->marks, c->count, &c->size, sizeof(*more));
	if (!more)
		return -1;
	c->marks = more;
	c->marks[c->count++] = mark;
	return 0;
}

/** in_force() - settle a lease that no session holds; true if it is active */
static bool in_force(const struct check *c, const struct lease *lease, struct lease *out)
{
	*out = *lease;
	lease_settle(out);
	return lease_is_active(out, c->store->now());
}

/** add_marks() - add the owner, and the endpoint if the lease is in force */
static int add_marks(struct check *c, const struct lease *lease)
{
	static const uint64_t no_key[2];
	struct mark mark = {.number = lease->number, .pool = c->t->kind};
	struct endpoint end;
	struct lease settled;
	uint64_t parts[2];

	mark.hash = siphash(no_key, lease->owner, strlen(lease->owner)) ^ mark.pool;
	if (add_mark(c, mark))
		return -1;
	if (!in_force(c, lease, &settled))
		return 0;
	end = settled.tunnel.endpoint;
	parts[0] = end.addr.s_addr;
	parts[1] = end.port;
	mark.hash = siphash(no_key, parts, sizeof(parts));
	mark.is_endpoint = true;
	return add_mark(c, mark);
}

/** has_entries() - the index has an entry for each key of the lease */
static bool has_entries(const struct table *t, const struct lease *lease)
{
	struct index_key keys[INDEX_KEYS_MAX];
	size_t i, n = index_keys(t, lease, keys);

	for (i = 0; i < n; i++) {
		if (!index_has(t, keys[i], lease->number))
			return false;
	}
	return true;
}

/** check_entries() - 1: an entry is missing, 0: none is, -1 with errno, logged */
static int check_entries(struct check *c, const struct lease *lease)
{
	struct lease now;
	int r = 0;

	if (!c->has_index || has_entries(c->t, lease))
		return 0;
	if (table_lock(c->t))
		return -1;
	if (!table_read(c->t, lease->number, &now))
		r = !has_entries(c->t, &now);
	table_unlock(c->t);
	return r;
}

static int check_lease(uint32_t number, const struct lease *lease, const char *why,
		       void *context)
{
	struct check *c = context;
	int r;

	if (!lease) {
		r = search_lines(c, 0);
		if (r || realign_at(&c->lines, number) >= 0)
			return r;
		return report(c, CHECK_LINE, number, why);
	}
	if (lease->state == LEASE_FREE)
		return 0;
	r = check_entries(c, lease);
	if (r > 0)
		r = report(c, CHECK_NO_ENTRY, number, NULL);
	if (!r && lease->state == LEASE_OFFERED && table_is_held(c->t, number) == 0)
		r = report(c, CHECK_ABANDONED, number, NULL);
	return r ? r : add_marks(c, lease);
}

/** check_index_lines() - count stale and broken entries in the lines of one read */
static void check_index_lines(struct table *t, const char *lines, uint32_t count,
			      uint32_t *stale, uint32_t *broken)
{
	struct index_entry entries[INDEX_LINE_ENTRIES];
	uint32_t i, j;

	for (i = 0; i < count; i++) {
		if (!index_line_read(t, lines + (size_t)i * LINE_LEN, entries))
			++*broken;
		for (j = 0; j < INDEX_LINE_ENTRIES; j++) {
			if (entries[j].number && index_is_stale(t, &entries[j], NULL))
				++*stale;
		}
	}
}

/** check_index() - check the lines behind the leases */
static int check_index(struct check *c)
{
	uint32_t total = header_index_lines(c->t->capacity), stale = 0, broken = 0;
	char *lines = malloc((size_t)INDEX_LINES * LINE_LEN);
	uint32_t first, count;
	int r = lines ? 0 : -1;

	for (first = 0; first < total && !r; first += count) {
		count = total - first < INDEX_LINES ? total - first : INDEX_LINES;
		r = table_raw_read(c->t, header_line_at(1 + c->t->capacity + first),
				   lines, (size_t)count * LINE_LEN);
		if (!r)
			check_index_lines(c->t, lines, count, &stale, &broken);
	}
	free(lines);
	if (!r && broken)
		r = report(c, CHECK_INDEX_LINE, broken, NULL);
	if (!r && stale)
		r = report(c, CHECK_STALE, stale, NULL);
	return r;
}

/** compare_marks() - sort equal marks together, the one to keep first */
static int compare_marks(const void *a, const void *b)
{
	const struct mark *x = a, *y = b;

	if (x->is_endpoint != y->is_endpoint)
		return x->is_endpoint - y->is_endpoint;
	if (x->hash != y->hash)
		return x->hash < y->hash ? -1 : 1;
	return x->pool != y->pool ? (int)x->pool - (int)y->pool
				  : (x->number > y->number) - (x->number < y->number);
}

/** is_newer() - which of two leases of one owner or endpoint in a pool is kept */
static bool is_newer(const struct lease *a, bool a_force, const struct lease *b,
		     bool b_force)
{
	if (a_force != b_force)
		return a_force;
	return a->tunnel.granted > b->tunnel.granted;
}

/** judge_pair() - decide about two leases with equal marks, read under the lock */
static int judge_pair(struct check *c, const struct mark marks[2],
		      const struct lease leases[2], struct check_finding *f)
{
	struct lease settled[2];
	bool force[2];
	int i, stay = 0;

	for (i = 0; i < 2; i++)
		force[i] = in_force(c, &leases[i], &settled[i]);
	if (marks[0].pool == marks[1].pool)
		stay = is_newer(&settled[1], force[1], &settled[0], force[0]);
	else
		stay = marks[1].pool == POOL_USERS; /* an account is the better proof */

	f->pool = marks[!stay].pool;
	f->number = marks[!stay].number;
	f->other_pool = marks[stay].pool;
	f->other = marks[stay].number;
	if (marks[0].is_endpoint) {
		f->kind = CHECK_SAME_ENDPOINT;
		return force[0] && force[1] &&
		       lease_same_place(&settled[0].tunnel, &settled[1].tunnel);
	}
	f->kind = force[!stay] ? CHECK_SAME_OWNER : CHECK_OLD_OWNER;
	return !strcmp(leases[0].owner, leases[1].owner) &&
	       (force[!stay] || leases[!stay].state == LEASE_EXPIRED);
}

/**
 * check_pair() - two equal marks: read their leases and compare them
 * @c:		Check
 * @a:		Mark
 * @b:		Mark that compare_marks() puts after it
 * @found:	Result: reported
 *
 * Return: 0; else as check_store()
 */
static int check_pair(struct check *c, const struct mark *a, const struct mark *b,
		      bool *found)
{
	const struct mark marks[2] = {*a, *b};
	struct check_finding f = {.kind = CHECK_KINDS};
	struct lease leases[2];
	int i, r = 0;

	if (store_lock(c->store))
		return -1;
	for (i = 0; i < 2 && !r; i++)
		r = table_read(&c->store->tables[marks[i].pool], marks[i].number,
			       &leases[i]);
	store_unlock(c->store);
	if (r)
		return errno == EBADMSG ? 0 : -1;
	*found = judge_pair(c, marks, leases, &f);
	return *found ? c->report(&f, c->context) : 0;
}

/**
 * check_earlier() - compare a mark with the equal ones before it until one is reported
 *
 * The neighbour is not enough: of three leases on one IPv4 address and port, the first and
 * the third may have the same address of the server, and the second another one.
 */
static int check_earlier(struct check *c, size_t i)
{
	const struct mark *mark = &c->marks[i], *other = mark;
	bool found = false;
	int r = 0;

	while (other-- > c->marks && !found && !r && other->hash == mark->hash &&
	       other->is_endpoint == mark->is_endpoint)
		r = check_pair(c, other, mark, &found);
	return r;
}

/** check_doubles() - check for marks that two leases share */
static int check_doubles(struct check *c)
{
	size_t i;
	int r = 0;

	if (c->count)
		qsort(c->marks, c->count, sizeof(*c->marks), compare_marks);
	for (i = 1; i < c->count && !r; i++)
		r = check_earlier(c, i);
	return r;
}

/** check_table() - check one file */
static int check_table(struct check *c)
{
	off_t size, wanted = header_file_size(c->t->capacity);
	int r = 0;

	if (file_size(c->t->fd, &size))
		return -1;
	c->searched = false;
	c->has_index = !c->t->damage && size == wanted;
	if (c->t->damage)
		r = report(c, CHECK_FILE, 0, c->t->damage);
	if (!r && !c->has_index)
		r = search_lines(c, (long long)(size - wanted));
	if (!r)
		r = table_each(c->t, check_lease, c);
	if (!r && c->has_index)
		r = check_index(c);
	realign_free(&c->lines);
	return r;
}

/**
 * check_store() - check every line of all files
 * @store:	Store, its tables open with TABLE_READ or TABLE_MEND
 * @report_fn:	Called for each finding, unlocked
 * @context:	For @report_fn
 *
 * Return: 0; a value other than 0 from @report_fn; -1 with errno, logged
 */
int check_store(struct store *store, check_reporter *report_fn, void *context)
{
	struct check c = {.store = store, .report = report_fn, .context = context};
	int r = 0;

	POOL_EACH(kind) {
		c.t = &store->tables[kind];
		if (!r && c.t->fd >= 0)
			r = check_table(&c);
	}
	if (!r)
		r = check_doubles(&c);
	free(c.marks);
	return r;
}
