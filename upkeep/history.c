/* SPDX-License-Identifier: MIT */
/*
 * history.c - who had an address: from the journal and from the leases
 *
 * The journal has an entry for each lease that was accepted or ended (docs/journal.md). The
 * allocation file has the last client of a lease only, but outlives the journal.
 */
#include "upkeep/history.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "alloc/lease_line.h"
#include "lib/addr.h"
#include "lib/array.h"
#include "lib/parse.h"
#include "upkeep/journal.h"
#include "upkeep/lines.h"

/** struct entry - an entry of the journal while it is read */
struct entry {
	time_t at;
	char event[16];
	bool claims;
	bool pool; /* it names one */
	bool bad;  /* a field is not what the broker writes */
	struct history_span span;
};

/** struct reading - history_read() under way */
struct reading {
	const struct history_wish *wish;
	struct history *history;
	struct entry entry;
	bool failed;
};

/** port_of() - the port in "ADDRESS:PORT"; 0: none */
static uint32_t port_of(const char *peer)
{
	const char *colon = strchr(peer, ':');
	uint32_t port;

	return colon && !parse_u32(colon + 1, 1, 65535, &port) ? port : 0;
}

/** is_at() - the client is at the wished IPv4 address and port; an unknown port may be it */
static bool is_at(const struct history_wish *wish, const char *peer)
{
	char address[INET_ADDRSTRLEN];

	if (wish->port && port_of(peer) && port_of(peer) != wish->port)
		return false;
	if (!wish->ipv4.s_addr)
		return true;
	addr_format4(wish->ipv4, address);
	return journal_peer_is(peer, address);
}

/** has_address() - the tunnel has the wished address, or a prefix around it */
static bool has_address(const struct history_wish *wish, const struct history_span *s)
{
	struct prefix6 prefix;
	struct in6_addr own;

	if (!wish->has_address)
		return true;
	if (!addr_parse6(s->address, &own) && !memcmp(&own, &wish->address, sizeof(own)))
		return true;
	return *s->prefix && !prefix6_parse(s->prefix, &prefix) &&
	       prefix6_contains(&prefix, &wish->address);
}

static bool is_wished(const struct history_wish *wish, const struct history_span *s)
{
	return (wish->any_pool || s->pool == wish->pool) &&
	       (!wish->lease || s->lease == wish->lease) && has_address(wish, s) &&
	       is_at(wish, s->peer) && (!wish->user || !strcmp(wish->user, s->user));
}

/** open_span() - the last span of a lease that has not ended; NULL: none */
static struct history_span *open_span(struct history *h, enum pool_kind pool,
				      uint32_t lease)
{
	size_t i = h->count;

	while (i-- > 0) {
		if (h->spans[i].pool == pool && h->spans[i].lease == lease)
			return h->spans[i].until ? NULL : &h->spans[i];
	}
	return NULL;
}

/** add_span() - add a span; 0, or -1 with errno */
static int add_span(struct history *h, const struct history_span *span)
{
	struct history_span *more =
		array_room(h->spans, h->count, &h->size, sizeof(*more));

	if (!more)
		return -1;
	h->spans = more;
	h->spans[h->count++] = *span;
	return 0;
}

/** same_client() - both spans are of one user, or of one anonymous endpoint */
static bool same_client(const struct history_span *a, const struct history_span *b)
{
	return !strcmp(a->user, b->user) && !strcmp(a->address, b->address) &&
	       !strcmp(a->prefix, b->prefix) &&
	       (!*a->user || !strncmp(a->peer, b->peer, strcspn(a->peer, ":")));
}

/** on_accepted() - a client has the lease from now on */
static int on_accepted(struct history *h, struct entry *e)
{
	struct history_span *last = open_span(h, e->span.pool, e->span.lease);

	if (last && same_client(last, &e->span)) {
		last->proven |= !e->claims;
		return 0; /* it asked again */
	}
	if (last)
		last->until = e->at;
	e->span.from = e->at;
	e->span.proven = !e->claims;
	return add_span(h, &e->span);
}

