/* SPDX-License-Identifier: MIT */
/*
 * strays.c - compare the tunnels that the template lists with the leases
 *
 * A crash, a restored backup or a map that another program has written can leave a tunnel
 * without a lease, or a lease without its tunnel. Sessions go on meanwhile, so:
 *
 *	1. active leases are read, then tunnels are listed: a lease that is active in both
 *	   readings of its line and has no tunnel in between lacks it; one whose tunnel ends
 *	   at another address of this machine than it should is treated likewise
 *	2. a listed tunnel is strange if its lease's line does not explain it after that,
 *	   and the next list still has it: sessions take tunnels down before they end leases
 *	3. its lease is held and looked at again before the tunnel is taken down
 */
#include "upkeep/strays.h"

#include <errno.h>
#include <stdlib.h>

#include "lib/array.h"
#include "lib/log.h"
#include "tunnel/server_end.h"
#include "upkeep/jobs.h"

static int add(struct listing *l, enum pool_kind pool, const struct lease *lease)
{
	struct listed *more = array_room(l->items, l->count, &l->size, sizeof(*more));

	if (!more)
		return -1;
	l->items = more;
	l->items[l->count++] = (struct listed){
		.pool = pool, .number = lease->number, .client = lease->tunnel.endpoint};
	return 0;
}

/** struct tour - active leases that are being read */
struct tour {
	const struct store *store;
	enum pool_kind pool;
	struct listing *active;
	struct in_addr here; /* the last recorded end that this machine has */
};

/**
 * end_of() - the address where the lease's tunnel should end; 0.0.0.0: the lease has none
 *
 * Most leases have the same one: the kernel is asked once.
 */
static struct in_addr end_of(struct tour *tour, const struct lease *lease)
{
	const struct config *config = tour->store->config;
	struct in_addr recorded = lease->tunnel.server, end;

	if (!recorded.s_addr)
		return config->local;
	if (recorded.s_addr == tour->here.s_addr)
		return recorded;
	end = server_end_of(config, &lease->tunnel, (struct in_addr){INADDR_ANY});
	if (end.s_addr == recorded.s_addr)
		tour->here = recorded;
	return end;
}

/** visit() - table_visitor(): an active lease */
static int visit(uint32_t number, const struct lease *lease, const char *why,
		 void *context)
{
	struct tour *tour = context;

	(void)number;
	(void)why;
	if (!lease || !lease_is_active(lease, tour->store->now()))
		return 0;
	if (add(tour->active, tour->pool, lease))
		return -1;
	tour->active->items[tour->active->count - 1].server = end_of(tour, lease);
	return 0;
}

/** read_active() - all active leases, in their order; -1, logged */
static int read_active(struct store *store, struct listing *out)
{
	struct tour tour = {.store = store, .active = out};

	POOL_EACH(kind) {
		tour.pool = kind;
		if (store->tables[kind].fd >= 0 &&
		    table_each(&store->tables[kind], visit, &tour)) {
			log_msg(LOG_ERR, "%s: %m", store->tables[kind].path);
			return -1;
		}
	}
	return 0;
}

/** explains() - a lease may have this tunnel: it is offered, or not ended yet */
static bool explains(const struct lease *lease, const struct listed *tunnel)
{
	if (lease->state == LEASE_OFFERED)
		return true;
	return lease_is_accepted(lease) &&
	       endpoint_equal(&lease->tunnel.endpoint, &tunnel->client);
}

/** enum verdict - a listed tunnel compared with the current line of its lease */
enum verdict { EXPLAINED, STRANGE, REPLACED };

/**
 * judge() - look at the lease of a tunnel
 *
 * Return: REPLACED if its lease has another endpoint; a line that cannot be read explains
 * whatever there is
 */
static enum verdict judge(struct store *store, const struct listed *tunnel)
{
	struct table *t = &store->tables[tunnel->pool];
	struct lease lease;

	if (t->fd < 0)
		return EXPLAINED;
	if (table_look(t, tunnel->number, &lease))
		return errno == ERANGE ? STRANGE : EXPLAINED;
	if (explains(&lease, tunnel))
		return EXPLAINED;
	return lease_is_accepted(&lease) ? REPLACED : STRANGE;
}

