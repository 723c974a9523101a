/* SPDX-License-Identifier: MIT */
/* move.c - tspctl move: give leases addresses of the ranges that tsp.conf has now */
#include <signal.h>
#include <stdio.h>

#include "ctl/ui/command.h"
#include "ctl/ui/confirm.h"
#include "ctl/ui/options.h"
#include "lib/addr.h"
#include "lib/log.h"
#include "lib/prefix.h"
#include "upkeep/moving.h"

#define SHOWN      10 /* leases that get other addresses, of each pool */
#define SIDE_LEN   (INET6_ADDRSTRLEN + PREFIX6_TEXT_LEN + 8)
#define RANGES_LEN (2 * PREFIX6_TEXT_LEN + 32)
#define AFTER_DATAPATH                                                                   \
	"now run 'tsp-datapath stop', then 'systemctl restart tsp-routes tsp-datapath "  \
	"tsp-restore tsp-udp'\n"

/** format_ranges() - "link A, prefix B in /56" */
static void format_ranges(const struct config *config, enum pool_kind kind,
			  char out[RANGES_LEN])
{
	struct pool_ranges r = pool_ranges(config, kind);
	char link[PREFIX6_TEXT_LEN], prefix[PREFIX6_TEXT_LEN];

	prefix6_format(&r.link, link);
	prefix6_format(&r.prefix, prefix);
	if (r.prefix.len)
		snprintf(out, RANGES_LEN, "link %s, prefix %s in /%u", link, prefix,
			 r.delegate);
	else
		snprintf(out, RANGES_LEN, "link %s", link);
}

/** format_side() - the addresses of a lease, as "A and B" */
static void format_side(const struct config *config, enum pool_kind kind,
			const struct lease *lease, char out[SIDE_LEN])
{
	char client[INET6_ADDRSTRLEN], prefix[PREFIX6_TEXT_LEN];
	struct pool_addresses a;

	pool_addresses_of(config, kind, lease->number, &lease->tunnel, &a);
	addr_format6(&a.client, client);
	prefix6_format(&a.prefix, prefix);
	snprintf(out, SIDE_LEN, "%s%s%s", client, a.prefix.len ? " and " : "",
		 a.prefix.len ? prefix : "");
}

/** show_item() - print the addresses of a lease, before and after */
static void show_item(struct moving *m, enum pool_kind kind, const struct move_item *item)
{
	const struct move_plan *plan = &m->moves[kind].plan;
	char was[SIDE_LEN], is[SIDE_LEN] = "as a new lease gets them";
	struct lease old, new;

	if (table_look(&m->tables[kind], item->from, &old))
		return; /* it has ended meanwhile, or is reported elsewhere */
	lease_settle(&old);
	format_side(&m->before, kind, &old, was);
	move_plan_lease(plan, item, &old, &new);
	if (item->to || kind == POOL_ANONYMOUS)
		format_side(m->config, kind, &new, is);
	printf("  %s/%u %s: %s -> %s\n", pool_name(kind), item->from, old.owner, was, is);
}

/** show_items() - print the first leases that get other addresses, or all of them */
static void show_items(struct moving *m, enum pool_kind kind, bool all)
{
	const struct move_plan *plan = &m->moves[kind].plan;
	uint32_t shown = 0;
	size_t i;

	for (i = 0; i < plan->count; i++) {
		if (!plan->items[i].changes)
			continue;
		if (all || shown < SHOWN)
			show_item(m, kind, &plan->items[i]);
		shown++;
	}
	if (!all && shown > SHOWN)
		printf("  ... and %u more (all: --dry-run --all)\n", shown - SHOWN);
}

/** count_prefixes() - leases that get other addresses, but keep where their prefix begins */
static uint32_t count_prefixes(const struct move_plan *plan)
{
	uint32_t n = 0;
	size_t i;

	for (i = 0; i < plan->count; i++)
		n += plan->items[i].changes && plan->items[i].keeps_prefix;
	return n;
}

