/* SPDX-License-Identifier: MIT */
/*
 * relocate.c - tunnels that end at an address which this machine has lost
 *
 * A template with a list of its tunnels says where each ends, and strays.c compares that.
 * Without one, this looks at leases whose tunnels should end elsewhere than they record, by
 * server_end.c: the recorded address is gone. The template is asked for the counters of such a
 * tunnel; it fails if the tunnel has other ends, and then builds it again.
 */
#include "upkeep/relocate.h"

#include "lib/log.h"
#include "tunnel/server_end.h"
#include "upkeep/counters.h"

/** struct relocation - relocate() under way */
struct relocation {
	struct worklist asked;    /* leases whose tunnels end elsewhere than recorded */
	struct worklist *rebuild; /* those of them without a tunnel at their end */
	bool failed;
};

/** visit() - worklist_visitor(): active leases whose tunnels end elsewhere than recorded */
static int visit(struct worklist_tour *tour, const struct lease *lease)
{
	const struct lease_tunnel *t = &lease->tunnel;
	struct in_addr end;

	if (!lease_is_active(lease, tour->store->now()) || !t->server.s_addr)
		return 0;
	end = server_end_of(tour->store->config, t, (struct in_addr){INADDR_ANY});
	/* without a route there is no other end yet */
	if (!end.s_addr || end.s_addr == t->server.s_addr)
		return 0;
	return worklist_add(tour->list, tour->pool, lease->number, 0, 0);
}

/** note() - counters_answer(): a tunnel that is not where its lease says */
static void note(void *context, size_t item, const struct lease *lease,
		 const struct traffic *traffic)
{
	struct relocation *r = context;

	if (!traffic &&
	    worklist_add(r->rebuild, r->asked.items[item].pool, lease->number, 0, 0))
		r->failed = true;
}

/**
 * relocate_find() - find tunnels to be built at another address of this machine
 * @f:		Files
 * @jobs:	As in counters_ask()
 * @out:	Their leases, for restore_list(); goes to worklist_free() in any case
 *
 * Return: enum upkeep_result
 */
enum upkeep_result relocate_find(struct files *f, unsigned jobs, struct worklist *out)
{
	struct relocation r = {.rebuild = out};
	enum upkeep_result result = UPKEEP_ERROR;

	*out = (struct worklist){.items = NULL};
	if (!worklist_collect(&r.asked, &f->store, visit))
		result = r.asked.count ? counters_ask(f, &r.asked, jobs, note, &r)
				       : UPKEEP_OK;
	worklist_free(&r.asked);
	return r.failed ? UPKEEP_ERROR : result;
}