/**
 * add_missing() - a lease, if it is still active and no session holds it; -1, logged
 * @f:		Files
 * @s:		Result
 * @of:		Lease
 * @mark:	STRAYS_MISSING or STRAYS_ELSEWHERE
 */
static int add_missing(struct files *f, struct strays *s, const struct listed *of,
		       unsigned mark)
{
	struct table *t = &f->store.tables[of->pool];
	struct lease lease;

	if (table_look(t, of->number, &lease) ||
	    !lease_is_active(&lease, f->store.now()) || table_is_held(t, of->number))
		return 0;
	return worklist_add(&s->missing, of->pool, of->number, mark, 0);
}

/** add_strange() - a listed tunnel, as its lease says; -1, logged */
static int add_strange(struct files *f, struct strays *s, const struct listed *tunnel)
{
	struct lease lease = {.number = tunnel->number,
			      .tunnel = {.endpoint = tunnel->client}};

	switch (judge(&f->store, tunnel)) {
	case EXPLAINED:
		return 0;
	case REPLACED:
		return add_missing(f, s, tunnel, STRAYS_MISSING);
	case STRANGE:
		break;
	}
	if (!add(&s->strange, tunnel->pool, &lease))
		return 0;
	log_msg(LOG_ERR, "%m");
	return -1;
}

/** is_elsewhere() - the tunnel ends at another address of this machine than it should */
static bool is_elsewhere(const struct listed *lease, const struct listed *tunnel)
{
	return lease->server.s_addr && tunnel->server.s_addr &&
	       lease->server.s_addr != tunnel->server.s_addr;
}

/** differ() - compare both lists, which have the same order; -1, logged */
static int differ(struct files *f, struct strays *s, const struct listing *active,
		  const struct listing *listed)
{
	size_t a = 0, l = 0;
	int r = 0;

	while (!r && (a < active->count || l < listed->count)) {
		const struct listed *lease = &active->items[a],
				    *tunnel = &listed->items[l];
		int order = a == active->count   ? 1
			    : l == listed->count ? -1
						 : listing_compare(lease, tunnel);

		if (order < 0)
			r = add_missing(f, s, lease, STRAYS_MISSING);
		else if (order > 0 || !endpoint_equal(&lease->client, &tunnel->client))
			r = add_strange(f, s, tunnel);
		else if (is_elsewhere(lease, tunnel))
			r = add_missing(f, s, lease, STRAYS_ELSEWHERE);
		a += order <= 0;
		l += order >= 0;
	}
	return r;
}

/** confirm() - drop what is not listed any more, or explained by now; -1, logged */
static int confirm(struct files *f, struct strays *s)
{
	struct listing now = {.items = NULL};
	size_t i, left = 0;
	int r;

	if (!s->strange.count)
		return 0;
	r = listing_read(f->store.config, false, &now);
	for (i = 0; i < s->strange.count && !r; i++) {
		const struct listed *tunnel = &s->strange.items[i], *found;

		found = listing_find(&now, tunnel->pool, tunnel->number);
		if (found && endpoint_equal(&found->client, &tunnel->client) &&
		    judge(&f->store, tunnel) == STRANGE)
			s->strange.items[left++] = *tunnel;
	}
	s->strange.count = left;
	listing_free(&now);
	return r;
}

/**
 * strays_find() - compare the tunnels that the template lists with the leases
 * @f:		Files; their template declares TSP-List
 * @s:		Result; goes to strays_free() in any case
 *
 * Return: UPKEEP_OK; UPKEEP_ERROR, logged: nothing is known
 */
enum upkeep_result strays_find(struct files *f, struct strays *s)
{
	struct listing active = {.items = NULL}, listed = {.items = NULL};
	enum upkeep_result r = UPKEEP_ERROR;

	if (!read_active(&f->store, &active) &&
	    !listing_read(f->store.config, false, &listed) &&
	    !differ(f, s, &active, &listed) && !confirm(f, s))
		r = UPKEEP_OK;
	listing_free(&active);
	listing_free(&listed);
	return r;
}