/** show_pool() - print what becomes of the leases of a pool */
static void show_pool(struct moving *m, enum pool_kind kind, bool all)
{
	const struct move_plan *plan = &m->moves[kind].plan;
	uint32_t capacity = pool_config(m->config, kind)->capacity;
	uint32_t kept = count_prefixes(plan);
	char was[RANGES_LEN], is[RANGES_LEN];

	format_ranges(&m->before, kind, was);
	format_ranges(m->config, kind, is);
	printf("%s: %s, %u leases\n", m->tables[kind].path, was,
	       m->tables[kind].capacity);
	printf("  becomes %s, %u leases\n", is, capacity);
	printf("  %u active leases keep their addresses, %u get others",
	       plan->active - plan->changed, plan->changed);
	if (kept)
		printf(" (%u of them keep the beginning of their prefix)", kept);
	printf("\n");
	if (plan->counts[MOVE_FORGOTTEN])
		printf("  %u expired leases are forgotten: their owners get others\n",
		       plan->counts[MOVE_FORGOTTEN]);
	if (plan->wanted)
		printf("  with 'capacity = %u', more of them keep the beginning of their "
		       "prefix\n",
		       plan->wanted);
	show_items(m, kind, all);
}

/** count_changed() - active leases of all pools that get other addresses */
static uint32_t count_changed(const struct moving *m)
{
	uint32_t n = 0;

	POOL_EACH(kind)
		n += m->moves[kind].plan.changed;
	return n;
}

/** say_moved() - print what was done, and what is left to do */
static void say_moved(const struct moving *m)
{
	bool any = false;

	POOL_EACH(kind) {
		if (!moving_is_done(m, kind))
			continue;
		any = true;
		printf("%s: moved; %s is the old file\n", m->tables[kind].path,
		       m->moves[kind].kept);
	}
	if (!any)
		return;
	if (m->by_datapath) {
		printf(AFTER_DATAPATH);
		return;
	}
	printf("%zu tunnels built", m->built);
	if (m->held)
		printf(", %zu held by sessions", m->held);
	if (m->failed)
		printf(", %zu failed: 'tspctl restore' tries them again", m->failed);
	printf("\nnow run 'systemctl restart tsp-routes tsp-udp'\n");
}

/** run() - ask, then move; returns the exit status */
static int run(struct moving *m, bool yes)
{
	uint32_t changed = count_changed(m);
	enum moving_result r;

	if (confirm(yes, "give %u active leases other addresses", changed))
		return CTL_FAILED;
	/* a move that has begun is finished, even if nobody reads our output any more */
	signal(SIGPIPE, SIG_IGN);
	r = moving_run(m);
	say_moved(m);
	switch (r) {
	case MOVING_DONE:
		return CTL_OK;
	case MOVING_INCOMPLETE:
	case MOVING_REFUSED:
		return CTL_FAILED;
	case MOVING_ERROR:
		break;
	}
	return CTL_ERROR;
}

/** move() - with the files open; returns the exit status */
static int move(struct moving *m, bool dry, bool all, bool yes)
{
	bool any = false;

	if (moving_plan(m))
		return CTL_ERROR;
	POOL_EACH(kind) {
		if (!moving_differs(m, kind))
			continue;
		any = true;
		show_pool(m, kind, all);
	}
	if (!moving_is_possible(m))
		return m->damaged ? CTL_DAMAGED : CTL_FAILED;
	if (!any)
		printf("nothing to move: all leases have addresses of the configured "
		       "ranges\n");
	return any && !dry ? run(m, yes) : CTL_OK;
}

int ctl_move(struct ctl *ctl, int argc, char **argv)
{
	static struct moving moving;
	bool dry = false, all = false, yes = false;
	const struct option_spec specs[] = {{"dry-run", OPTION_FLAG, &dry},
					    {"all", OPTION_FLAG, &all},
					    {"yes", OPTION_FLAG, &yes}};
	int r = CTL_ERROR;

	if (options_parse(ctl, argc, argv, specs, 3, 0, 0) < 0)
		return CTL_USAGE;
	if (!moving_open(&moving, &ctl->config, dry ? TABLE_READ : TABLE_SERVE)) {
		moving.observer = command_observer();
		r = move(&moving, dry, all, yes);
	}
	moving_close(&moving);
	return r;
}