/** on_ended() - the lease ended */
static int on_ended(struct history *h, struct entry *e)
{
	struct history_span *last = open_span(h, e->span.pool, e->span.lease);

	if (last) {
		last->until = e->at;
		return 0;
	}
	e->span.until = e->at; /* the lease was accepted before the journal begins */
	return add_span(h, &e->span);
}

/** is_whole() - the entry has all that the broker writes of a lease */
static bool is_whole(const struct entry *e)
{
	return *e->event && e->pool && e->span.lease && *e->span.address && !e->bad;
}

/** take_entry() - journal_entry(): an entry is over; 0, or -1 with errno */
static int take_entry(void *context, bool ours)
{
	struct reading *r = context;
	struct entry *e = &r->entry;
	struct history_span *last;
	int n = 0;

	if (ours && is_whole(e) && is_wished(r->wish, &e->span)) {
		/* a lease that was accepted before the journal begins is extended */
		if (!strcmp(e->event, "accepted") || !strcmp(e->event, "moved") ||
		    !strcmp(e->event, "extended")) {
			n = on_accepted(r->history, e);
		} else if (!strcmp(e->event, "ended")) {
			n = on_ended(r->history, e);
		} else if (!strcmp(e->event, "present")) {
			last = open_span(r->history, e->span.pool, e->span.lease);
			if (last)
				last->proven = true;
		}
	}
	*e = (struct entry){.at = 0};
	r->failed = n != 0;
	return n;
}

/** take_field() - journal_field(): a field of an entry */
static void take_field(void *context, const char *name, const char *value)
{
	struct entry *e = &((struct reading *)context)->entry;
	struct history_span *s = &e->span;

	if (!strcmp(name, "__REALTIME_TIMESTAMP"))
		e->at = journal_time(value);
	else if (!strcmp(name, "TSP_EVENT"))
		snprintf(e->event, sizeof(e->event), "%s", value);
	else if (!strcmp(name, "MESSAGE"))
		e->claims = strstr(value, " claims ") != NULL;
	else if (!strcmp(name, "TSP_USER"))
		snprintf(s->user, sizeof(s->user), "%s", value);
	else if (!strcmp(name, "TSP_PEER"))
		snprintf(s->peer, sizeof(s->peer), "%s", value);
	else if (!strcmp(name, "TSP_ADDRESS"))
		snprintf(s->address, sizeof(s->address), "%s", value);
	else if (!strcmp(name, "TSP_PREFIX"))
		snprintf(s->prefix, sizeof(s->prefix), "%s", value);
	else if (!strcmp(name, "TSP_POOL"))
		e->pool = !pool_parse(value, &s->pool);
	else if (!strcmp(name, "TSP_LEASE"))
		e->bad |= parse_u32(value, 1, LEASE_NUMBER_MAX, &s->lease) != 0;
}

/** note_begin() - lines_visitor(): "SECONDS.FRACTION ..." of the first entry, and no other */
static int note_begin(void *context, char *line)
{
	struct history *h = context;
	uint64_t seconds;

	line[strcspn(line, ".")] = '\0';
	if (!parse_u64(line, &seconds))
		h->begin = (time_t)seconds;
	return 1;
}

/** note_ours() - journal_entry(): one of ours is enough */
static int note_ours(void *context, bool ours)
{
	*(bool *)context = ours;
	return ours;
}

/** ignore() - journal_field() */
static void ignore(void *context, const char *name, const char *value)
{
	(void)context;
	(void)name;
	(void)value;
}

/** history_has_moved() - the journal has a tspctl move: leases had other addresses before */
bool history_has_moved(const struct config *config)
{
	bool found = false;
	struct journal_search search = {.config = config,
					.fields = "TSP_EVENT",
					.args = {"TSP_EVENT=moved"},
					.count = 1,
					.field = ignore,
					.entry = note_ours,
					.context = &found};

	journal_each(&search);
	return found;
}

/**
 * history_read() - read the journal
 * @config:	Configuration
 * @wish:	Search
 * @out:	Result; history_free() frees it
 *
 * Return: 0, also without a journal; -1 with errno
 */
