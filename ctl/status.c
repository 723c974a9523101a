/* SPDX-License-Identifier: MIT */
/* status.c - tspctl status: is the broker healthy? */
#include <stdio.h>

#include "ctl/ui/command.h"
#include "ctl/ui/options.h"
#include "ctl/ui/output.h"
#include "upkeep/datapath_state.h"
#include "upkeep/health.h"
#include "upkeep/refusals.h"

static const struct output_field fields[] = {
	{"part", "PART"},
	{"state", "STATE"},
	{"text", ""},
};
#define FIELDS (sizeof(fields) / sizeof(fields[0]))

/** put() - health_reporter(): print a part */
static void put(void *context, const char *part, enum health state, const char *text)
{
	const struct output_value values[FIELDS] = {
		OUTPUT_TEXT_VALUE(part),
		OUTPUT_TEXT_VALUE(health_name(state)),
		OUTPUT_TEXT_VALUE(text),
	};

	output_row(context, values);
}

/** exit_status() - 0 healthy, 1 degraded, 2 down: what monitoring expects */
static int exit_status(enum health worst)
{
	switch (worst) {
	case HEALTH_DOWN:
		return CTL_DAMAGED;
	case HEALTH_DEGRADED:
		return CTL_FAILED;
	default:
		return CTL_OK;
	}
}

/** say_refusals() - how many requests were refused in a day, and the most frequent reasons */
static void say_refusals(struct output *output, const struct refusals *r)
{
	char text[HEALTH_TEXT];
	size_t i;
	int n = snprintf(text, sizeof(text), "%zu in a day", r->total);

	for (i = 0; i < r->count && n > 0 && (size_t)n < sizeof(text); i++)
		n += snprintf(text + n, sizeof(text) - (size_t)n, "%s %zu %s",
			      i ? "," : ":", r->reasons[i].count, r->reasons[i].reason);
	put(output, "refused", HEALTH_OK, text);
}

/** say_datapath() - what tsp-datapath finds wrong; returns the state */
static enum health say_datapath(struct output *output, const struct datapath_state *s)
{
	char text[HEALTH_TEXT];

	if (!s->count)
		return HEALTH_OK;
	snprintf(text, sizeof(text), "%s%s", s->lines[0],
		 s->count > 1 ? ", and more: 'tsp-datapath status'" : "");
	put(output, "datapath", HEALTH_DEGRADED, text);
	return HEALTH_DEGRADED;
}

/** print() - all parts; returns the worst state */
static enum health print(struct files *files, struct output *output,
			 const struct datapath_state *datapath,
			 const struct refusals *refusals)
{
	enum health worst, state;

	if (output->form == OUTPUT_JSON)
		put(output, "version", HEALTH_OK, TSP_VERSION);
	worst = health_run(files, put, output);
	state = say_datapath(output, datapath);
	if (refusals)
		say_refusals(output, refusals);
	return state > worst ? state : worst;
}

int ctl_status(struct ctl *ctl, int argc, char **argv)
{
	static struct refusals refusals;
	static struct datapath_state datapath;
	struct output output;
	struct files files;
	enum health worst;
	int journal;

	if (options_parse(ctl, argc, argv, NULL, 0, 0, 0) < 0)
		return CTL_USAGE;
	/* before root becomes the owner of the leases, who may read neither */
	journal = refusals_total(&ctl->config, "-1d", &refusals);
	datapath_state_read(&ctl->config, &datapath);
	if (files_look(&files, &ctl->config))
		return CTL_ERROR;
	if (!ctl->json)
		puts("tsp-handler " TSP_VERSION);
	output_begin(&output, ctl->json ? OUTPUT_JSON : OUTPUT_COLUMNS, fields, FIELDS);
	worst = print(&files, &output, &datapath, journal ? NULL : &refusals);
	files_close(&files);
	return output_end(&output) ? CTL_ERROR : exit_status(worst);
}
