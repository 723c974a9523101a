/* SPDX-License-Identifier: MIT */
/*
 * journal.c - entries of the journal, field by field
 *
 * The journal is read through journalctl, in its export format: NAME=VALUE, an empty line
 * after each entry. A value with control characters has no "=" there, and is skipped. Every
 * user of the machine can write entries with our fields, so an entry counts as ours only if
 * journald says, in _UID, that root or the owner of the state directory wrote it.
 */
#include "upkeep/journal.h"

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "lib/parse.h"
#include "upkeep/lines.h"

#define OPTIONS 6 /* arguments of each run */

/** struct reading - journal_each() under way */
struct reading {
	const struct journal_search *search;
	uint32_t owner; /* of the state directory; 0: unknown */
	bool ours;      /* the entry is */
};

/** note_writer() - the user id of the entry's writer */
static void note_writer(struct reading *r, const char *text)
{
	uint32_t uid;

	r->ours = !parse_u32(text, 0, UINT32_MAX, &uid) && (!uid || uid == r->owner);
}

/** note() - lines_visitor(): a field, or the empty line behind an entry */
static int note(void *context, char *line)
{
	struct reading *r = context;
	char *value = strchr(line, '=');
	bool ours = r->ours;

	if (!*line) {
		r->ours = false;
		return r->search->entry(r->search->context, ours);
	}
	if (!value)
		return 0;
	*value++ = '\0';
	if (!strcmp(line, "_UID"))
		note_writer(r, value);
	else
		r->search->field(r->search->context, line, value);
	return 0;
}

/**
 * journal_each() - visit entries of the journal
 * @search:	Which, and what to do with them
 *
 * Return: as lines_each(), with the exit status of journalctl
 */
int journal_each(const struct journal_search *search)
{
	char fields[256];
	const char *argv[OPTIONS + JOURNAL_ARGS + 1] = {
		"journalctl", "-q", "--no-pager", "-o", "export", fields};
	struct reading r = {.search = search};
	struct stat st;

	if (!stat(search->config->state, &st))
		r.owner = st.st_uid;
	snprintf(fields, sizeof(fields), "--output-fields=_UID,%s", search->fields);
	memcpy(argv + OPTIONS, search->args, search->count * sizeof(*argv));
	return lines_each(argv, note, &r);
}

/** journal_time() - the value of __REALTIME_TIMESTAMP, microseconds; 0: not a number */
time_t journal_time(const char *text)
{
	uint64_t n;

	return parse_u64(text, &n) ? 0 : (time_t)(n / 1000000);
}

/** journal_peer_is() - TSP_PEER, an address with or without a port, has this address */
bool journal_peer_is(const char *peer, const char *ipv4)
{
	size_t len = strlen(ipv4);

	return !strncmp(peer, ipv4, len) && (!peer[len] || peer[len] == ':');
}
