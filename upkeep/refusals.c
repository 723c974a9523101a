/* SPDX-License-Identifier: MIT */
/* refusals.c - whom the broker refused, and why: from the journal */
#include "upkeep/refusals.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "upkeep/lines.h"

#define ARGS_MAX  20
#define MATCH_MAX 96

/** struct reading - refusals_each() under way */
struct reading {
	const char *ipv4; /* NULL: of any address */
	refusals_visitor *visit;
	void *context;
	struct refusal entry;
};

/** is_of() - the entry's client has this IPv4 address, whatever its port */
static bool is_of(const struct refusal *entry, const char *ipv4)
{
	size_t len = ipv4 ? strlen(ipv4) : 0;

	return !ipv4 || (!strncmp(entry->peer, ipv4, len) &&
			 (!entry->peer[len] || entry->peer[len] == ':'));
}

/** take_field() - a field of an entry */
static void take_field(struct refusal *e, const char *name, const char *value)
{
	if (!strcmp(name, "__REALTIME_TIMESTAMP"))
		e->at = (time_t)(strtoll(value, NULL, 10) / 1000000);
	else if (!strcmp(name, "TSP_EVENT"))
		snprintf(e->event, sizeof(e->event), "%s", value);
	else if (!strcmp(name, "TSP_PEER"))
		snprintf(e->peer, sizeof(e->peer), "%s", value);
	else if (!strcmp(name, "TSP_STATUS"))
		e->status = (unsigned)strtoul(value, NULL, 10);
	else if (!strcmp(name, "TSP_REASON"))
		snprintf(e->reason, sizeof(e->reason), "%s", value);
	else if (!strcmp(name, "MESSAGE"))
		snprintf(e->message, sizeof(e->message), "%s", value);
}

/** take_entry() - an entry is over */
static int take_entry(struct reading *r)
{
	int n = *r->entry.event && is_of(&r->entry, r->ipv4)
			? r->visit(r->context, &r->entry)
			: 0;

	r->entry = (struct refusal){.at = 0};
	return n;
}

/** note() - lines_visitor(): a field, or the empty line behind an entry */
static int note(void *context, char *line)
{
	struct reading *r = context;
	char *value = strchr(line, '=');

	if (!*line)
		return take_entry(r);
	if (value) {
		*value++ = '\0';
		take_field(&r->entry, line, value);
	}
	return 0;
}

/**
 * refusals_each() - visit refused and failed requests, the newest first
 * @since:	As journalctl --since takes it
 * @user:	Only this user's, also where only a failed login named him; NULL: everybody's
 * @ipv4:	Only those of this IPv4 address; NULL: of any
 * @visit:	Called for each
 * @context:	For @visit
 *
 * Return: 0; -1: the journal cannot be read
 */
int refusals_each(const char *since, const char *user, const char *ipv4,
		  refusals_visitor *visit, void *context)
{
	struct reading r = {.ipv4 = ipv4, .visit = visit, .context = context};
	char proven[MATCH_MAX], claimed[MATCH_MAX];
	const char *argv[ARGS_MAX] = {
		"journalctl",
		"-q",
		"-r",
		"--no-pager",
		"-o",
		"export",
		"--output-fields=MESSAGE,TSP_EVENT,TSP_PEER,TSP_STATUS,TSP_REASON",
		"--since",
		since,
		"TSP_EVENT=refused",
		"TSP_EVENT=auth-failed",
		"TSP_EVENT=template-failed",
	};
	int status;

	if (user) {
		snprintf(proven, sizeof(proven), "TSP_USER=%s", user);
		snprintf(claimed, sizeof(claimed), "TSP_CLAIMED=%s", user);
		argv[12] = proven;
		argv[13] = "+";
		argv[14] = claimed;
	}
	status = lines_each(argv, note, &r);
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
int refusals_total(const char *since, struct refusals *out)
{
	memset(out, 0, sizeof(*out));
	if (refusals_each(since, NULL, NULL, count, out))
		return -1;
	qsort(out->reasons, out->count, sizeof(out->reasons[0]), compare);
	return 0;
}
