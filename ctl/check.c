/* SPDX-License-Identifier: MIT */
/* check.c - tspctl check: check files and tunnels, repair them, explain each finding */
#include <glob.h>
#include <stdio.h>
#include <string.h>

#include "alloc/beside.h"
#include "ctl/ui/command.h"
#include "ctl/ui/confirm.h"
#include "ctl/ui/finding.h"
#include "ctl/ui/options.h"
#include "ctl/ui/output.h"
#include "upkeep/damaged.h"
#include "upkeep/datapath_state.h"
#include "upkeep/forwarding.h"
#include "upkeep/inspect.h"
#include "upkeep/repair.h"
#include "upkeep/setup.h"

#define SHOWN 20 /* findings of one kind that people see */

/** struct check_run - ctl_check() under way */
struct check_run {
	struct ctl *ctl;
	struct files files;
	struct output output;
	struct datapath_state datapath;
	int mistakes;                  /* of the setup, logged */
	size_t shown[CHECK_KINDS + 1]; /* findings of each kind, and missing tunnels */
};

static const struct output_field fields[] = {
	{"kind"}, {"pool"}, {"lease"}, {"text"}, {"harmless"}, {"repaired"}, {"result"},
};

/** put_json() - print a finding for machines */
static void put_json(struct check_run *run, const struct inspect_finding *found,
		     const char *text)
{
	const struct output_value values[] = {
		OUTPUT_TEXT_VALUE(finding_name(found)),
		OUTPUT_TEXT_VALUE(pool_name(found->file.pool)),
		finding_is_of_lease(found) ? OUTPUT_NUMBER_VALUE(found->file.number)
					   : OUTPUT_NO_VALUE,
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
	char text[FINDING_TEXT];

	finding_explain(&run->files, found, text);
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

/** put_other() - print a finding that is about no file, and count it */
static void put_other(struct check_run *run, struct inspect *in, const char *kind,
		      const char *words, const char *text)
{
	const struct output_value values[] = {
		OUTPUT_TEXT_VALUE(kind),
		OUTPUT_NO_VALUE,
		OUTPUT_NO_VALUE,
		OUTPUT_TEXT_VALUE(text),
		{.kind = OUTPUT_BOOL, .number = false},
		{.kind = OUTPUT_BOOL, .number = false},
		OUTPUT_NO_VALUE,
	};

	if (run->ctl->json)
		output_row(&run->output, values);
	else
		printf("%s: %s\n", words, text);
	in->harmful++;
	in->beyond++;
	in->left++;
}

/** put_others() - print what tsp-datapath and tsp-handler -n find wrong */
static void put_others(struct check_run *run, struct inspect *in)
{
	char text[64];
	size_t i;

	for (i = 0; i < run->datapath.count; i++)
		put_other(run, in, "datapath", "data path", run->datapath.lines[i]);
	if (!run->mistakes)
		return;
	snprintf(text, sizeof(text), "%d mistake%s: 'tsp-handler -n' names %s",
		 run->mistakes, run->mistakes == 1 ? "" : "s",
		 run->mistakes == 1 ? "it" : "them");
	put_other(run, in, "setup", "setup", text);
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

		if (strstr(path, DAMAGED_MARK) || strstr(path, BESIDE_KEPT) ||
		    !strcmp(path + strlen(path) - 3, ".v1"))
			continue; /* kept by a repair, a restore or a conversion */
		printf("%s: left by a killed process, or still being written "
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
			       i == CHECK_KINDS ? "tunnel" : finding_kind_name(i));
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
	else if (in->harmful == in->beyond)
		printf("%zu finding%s\n", in->harmful, in->harmful == 1 ? "" : "s");
	else
		printf("%zu finding%s: 'tspctl check --repair' mends %s\n",
		       in->harmful - in->beyond, in->harmful - in->beyond == 1 ? "" : "s",
		       in->harmful - in->beyond == 1 ? "it" : "them");
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
	put_others(run, in);
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
	bool dry = false, yes = false;
	const struct option_spec specs[] = {
		{"repair", OPTION_FLAG, &in.repair},
		{"tunnels", OPTION_FLAG, &in.tunnels},
		{"force", OPTION_FLAG, &in.force},
		{"dry-run", OPTION_FLAG, &dry},
		{"yes", OPTION_FLAG, &yes},
	};
	int r;

	if (options_parse(ctl, argc, argv, specs, 5, 0, 0) < 0)
		return CTL_USAGE;
	run.ctl = ctl;
	in.repair = in.repair && !dry; /* then it is a check */
	if (in.repair &&
	    confirm(yes, "Repair what 'tspctl check' finds in %s", ctl->config.state))
		return CTL_FAILED;
	datapath_state_read(&ctl->config, &run.datapath);
	if (!in.repair)
		run.mistakes = setup_mistakes(&ctl->config);
	if (in.repair &&
	    files_convert(&ctl->config, in.force ? UINT32_MAX : REPAIR_HANDFUL))
		return CTL_ERROR;
	r = command_open_any(ctl, &run.files, in.repair ? TABLE_MEND : TABLE_READ);
	if (r)
		return r;
	r = check(&run, &in);
	if (in.tunnels)
		forwarding_warn(&ctl->config, FORWARDING_OFF);
	files_close(&run.files);
	return r;
}
