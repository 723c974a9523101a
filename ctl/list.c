/* SPDX-License-Identifier: MIT */
/* list.c - tspctl list: leases, one to a row */
#include <stdio.h>
#include <stdlib.h>

#include "ctl/ui/command.h"
#include "ctl/ui/options.h"
#include "ctl/ui/output.h"
#include "ctl/ui/view.h"
#include "lib/log.h"
#include "upkeep/counters.h"
#include "upkeep/files.h"
#include "upkeep/worklist.h"

/** struct list - ctl_list() under way */
struct list {
	struct files files;
	bool all, plain, traffic;
	enum pool_kind pool;

	struct output output;
	enum pool_kind touring;
	size_t damaged;

	struct worklist tunnels;  /* with --traffic: the leases ... */
	struct traffic *traffics; /* ... and the counters of each */
};

/** list_lease() - table_visitor(): list a lease, with --traffic later */
static int list_lease(uint32_t number, const struct lease *lease, const char *why,
		      void *context)
{
	struct list *l = context;
	struct view view;

	(void)why;
	if (!lease) {
		l->damaged++;
		return 0;
	}
	if (lease->state == LEASE_FREE || (!l->all && !lease_in_use(lease)))
		return 0;
	if (view_make(&l->files.store, l->touring, lease, &view))
		return -1;
	if (!l->all && !view.active)
		return 0;
	if (l->traffic)
		return worklist_add(&l->tunnels, l->touring, number, 0, 0);
	output_row(&l->output, view.values);
	return 0;
}

/** read_lease() - the lease as it is now; false: it is free or damaged */
static bool read_lease(struct list *l, const struct worklist_item *item,
		       struct lease *out)
{
	return !table_look(&l->files.store.tables[item->pool], item->number, out) &&
	       out->state != LEASE_FREE;
}

/** keep_traffic() - counters_answer(): keep the counters of a tunnel for its row */
static void keep_traffic(void *context, size_t item, const struct lease *lease,
			 const struct traffic *traffic)
{
	struct list *l = context;

	(void)lease;
	if (traffic)
		l->traffics[item] = *traffic;
}

/** list_traffic() - read the counters of all tunnels, then list the leases */
static int list_traffic(struct list *l)
{
	enum upkeep_result result;
	struct lease lease;
	struct view view;
	size_t i;

	l->traffics = calloc(l->tunnels.count + 1, sizeof(*l->traffics));
	if (!l->traffics) {
		log_msg(LOG_ERR, "%m");
		return CTL_ERROR;
	}
	result = counters_ask(&l->files, &l->tunnels, 0, keep_traffic, l);
	for (i = 0; i < l->tunnels.count && result == UPKEEP_OK; i++) {
		const struct worklist_item *item = &l->tunnels.items[i];

		if (!read_lease(l, item, &lease))
			continue;
		if (view_make(&l->files.store, item->pool, &lease, &view))
			return CTL_ERROR;
		view_traffic(&view, &l->traffics[i]);
		output_row(&l->output, view.values);
	}
	return command_status(result);
}

/** list() - with the files open; returns the exit status */
static int list(struct list *l, enum output_form form)
{
	struct output_field fields[VIEW_FIELDS];
	int i, r = 0;

	for (i = 0; i < VIEW_FIELDS; i++)
		fields[i] = view_fields[i];
	if (!l->all)
		fields[VIEW_STATE].head =
			NULL; /* without --all, people know that it is active */
	output_begin(&l->output, form, fields,
		     l->traffic ? VIEW_FIELDS : VIEW_FIELDS_PLAIN);
	POOL_EACH(kind) {
		struct table *t = &l->files.store.tables[kind];

		l->touring = kind;
		if (!r && t->fd >= 0 && (l->pool == POOL_ANY || l->pool == t->kind))
			r = table_each(t, list_lease, l) ? CTL_ERROR : 0;
	}
	if (!r && l->traffic)
		r = list_traffic(l);
	if (output_end(&l->output))
		r = CTL_ERROR;
	files_damaged_lines(&l->files, l->damaged);
	return r;
}

int ctl_list(struct ctl *ctl, int argc, char **argv)
{
	struct list l = {.pool = POOL_ANY};
	const struct option_spec specs[] = {
		{"all", OPTION_FLAG, &l.all},
		{"pool", OPTION_POOL, &l.pool},
		{"plain", OPTION_FLAG, &l.plain},
		{"traffic", OPTION_FLAG, &l.traffic},
	};
	enum output_form form = OUTPUT_COLUMNS;
	int r;

	if (options_parse(ctl, argc, argv, specs, 4, 0, 0) < 0)
		return CTL_USAGE;
	if (l.plain)
		form = OUTPUT_PLAIN;
	if (ctl->json)
		form = OUTPUT_JSON;
	r = command_open(ctl, &l.files, TABLE_READ);
	if (r)
		return r;
	files_report(&l.files);
	r = list(&l, form);
	r = command_exit(&l.files, r);
	files_close(&l.files);
	worklist_free(&l.tunnels);
	free(l.traffics);
	return r;
}
