/* SPDX-License-Identifier: MIT */
/*
 * list.c - tspctl list: leases, one to a row
 *
 * Rows are printed while the files are read. Counters and another order need all rows
 * first: then a list of leases is made, and each is read again when its turn comes.
 */
#include <stdio.h>
#include <stdlib.h>

#include "ctl/ui/command.h"
#include "ctl/ui/filter.h"
#include "ctl/ui/options.h"
#include "ctl/ui/order.h"
#include "ctl/ui/output.h"
#include "ctl/ui/view.h"
#include "lib/log.h"
#include "tunnel/listing.h"
#include "tunnel/modes.h"
#include "upkeep/counters.h"
#include "upkeep/files.h"
#include "upkeep/worklist.h"

#define SOME 256 /* rows that are read at a time */

/** struct list - ctl_list() under way */
struct list {
	struct files files;
	bool all, plain, traffic, wide, count;
	enum pool_kind pool;
	struct filter filter;
	bool sorted;
	struct order order;

	enum view_field columns[VIEW_FIELDS]; /* in the order of the output */
	size_t column_count;
	struct output output;
	enum pool_kind touring;
	size_t shown, damaged;

	struct listing listing;   /* with --traffic, all tunnels ... */
	bool listed;              /* ... if the template can list them with counters */
	struct worklist leases;   /* if they are listed later ... */
	struct traffic *traffics; /* ... with --traffic, the counters of each */
	struct order_row *rows;   /* ... and their order */
};

/** put_row() - print a row, or only count it */
static void put_row(struct list *l, const struct view *view)
{
	struct output_value values[VIEW_FIELDS];
	size_t i;

	l->shown++;
	if (l->count)
		return;
	for (i = 0; i < l->column_count; i++)
		values[i] = view->values[l->columns[i]];
	output_row(&l->output, values);
}

/** add_traffic() - add the counters of the tunnel that the template has listed, if any */
static void add_traffic(const struct list *l, struct view *view)
{
	const struct listed *tunnel =
		listing_find(&l->listing, view->pool, view->lease.number);

	if (tunnel && endpoint_equal(&tunnel->client, &view->lease.tunnel.endpoint))
		view_traffic(view, &l->listing.traffics[tunnel->line]);
}

/** list_lease() - table_visitor(): list a lease, now or later */
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
	if ((!l->all && !view.active) || !filter_matches(&l->filter, &view))
		return 0;
	if ((l->traffic && !l->listed) || l->sorted)
		return worklist_add(&l->leases, l->touring, number, 0, 0);
	if (l->listed)
		add_traffic(l, &view);
	put_row(l, &view);
	return 0;
}

/** make_view() - read the current lease of an item; 1: done, 0: free or damaged, -1 */
static int make_view(struct list *l, size_t item, struct view *out)
{
	const struct worklist_item *from = &l->leases.items[item];
	struct lease lease;

	if (table_look(&l->files.store.tables[from->pool], from->number, &lease) ||
	    lease.state == LEASE_FREE)
		return 0;
	if (view_make(&l->files.store, from->pool, &lease, out))
		return -1;
	if (l->listed)
		add_traffic(l, out);
	else if (l->traffic)
		view_traffic(out, &l->traffics[item]);
	return 1;
}

/** read_views() - views of the next rows, at most SOME of them; returns how many, or -1
 *
 * The file is locked once for all of them, and not while they are printed.
 */