/** struct end - strays_end() under way */
struct end {
	struct files *files;
	struct strays *strays;
	size_t at;
};

/** hold_free() - hold a lease that nobody has; beyond the file there is nothing to hold */
static enum store_result hold_free(struct table *t, uint32_t number,
				   struct store_claim *out)
{
	struct lease lease;
	enum store_result r = STORE_CLAIMED;

	if (table_lock(t))
		return STORE_ERROR;
	if (table_read(t, number, &lease)) {
		r = errno == ERANGE ? STORE_OK : STORE_ERROR;
	} else if (lease.state == LEASE_FREE && !table_hold(t, number)) {
		out->held = true;
		r = STORE_OK;
	}
	table_unlock(t);
	return r;
}

/** claim() - hold the lease of a strange tunnel; false: it is explained now, or fails */
static bool claim(struct end *e, const struct listed *tunnel, struct store_claim *c)
{
	struct store *store = &e->files->store;
	enum store_result r = store_claim_number(store, tunnel->pool, tunnel->number, c);

	if (r == STORE_NO_LEASE) {
		c->before.number = c->lease.number = tunnel->number;
		r = hold_free(&store->tables[tunnel->pool], tunnel->number, c);
	} else if (r == STORE_OK && lease_in_use(&c->before)) {
		store_let_go(store, c);
		r = STORE_CLAIMED;
	}
	e->strays->failed += r == STORE_ERROR;
	return r == STORE_OK;
}

/** next_stray() - plan the end of the next strange tunnel */
static bool next_stray(void *context, struct job *job)
{
	struct end *e = context;
	struct strays *s = e->strays;

	for (; e->at < s->strange.count; e->at++) {
		const struct listed *tunnel = &s->strange.items[e->at];
		struct lease_tunnel part = {.endpoint = tunnel->client,
					    .mode = tunnel->client.port ? TUNNEL_V6UDPV4
									: TUNNEL_V6V4};

		if (!claim(e, tunnel, &job->claim))
			continue;
		job->mark = e->at++;
		jobs_step(e->files->store.config, job, TEMPLATE_TEARDOWN, tunnel->pool,
			  &job->claim.before, &part);
		return true;
	}
	return false;
}

/** stray_done() - let go of the lease, and say what was done */
static void stray_done(void *context, struct job *job)
{
	struct end *e = context;
	const struct listed *tunnel = &e->strays->strange.items[job->mark];
	char client[ENDPOINT_LEN];

	store_let_go(&e->files->store, &job->claim);
	e->strays->done[job->mark] = !job->failed;
	e->strays->ended += !job->failed;
	e->strays->failed += job->failed;
	endpoint_format(&tunnel->client, client);
	if (!job->failed)
		log_msg(LOG_WARNING, "%s lease %u has no tunnel to %s: it is taken down",
			pool_name(tunnel->pool), tunnel->number, client);
}

/**
 * strays_end() - take strange tunnels down
 * @f:		Files, open for TABLE_SERVE or TABLE_MEND
 * @s:		From strays_find(); done, ended and failed are filled in
 * @jobs:	As jobs_run()
 *
 * Return: as jobs_run()
 */
enum upkeep_result strays_end(struct files *f, struct strays *s, unsigned jobs)
{
	struct end e = {.files = f, .strays = s};
	struct jobs_work work = {.files = f,
				 .next = next_stray,
				 .done = stray_done,
				 .context = &e,
				 .jobs = jobs,
				 .total = s->strange.count,
				 .what = "ending"};

	if (!s->strange.count)
		return UPKEEP_OK;
	s->done = calloc(s->strange.count, sizeof(*s->done));
	if (s->done)
		return jobs_run(&work);
	log_msg(LOG_ERR, "%m");
	return UPKEEP_ERROR;
}

/** strays_free() - give the memory back; the numbers stay */
void strays_free(struct strays *s)
{
	listing_free(&s->strange);
	worklist_free(&s->missing);
	free(s->done);
	s->done = NULL;
}