int history_read(const struct config *config, const struct history_wish *wish,
		 struct history *out)
{
	static const char *const first[] = {"journalctl", "-q",         "--no-pager",
					    "-o",         "short-unix", NULL};
	struct reading r = {.wish = wish, .history = out};
	struct journal_search search = {
		.config = config,
		.fields = "MESSAGE,TSP_EVENT,TSP_PEER,TSP_USER,TSP_ADDRESS,TSP_PREFIX,"
			  "TSP_POOL,TSP_LEASE",
		.args = {"TSP_EVENT=accepted", "TSP_EVENT=present", "TSP_EVENT=extended",
			 "TSP_EVENT=ended", "TSP_EVENT=moved"},
		.count = 5,
		.field = take_field,
		.entry = take_entry,
		.context = &r,
	};
	size_t i;

	*out = (struct history){.spans = NULL};
	for (i = 0; i < wish->match_count; i++)
		search.args[search.count++] = wish->matches[i];
	out->journal = !journal_each(&search) && !r.failed;
	lines_each(first, note_begin, out);
	return r.failed ? -1 : 0;
}

/** describe() - a lease as a span */
static void describe(const struct files *files, enum pool_kind pool,
		     const struct lease *lease, struct history_span *out)
{
	const struct lease_tunnel *t = &lease->tunnel;
	struct pool_addresses a;

	*out = (struct history_span){.pool = pool, .lease = lease->number};
	pool_addresses_of(files->store.config, pool, lease->number, t, &a);
	if (pool == POOL_USERS)
		snprintf(out->user, sizeof(out->user), "%s", lease->owner);
	addr_format6(&a.client, out->address);
	if (a.prefix.len)
		prefix6_format(&a.prefix, out->prefix);
	endpoint_format(&t->endpoint, out->peer);
	out->from = t->granted;
	out->until = lease->state == LEASE_EXPIRED ? t->expires : 0;
	out->proven = lease->state == LEASE_PRESENT || t->heard != 0;
}

/** struct adding - history_add_leases() under way */
struct adding {
	struct history *history;
	const struct history_wish *wish;
	struct files *files;
	enum pool_kind pool;
};

/** known() - the journal has this span; add the lease's details to it */
static bool known(struct history *h, const struct history_span *s)
{
	size_t i = h->count;

	while (i-- > 0) {
		struct history_span *k = &h->spans[i];

		if (k->pool != s->pool || k->lease != s->lease || !same_client(k, s))
			continue;
		if (!k->until)
			k->until = s->until;
		if (!k->from)
			k->from = s->from;
		k->proven |= s->proven;
		return true;
	}
	return false;
}

/** add_lease() - table_visitor(): the last client of a lease */
static int add_lease(uint32_t number, const struct lease *lease, const char *why,
		     void *context)
{
	struct adding *a = context;
	time_t now = a->files->store.now();
	struct history_span span;
	struct lease settled;

	(void)number;
	(void)why;
	if (!lease)
		return 0;
	settled = *lease;
	lease_settle(&settled);
	if (settled.state == LEASE_FREE || settled.state == LEASE_OFFERED)
		return 0;
	describe(a->files, a->pool, &settled, &span);
	if (!span.until && settled.tunnel.expires <= now)
		span.until = settled.tunnel.expires;
	if (!is_wished(a->wish, &span) || known(a->history, &span))
		return 0;
	return add_span(a->history, &span);
}

/** compare() - by their beginning, for qsort() */
static int compare(const void *a, const void *b)
{
	const struct history_span *x = a, *y = b;

	return (x->from > y->from) - (x->from < y->from);
}

/**
 * history_add_leases() - add the last client of each lease, which the journal may lack
 * @h:		From history_read()
 * @wish:	Search
 * @files:	Files, open
 *
 * Return: 0; -1 with errno
 */
int history_add_leases(struct history *h, const struct history_wish *wish,
		       struct files *files)
{
	struct adding a = {.history = h, .wish = wish, .files = files};

	POOL_EACH(kind) {
		a.pool = kind;
		if (files->store.tables[kind].fd >= 0 &&
		    table_each(&files->store.tables[kind], add_lease, &a))
			return -1;
	}
	if (h->count)
		qsort(h->spans, h->count, sizeof(*h->spans), compare);
	return 0;
}

/** history_free() - free what history_read() has allocated */
void history_free(struct history *h)
{
	free(h->spans);
	*h = (struct history){.spans = NULL};
}
