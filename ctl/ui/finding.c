/* SPDX-License-Identifier: MIT */
/* finding.c - what a check has found, in words */
#include "ctl/ui/finding.h"

#include <stdio.h>

static const char *const names[] = {
	[CHECK_FILE] = "file",
	[CHECK_MOVED] = "moved",
	[CHECK_LINE] = "line",
	[CHECK_INDEX_LINE] = "index-line",
	[CHECK_NO_ENTRY] = "index-entry",
	[CHECK_STALE] = "stale-entry",
	[CHECK_SAME_OWNER] = "same-owner",
	[CHECK_SAME_ENDPOINT] = "same-endpoint",
	[CHECK_OLD_OWNER] = "old-owner",
	[CHECK_ABANDONED] = "abandoned-offer",
	[CHECK_MISSING] = "missing",
	[CHECK_OTHER] = "other-file",
	[CHECK_NO_USER] = "no-user",
};
_Static_assert(sizeof(names) / sizeof(names[0]) == CHECK_KINDS, "a name for each kind");

/** finding_kind_name() - for machines, of a finding about a file */
const char *finding_kind_name(enum check_kind kind)
{
	return names[kind];
}

/** finding_name() - for machines */
const char *finding_name(const struct inspect_finding *found)
{
	return found->tunnel  ? "tunnel"
	       : found->stray ? "stray"
			      : names[found->file.kind];
}

/** finding_is_of_lease() - the finding is about one lease, not a file */
bool finding_is_of_lease(const struct inspect_finding *found)
{
	if (found->tunnel || found->stray)
		return true;
	switch (found->file.kind) {
	case CHECK_FILE:
	case CHECK_MOVED:
	case CHECK_STALE:
	case CHECK_INDEX_LINE:
	case CHECK_MISSING:
	case CHECK_OTHER:
		return false;
	default:
		return true;
	}
}

/** explain_moved() - a file whose bytes have moved, in words */
static void explain_moved(const struct check_finding *f, const char *path, char *out,
			  size_t size)
{
	int n = snprintf(out, size, "%s: ", path);

	if (n < 0 || (size_t)n >= size)
		return;
	out += n;
	size -= (size_t)n;
	if (f->number && f->bytes)
		snprintf(out, size, "%lld byte%s too long, %u lines have moved", f->bytes,
			 f->bytes == 1 ? "" : "s", f->number);
	else if (f->number)
		snprintf(out, size, "%u lines have moved", f->number);
	else
		snprintf(out, size, "%lld byte%s too long", f->bytes,
			 f->bytes == 1 ? "" : "s");
}

/** explain_tunnel() - a tunnel that is missing, or that no lease explains */
static void explain_tunnel(const struct inspect_finding *found, char *out, size_t size)
{
	const struct check_finding *f = &found->file;
	const char *pool = pool_name(f->pool);
	char client[ENDPOINT_LEN];

	if (found->tunnel) {
		snprintf(out, size, "%s/%u: its tunnel %s", pool, f->number,
			 found->elsewhere ? "ends at another IPv4 address of this server"
					  : "is missing");
		return;
	}
	endpoint_format(&found->client, client);
	snprintf(out, size, "%s/%u: no lease explains its tunnel to %s", pool, f->number,
		 client);
}

/**
 * finding_explain() - a finding in words
 * @files:	Files that were checked
 * @found:	Finding
 * @out:	Result
 */
void finding_explain(const struct files *files, const struct inspect_finding *found,
		     char out[FINDING_TEXT])
{
	const size_t size = FINDING_TEXT;
	const struct check_finding *f = &found->file;
	const struct table *t = &files->store.tables[f->pool];
	const char *pool = pool_name(f->pool), *other = pool_name(f->other_pool);

	if (found->tunnel || found->stray) {
		explain_tunnel(found, out, size);
		return;
	}
	switch (f->kind) {
	case CHECK_FILE:
		snprintf(out, size, "%s: %s", t->path, f->why);
		break;
	case CHECK_MOVED:
		explain_moved(f, t->path, out, size);
		break;
	case CHECK_LINE:
		snprintf(out, size, "%s/%u: line %u is damaged: %s", pool, f->number,
			 f->number + 1, f->why);
		break;
	case CHECK_INDEX_LINE:
		snprintf(out, size, "%s: %u index lines hold no valid entry", pool,
			 f->number);
		break;
	case CHECK_NO_ENTRY:
		snprintf(out, size, "%s/%u: has no entry in the index", pool, f->number);
		break;
	case CHECK_STALE:
		snprintf(out, size, "%s: %u stale index entries (harmless)", pool,
			 f->number);
		break;
	case CHECK_SAME_OWNER:
		snprintf(out, size, "%s/%u: its owner has %s/%u as well", pool, f->number,
			 other, f->other);
		break;
	case CHECK_SAME_ENDPOINT:
		snprintf(out, size, "%s/%u: has the same endpoint as %s/%u", pool,
			 f->number, other, f->other);
		break;
	case CHECK_OLD_OWNER:
		snprintf(out, size,
			 "%s/%u: expired, and its owner now has %s/%u (harmless)", pool,
			 f->number, other, f->other);
		break;
	case CHECK_ABANDONED:
		snprintf(out, size, "%s/%u: an offer whose session died (harmless)", pool,
			 f->number);
		break;
	case CHECK_MISSING:
		missing_explain(files->store.config, f->pool, out);
		break;
	case CHECK_OTHER:
		snprintf(out, size,
			 "%s: not the file that was made here, by its header; 'tspctl "
			 "init' says that it is the right one",
			 t->path);
		break;
	case CHECK_NO_USER:
		snprintf(out, size,
			 "%s/%u: %s has no user '%s': 'tspctl release --yes %s/%u' ends "
			 "the lease, 'tspctl user add %s' makes the user",
			 pool, f->number, files->store.config->users, f->why, pool,
			 f->number, f->why);
		break;
	case CHECK_KINDS:
		break;
	}
}
