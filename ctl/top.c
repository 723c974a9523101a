/* SPDX-License-Identifier: MIT */
/*
 * top.c - tspctl top: who has most leases, or most traffic
 *
 * Active leases are added up by the client's IPv4 address, its /24 or the user. Counters are
 * read in one run of the template if it can list its tunnels, otherwise as for "list".
 */
#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>

#include "ctl/ui/command.h"
#include "ctl/ui/options.h"
#include "ctl/ui/output.h"
#include "ctl/ui/ranking.h"
#include "lib/addr.h"
#include "lib/log.h"
#include "lib/suggest.h"
#include "tunnel/listing.h"
#include "tunnel/modes.h"
#include "upkeep/counters.h"
#include "upkeep/worklist.h"

#define ROWS    10 /* that people see */
#define NETWORK 24 /* bits: what crowded.c takes for one network */

enum { BY_ADDRESS, BY_NETWORK, BY_USER, BY_KINDS };

static const char *const kinds[BY_KINDS] = {"address", "network", "user"};
static const char *const heads[BY_KINDS] = {"IPV4", "NETWORK", "USER"};

/** struct top - ctl_top() under way */
struct top {
	struct files files;
	int by;
	bool plain, traffic;
	enum pool_kind pool;
	uint32_t rows; /* 0: as the form has it */
	struct ranking ranking;
	struct listing listing; /* with --traffic, all tunnels ... */
	bool listed;            /* ... if the template can list them */
	enum pool_kind touring;
	size_t damaged;
};

/** name_lease() - whose row a lease counts for; an anonymous one has no user */
static void name_lease(const struct top *t, enum pool_kind pool,
		       const struct lease *lease, char out[RANKING_NAME])
{
	struct in_addr address = lease->tunnel.endpoint.addr;

	out[0] = '\0';
	if (t->by == BY_USER) {
		if (pool == POOL_USERS)
			snprintf(out, RANKING_NAME, "%s", lease->owner);
		return;
	}
	if (t->by == BY_NETWORK)
		address.s_addr &= htonl(~0u << (32 - NETWORK));
	addr_format4(address, out);
	if (t->by == BY_NETWORK)
		snprintf(out + strlen(out), RANKING_NAME - strlen(out), "/%d", NETWORK);
}

/** count_lease() - add an active lease to its row; @traffic NULL: unknown */
static int count_lease(struct top *t, enum pool_kind pool, const struct lease *lease,
		       const struct traffic *traffic)
{
	struct ranking_row row = {.leases = 1};

	row.present = lease_is_present(lease, t->files.store.now());
	if (traffic && traffic->known[TRAFFIC_RX_BYTES])
		row.rx_bytes = traffic->count[TRAFFIC_RX_BYTES];
	if (traffic && traffic->known[TRAFFIC_TX_BYTES])
		row.tx_bytes = traffic->count[TRAFFIC_TX_BYTES];
	name_lease(t, pool, lease, row.name);
	return ranking_add(&t->ranking, &row);
}

/** visit() - table_visitor(): count a lease, with its counters if all were read at once */
static int visit(uint32_t number, const struct lease *lease, const char *why,
		 void *context)
{
	struct top *t = context;
	const struct listed *tunnel = NULL;
	struct lease settled;

	(void)why;
	if (!lease) {
		t->damaged++;
		return 0;
	}
	settled = *lease;
	lease_settle(&settled);
	if (!lease_is_active(&settled, t->files.store.now()))
		return 0;
	if (t->listed)
		tunnel = listing_find(&t->listing, t->touring, number);
	if (tunnel && !endpoint_equal(&tunnel->client, &settled.tunnel.endpoint))
		tunnel = NULL;
	return count_lease(t, t->touring, &settled,
			   tunnel ? &t->listing.traffics[tunnel->line] : NULL);
}

/** struct asking - ask_each() under way */
struct asking {
	struct top *top;
	struct worklist leases;
	bool failed; /* memory is missing */
};

/** take_answer() - counters_answer(): count a lease with its counters */
static void take_answer(void *context, size_t item, const struct lease *lease,
			const struct traffic *traffic)
{
	struct asking *a = context;

	a->failed |= count_lease(a->top, a->leases.items[item].pool, lease, traffic) != 0;
}

/** keep_wanted() - leave leases of another pool out of the list */
static void keep_wanted(const struct top *t, struct worklist *list)
{
	size_t i, kept = 0;

	for (i = 0; i < list->count; i++) {
		if (t->pool == POOL_ANY || t->pool == list->items[i].pool)
			list->items[kept++] = list->items[i];
	}
	list->count = kept;
}

/** ask_each() - ask the template for the counters of each tunnel; returns the exit status */
static int ask_each(struct top *t)
{
	struct asking a = {.top = t};
	enum upkeep_result r = UPKEEP_ERROR;

	if (!worklist_collect(&a.leases, &t->files.store, worklist_add_active)) {
		keep_wanted(t, &a.leases);
		r = counters_ask(&t->files, &a.leases, 0, take_answer, &a);
	}
	t->damaged = a.leases.damaged;
	worklist_free(&a.leases);
	return a.failed ? CTL_ERROR : command_status(r);
}

