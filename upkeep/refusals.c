/* SPDX-License-Identifier: MIT */
/* refusals.c - refused requests and their reasons, from the journal */
#include "upkeep/refusals.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/parse.h"
#include "upkeep/journal.h"

#define MATCH_MAX 96

/** struct reading - refusals_each() under way */
struct reading {
	const char *ipv4; /* NULL: of any address */
	refusals_visitor *visit;
	void *context;
	struct refusal entry;
};

/** take_field() - journal_field(): a field of an entry */
static void take_field(void *context, const char *name, const char *value)
{
	struct refusal *e = &((struct reading *)context)->entry;

	if (!strcmp(name, "__REALTIME_TIMESTAMP"))
		e->at = journal_time(value);
	else if (!strcmp(name, "TSP_EVENT"))
		snprintf(e->event, sizeof(e->event), "%s", value);
	else if (!strcmp(name, "TSP_PEER"))
		snprintf(e->peer, sizeof(e->peer), "%s", value);
	else if (!strcmp(name, "TSP_STATUS"))
		(void)parse_u32(value, 0, UINT32_MAX, &e->status);
	else if (!strcmp(name, "TSP_REASON"))
		snprintf(e->reason, sizeof(e->reason), "%s", value);
	else if (!strcmp(name, "MESSAGE"))
		snprintf(e->message, sizeof(e->message), "%s", value);
}

/** take_entry() - journal_entry(): an entry is over */
static int take_entry(void *context, bool ours)
{
	struct reading *r = context;
	int n = 0;

	if (ours && *r->entry.event &&
	    (!r->ipv4 || journal_peer_is(r->entry.peer, r->ipv4)))
		n = r->visit(r->context, &r->entry);

	r->entry = (struct refusal){.at = 0};
	return n;
}

/**
 * refusals_each() - visit refused and failed requests, the newest first
 * @config:	Configuration
 * @wish:	Search
 * @visit:	Called for each
 * @context:	For @visit
 *
 * Return: 0; -1: the journal cannot be read
 */
int refusals_each(const struct config *config, const struct refusals_wish *wish,
		  refusals_visitor *visit, void *context)
{
	struct reading r = {.ipv4 = wish->ipv4, .visit = visit, .context = context};
	char proven[MATCH_MAX], claimed[MATCH_MAX];
	struct journal_search search = {
		.config = config,
		.fields = "MESSAGE,TSP_EVENT,TSP_PEER,TSP_STATUS,TSP_REASON",
		.args = {"-r", "--since", wish->since, "TSP_EVENT=refused",
			 "TSP_EVENT=auth-failed", "TSP_EVENT=template-failed"},
		.count = 6,
		.field = take_field,
		.entry = take_entry,
		.context = &r,
	};
	int status;

	if (wish->user) {
		snprintf(proven, sizeof(proven), "TSP_USER=%s", wish->user);
		snprintf(claimed, sizeof(claimed), "TSP_CLAIMED=%s", wish->user);
		search.args[search.count++] = proven;
		search.args[search.count++] = "+";
		search.args[search.count++] = claimed;
	}
	status = journal_each(&search);
	return status == 0 || status == 128 ? 0 : -1;
}

/** count() - refusals_visitor(): count a reason */
static int count(void *context, const struct refusal *refusal)
{
	struct refusals *r = context;
	const char *reason = *refusal->reason ? refusal->reason : refusal->event;
	size_t i;

	r->total++;
	for (i = 0; i < r->count && strcmp(r->reasons[i].reason, reason) != 0; i++)
		;
	if (i == REFUSALS_REASONS)
		return 0;
	if (i == r->count)
		snprintf(r->reasons[r->count++].reason, REFUSALS_TEXT, "%s", reason);
	r->reasons[i].count++;
	return 0;
}

/** compare() - the most frequent first, for qsort() */
static int compare(const void *a, const void *b)
{
	const struct refusals_count *x = a, *y = b;

	return (x->count < y->count) - (x->count > y->count);
}

/** refusals_total() - count reasons; 0, or -1: the journal cannot be read */
int refusals_total(const struct config *config, const char *since, struct refusals *out)
{
	const struct refusals_wish wish = {.since = since};

	memset(out, 0, sizeof(*out));
	if (refusals_each(config, &wish, count, out))
		return -1;
	qsort(out->reasons, out->count, sizeof(out->reasons[0]), compare);
	return 0;
}