static int read_views(struct list *l, size_t *at, struct view views[SOME])
{
	struct worklist_turn turn = {.locked = NULL};
	int made, count = 0;

	while (*at < l->leases.count && count < SOME) {
		size_t item = l->rows[(*at)++].item;
		enum pool_kind pool = l->leases.items[item].pool;

		if (worklist_lock(&turn, &l->files.store.tables[pool]))
			made = 0;
		else
			made = make_view(l, item, &views[count]);
		if (made < 0) {
			count = -1;
			break;
		}
		count += made;
	}
	worklist_unlock(&turn);
	return count;
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

/** sort_rows() - put the leases in their order; 0 or CTL_ERROR, reported */
static int sort_rows(struct list *l)
{
	struct view view;
	size_t i;
	int made;

	for (i = 0; i < l->leases.count; i++) {
		l->rows[i].item = i;
		if (!l->sorted)
			continue;
		made = make_view(l, i, &view);
		if (made < 0)
			return CTL_ERROR;
		if (made)
			order_key(&l->order, &view, &l->rows[i]);
	}
	if (l->sorted)
		order_sort(l->rows, l->leases.count);
	return 0;
}

/** list_later() - read all counters, sort, then list the leases; returns the exit status */
static int list_later(struct list *l)
{
	enum upkeep_result result = UPKEEP_OK;
	static struct view views[SOME];
	size_t at = 0;
	int made, i;

	l->traffics = calloc(l->leases.count + 1, sizeof(*l->traffics));
	l->rows = calloc(l->leases.count + 1, sizeof(*l->rows));
	if (!l->traffics || !l->rows) {
		log_msg(LOG_ERR, "%m");
		return CTL_ERROR;
	}
	if (l->traffic && !l->listed)
		result = counters_ask(&l->files, &l->leases, 0, keep_traffic, l);
	if (result != UPKEEP_OK || sort_rows(l))
		return result == UPKEEP_OK ? CTL_ERROR : command_status(result);
	while (at < l->leases.count) {
		made = read_views(l, &at, views);
		if (made < 0)
			return CTL_ERROR;
		for (i = 0; i < made; i++)
			put_row(l, &views[i]);
	}
	return CTL_OK;
}

/** set_fields() - the fields of the columns; with -o all of them have heads */
static void set_fields(struct list *l, bool chosen, struct output_field *fields)
{
	size_t i;

	if (!chosen) {
		for (i = 0; i < VIEW_FIELDS; i++) {
			if (l->traffic || !view_is_traffic((enum view_field)i))
				l->columns[l->column_count++] = (enum view_field)i;
		}
	}
	for (i = 0; i < l->column_count; i++) {
		fields[i] = view_fields[l->columns[i]];
		if (chosen)
			fields[i].head = view_head(l->columns[i]);
		else if (l->columns[i] == VIEW_STATE && !l->all)
			fields[i].head = NULL; /* the state is clear without its column */
		if (l->wide)
			fields[i].spare = 0;
	}
}

/** visit_all() - list the leases of the files; 0 or CTL_ERROR, reported */
static int visit_all(struct list *l)
{
	POOL_EACH(kind) {
		struct table *t = &l->files.store.tables[kind];

		l->touring = kind;
		if (t->fd >= 0 && (l->pool == POOL_ANY || l->pool == t->kind) &&
		    table_each(t, list_lease, l))
			return CTL_ERROR;
	}
	return 0;
}

/** read_listing() - all counters by one run of the template; 0 or CTL_ERROR, reported
 *
 * A template that lists tunnels without counters is asked for each tunnel later.
 */
static int read_listing(struct list *l)
{
	const struct config *config = l->files.store.config;
	size_t i;
	int r;

	if (!modes_list_declared(config->template))
		return 0;
	r = listing_read(config, true, &l->listing);
	l->listed = r || !l->listing.count;
	for (i = 0; i < l->listing.count && !l->listed; i++)
		l->listed = l->listing.traffics[i].known[TRAFFIC_RX_BYTES];
	return r ? CTL_ERROR : 0;
}

/** list() - with the files open; returns the exit status */
static int list(struct list *l, enum output_form form)
{
	struct output_field fields[VIEW_FIELDS];
	int r, unread = l->traffic ? read_listing(l) : 0;

	set_fields(l, l->column_count != 0, fields);
	if (!l->count)
		output_begin(&l->output, form, fields, l->column_count);
	l->output.wider = "see --wide";
	r = visit_all(l);
	if (!r && ((l->traffic && !l->listed) || l->sorted))
		r = list_later(l);
	if (l->count)
		printf("%zu\n", l->shown);
	else if (output_end(&l->output))
		r = CTL_ERROR;
	if (!l->shown && !l->count && form == OUTPUT_COLUMNS)
		fputs("no leases\n", stderr);
	files_damaged_lines(&l->files, l->damaged);
	return r ? r : unread;
}

/** choose() - the options that are more than flags; 0 or CTL_USAGE, reported */
static int choose(struct list *l, const struct filter_texts *texts, const char *sort,
		  const char *columns)
{
	size_t i;

	l->sorted = sort != NULL;
	if (filter_parse(texts, &l->filter) || (sort && order_parse(sort, &l->order)) ||
	    (columns && order_columns(columns, l->columns, &l->column_count)))
		return CTL_USAGE;
	l->all |= texts->state != NULL;
	l->traffic |= l->sorted && view_is_traffic(l->order.field);
	for (i = 0; i < l->column_count; i++)
		l->traffic |= view_is_traffic(l->columns[i]);
	return 0;
}

int ctl_list(struct ctl *ctl, int argc, char **argv)
{
	static struct list l = {.pool = POOL_ANY};
	struct filter_texts texts = {NULL};
	const char *sort = NULL, *columns = NULL;
	const struct option_spec specs[] = {
		{"all", OPTION_FLAG, &l.all},
		{"pool", OPTION_POOL, &l.pool},
		{"plain", OPTION_FLAG, &l.plain},
		{"traffic", OPTION_FLAG, &l.traffic},
		{"wide", OPTION_FLAG, &l.wide},
		{"count", OPTION_FLAG, &l.count},
		{"user", OPTION_TEXT, &texts.user},
		{"prefix", OPTION_TEXT, &texts.prefix},
		{"state", OPTION_TEXT, &texts.state},
		{"endpoint", OPTION_TEXT, &texts.endpoint},
		{"mode", OPTION_TEXT, &texts.mode},
		{"expires-before", OPTION_TEXT, &texts.expires_before},
		{"sort", OPTION_TEXT, &sort},
		{"o", OPTION_TEXT, &columns},
	};
	int r;

	if (options_parse(ctl, argc, argv, specs, sizeof(specs) / sizeof(specs[0]), 0,
			  0) < 0 ||
	    choose(&l, &texts, sort, columns))
		return CTL_USAGE;
	r = command_open(ctl, &l.files, TABLE_READ);
	if (r)
		return r;
	files_report(&l.files);
	r = list(&l, ctl->json ? OUTPUT_JSON : l.plain ? OUTPUT_PLAIN : OUTPUT_COLUMNS);
	r = command_exit(&l.files, r);
	files_close(&l.files);
	listing_free(&l.listing);
	worklist_free(&l.leases);
	free(l.traffics);
	free(l.rows);
	return r;
}