/** visit_all() - count the leases of the files; 0 or CTL_ERROR, reported */
static int visit_all(struct top *t)
{
	POOL_EACH(kind) {
		struct table *table = &t->files.store.tables[kind];

		t->touring = kind;
		if (table->fd >= 0 && (t->pool == POOL_ANY || t->pool == kind) &&
		    table_each(table, visit, t))
			return CTL_ERROR;
	}
	return 0;
}

/** read_leases() - count all leases, with their counters if they are wanted */
static int read_leases(struct top *t)
{
	const struct config *config = t->files.store.config;

	if (!t->traffic)
		return visit_all(t);
	if (!modes_list_declared(config->template))
		return ask_each(t);
	if (listing_read(config, true, &t->listing))
		return CTL_ERROR;
	t->listed = t->listing.count != 0;
	return visit_all(t);
}

/** put_row() - print a row */
static void put_row(const struct top *t, struct output *output,
		    const struct ranking_row *row)
{
	char rx[OUTPUT_TIME_LEN], tx[OUTPUT_TIME_LEN];
	const struct output_value values[] = {
		{.kind = *row->name ? OUTPUT_TEXT : OUTPUT_NONE,
		 .text = row->name,
		 .people = *row->name ? NULL : "(without an account)"},
		OUTPUT_NUMBER_VALUE(row->leases),
		{.kind = OUTPUT_REAL, .real = ranking_share(&t->ranking, row)},
		OUTPUT_NUMBER_VALUE(row->present),
		{.kind = OUTPUT_NUMBER,
		 .number = (int64_t)row->rx_bytes,
		 .people = output_bytes(row->rx_bytes, rx)},
		{.kind = OUTPUT_NUMBER,
		 .number = (int64_t)row->tx_bytes,
		 .people = output_bytes(row->tx_bytes, tx)},
	};

	output_row(output, values);
}

/** print() - the largest rows first; 0 or CTL_ERROR, reported */
static int print(struct top *t, enum output_form form)
{
	const struct output_field fields[] = {
		{kinds[t->by], heads[t->by]},
		{"leases", "LEASES", .right = true},
		{"percent", "%", .right = true},
		{"present", "PRESENT", .right = true},
		{"rx_bytes", "FROM", .right = true},
		{"tx_bytes", "TO", .right = true},
	};
	size_t i, count = t->ranking.count, wanted = t->rows;
	struct output output;

	if (!wanted)
		wanted = form == OUTPUT_COLUMNS ? ROWS : count;
	output_begin(&output, form, fields, t->traffic ? 6 : 4);
	for (i = 0; i < count && i < wanted; i++)
		put_row(t, &output, &t->ranking.rows[i]);
	if (output_end(&output))
		return CTL_ERROR;
	fflush(stdout);
	if (!count && form == OUTPUT_COLUMNS)
		fputs("no leases\n", stderr);
	else if (count > i && form == OUTPUT_COLUMNS)
		fprintf(stderr, "%zu more: see -n\n", count - i);
	return 0;
}

/** parse_by() - what to add up by; -1, reported */
static int parse_by(const char *text)
{
	struct suggest near;
	char hint[SUGGEST_TEXT];
	int i;

	suggest_begin(&near, text, strlen(text));
	for (i = 0; i < BY_KINDS; i++) {
		if (!strcmp(text, kinds[i]))
			return i;
		suggest_offer(&near, kinds[i]);
	}
	log_msg(LOG_ERR, "--by: not address, network or user: '%s'%s", text,
		suggest_text(&near, "", hint));
	return -1;
}

/** top() - with the files open; returns the exit status */
static int top(struct top *t, enum output_form form)
{
	int r = read_leases(t);

	if (r == CTL_ERROR)
		return r;
	ranking_sort(&t->ranking, t->traffic);
	if (print(t, form))
		return CTL_ERROR;
	files_damaged_lines(&t->files, t->damaged);
	return r;
}

int ctl_top(struct ctl *ctl, int argc, char **argv)
{
	static struct top t = {.pool = POOL_ANY};
	const char *by = "address";
	const struct option_spec specs[] = {
		{"by", OPTION_TEXT, &by},
		{"pool", OPTION_POOL, &t.pool},
		{"traffic", OPTION_FLAG, &t.traffic},
		{"plain", OPTION_FLAG, &t.plain},
		{"n", OPTION_NUMBER, &t.rows, 1, UINT32_MAX},
	};
	int r;

	if (options_parse(ctl, argc, argv, specs, sizeof(specs) / sizeof(specs[0]), 0,
			  0) < 0)
		return CTL_USAGE;
	t.by = parse_by(by);
	if (t.by < 0)
		return CTL_USAGE;
	r = command_open(ctl, &t.files, TABLE_READ);
	if (r)
		return r;
	files_report(&t.files);
	r = top(&t, ctl->json ? OUTPUT_JSON : t.plain ? OUTPUT_PLAIN : OUTPUT_COLUMNS);
	r = command_exit(&t.files, r);
	files_close(&t.files);
	listing_free(&t.listing);
	ranking_free(&t.ranking);
	return r;
}
