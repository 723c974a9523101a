/* SPDX-License-Identifier: MIT */
/* check.c - tspctl check: check files and tunnels, repair them, explain each finding */
#include <glob.h>
#include <stdio.h>
#include <string.h>

#include "ctl/ui/command.h"
#include "ctl/ui/options.h"
#include "ctl/ui/output.h"
#include "upkeep/damaged.h"
#include "upkeep/inspect.h"
#include "upkeep/repair.h"

#define SHOWN 20 /* findings of one kind that people see */

/** struct check_run - ctl_check() under way */
struct check_run {
	struct ctl *ctl;
	struct files files;
	struct output output;
	size_t shown[CHECK_KINDS + 1]; /* findings of each kind, and missing tunnels */
};

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
};
_Static_assert(sizeof(names) / sizeof(names[0]) == CHECK_KINDS, "a name for each kind");

static const struct output_field fields[] = {
	{"kind"}, {"pool"}, {"lease"}, {"text"}, {"harmless"}, {"repaired"}, {"result"},
};

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

/** explain() - a finding in words */
static void explain(const struct files *files, const struct inspect_finding *found,
		    char *out, size_t size)
{
	const struct check_finding *f = &found->file;
	const struct table *t = &files->store.tables[f->pool];
	const char *pool = pool_name(f->pool), *other = pool_name(f->other_pool);

	if (found->tunnel) {
		snprintf(out, size, "%s/%u: its tunnel is missing", pool, f->number);
		return;
	}
	if (found->stray) {
		char client[ENDPOINT_LEN];

		endpoint_format(&found->client, client);
		snprintf(out, size, "%s/%u: no lease explains its tunnel to %s", pool,
			 f->number, client);
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
	case CHECK_KINDS:
		break;
	}
}

/** put_json() - print a finding for machines */
static void put_json(struct check_run *run, const struct inspect_finding *found,
		     const char *text)
{
	enum check_kind kind = found->file.kind;
	bool of_lease = found->tunnel || found->stray ||
			(kind != CHECK_FILE && kind != CHECK_MOVED &&
			 kind != CHECK_STALE && kind != CHECK_INDEX_LINE);
	const struct output_value values[] = {
		OUTPUT_TEXT_VALUE(found->tunnel  ? "tunnel"
				  : found->stray ? "stray"
						 : names[kind]),
		OUTPUT_TEXT_VALUE(pool_name(found->file.pool)),
		of_lease ? OUTPUT_NUMBER_VALUE(found->file.number) : OUTPUT_NO_VALUE,
		OUTPUT_TEXT_VALUE(text),
		{.kind = OUTPUT_BOOL, .number = inspect_is_harmless(found)},
		{.kind = OUTPUT_BOOL, .number = found->repaired},
		*found->said ? OUTPUT_TEXT_VALUE(found->said) : OUTPUT_NO_VALUE,
	};

	output_row(&run->output, values);
}

/** put() - inspect_reporter(): print a finding */
static void put(void *context, const struct inspect_finding *found)
{
	struct check_run *run = context;
	char text[PATH_MAX + 128];

	explain(&run->files, found, text, sizeof(text));
	if (run->ctl->json)
		put_json(run, found, text);
	else if (run->shown[found->tunnel ? CHECK_KINDS : found->file.kind]++ >= SHOWN)
		return;
	else if (*found->said)
		printf("%s: %s%s\n", text,
		       found->repaired ? "" : "NOT REPAIRED: ", found->said);
	else
		printf("%s\n", text);
}

/** list_leftovers() - name files that a tspctl or a handler left when it was killed */
static void list_leftovers(const struct ctl *ctl)
{
	char pattern[PATH_MAX];
	glob_t found;
	size_t i;

	if (ctl->json ||
	    snprintf(pattern, sizeof(pattern), "%s/*.leases.*", ctl->config.state) >=
		    (int)sizeof(pattern) ||
	    glob(pattern, 0, NULL, &found))
		return;
	for (i = 0; i < found.gl_pathc; i++) {
		const char *path = found.gl_pathv[i];

		if (strstr(path, DAMAGED_MARK) || !strcmp(path + strlen(path) - 3, ".v1"))
			continue; /* kept by a repair or a conversion */
		printf("%s: left by a process that was killed, or just being made "
		       "(harmless)\n",
		       path);
	}
	globfree(&found);
}

/** sum_kinds() - print how many findings were left out, for people */
static void sum_kinds(const struct check_run *run)
{
	size_t i;

	for (i = 0; i <= CHECK_KINDS; i++) {
		if (run->shown[i] > SHOWN)
			printf("... and %zu more findings of the kind '%s' (all: "
			       "--json)\n",
			       run->shown[i] - SHOWN,
			       i == CHECK_KINDS ? "tunnel" : names[i]);
	}
}

/** sum_up() - print the last line, for people */
static void sum_up(const struct inspect *in)
{
	if (!in->harmful && !in->harmless)
		printf("sound\n");
	else if (in->repair)
		printf("%zu repaired, %zu left\n", in->repaired, in->left);
	else if (!in->harmful)
		printf("sound, but for %zu harmless finding%s\n", in->harmless,
		       in->harmless == 1 ? "" : "s");
	else
		printf("%zu finding%s: 'tspctl check --repair' mends %s\n", in->harmful,
		       in->harmful == 1 ? "" : "s", in->harmful == 1 ? "it" : "them");
}

/** count_unreadable() - files that are configured and there, but not open */
static size_t count_unreadable(const struct files *f)
{
	size_t n = 0;

	POOL_EACH(kind)
		n += f->store.tables[kind].fd < 0 &&
		     pool_config(f->store.config, kind)->present && !f->missing[kind];
	return n;
}

/** check() - with the files open; returns the exit status */
static int check(struct check_run *run, struct inspect *in)
{
	const struct ctl *ctl = run->ctl;
	size_t unreadable = count_unreadable(&run->files);
	enum upkeep_result r;

	in->files = &run->files;
	in->report = put;
	in->context = run;
	output_begin(&run->output, ctl->json ? OUTPUT_JSON : OUTPUT_PLAIN, fields,
		     sizeof(fields) / sizeof(fields[0]));
	r = inspect_run(in);
	sum_kinds(run);
	list_leftovers(ctl);
	if (output_end(&run->output))
		return CTL_ERROR;
	if (r != UPKEEP_OK)
		return command_status(r);
	if (!unreadable && !ctl->json) /* why a file is unreadable has been logged */
		sum_up(in);
	if (in->left || unreadable)
		return CTL_DAMAGED;
	return in->lost ? CTL_FAILED : CTL_OK;
}

int ctl_check(struct ctl *ctl, int argc, char **argv)
{
	static struct check_run run;
	struct inspect in = {.repair = false};
	const struct option_spec specs[] = {
		{"repair", OPTION_FLAG, &in.repair},
		{"tunnels", OPTION_FLAG, &in.tunnels},
		{"force", OPTION_FLAG, &in.force},
	};
	int r;

	if (options_parse(ctl, argc, argv, specs, 3, 0, 0) < 0)
		return CTL_USAGE;
	run.ctl = ctl;
	if (in.repair &&
	    files_convert(&ctl->config, in.force ? UINT32_MAX : REPAIR_HANDFUL))
		return CTL_ERROR;
	r = command_open(ctl, &run.files, in.repair ? TABLE_MEND : TABLE_READ);
	if (r)
		return r;
	r = check(&run, &in);
	files_close(&run.files);
	return r;
}
