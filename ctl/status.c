/* SPDX-License-Identifier: MIT */
/* status.c - tspctl status: is the broker healthy? */
#include <stdio.h>

#include "ctl/ui/command.h"
#include "ctl/ui/options.h"
#include "ctl/ui/output.h"
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

int ctl_status(struct ctl *ctl, int argc, char **argv)
{
	struct output output;
	struct files files;
	enum health worst;
	static struct refusals refusals;
	int r, journal;

	if (options_parse(ctl, argc, argv, NULL, 0, 0, 0) < 0)
		return CTL_USAGE;
	/* before root becomes the owner of the leases, who may not read the journal */
	journal = refusals_total(&ctl->config, "-1d", &refusals);
	r = command_open_any(ctl, &files, TABLE_READ);
	if (r)
		return r;
	if (!ctl->json)
		puts("tsp-handler " TSP_VERSION);
	output_begin(&output, ctl->json ? OUTPUT_JSON : OUTPUT_COLUMNS, fields, FIELDS);
	worst = health_run(&files, put, &output);
	if (!journal)
		say_refusals(&output, &refusals);
	files_close(&files);
	return output_end(&output) ? CTL_ERROR : exit_status(worst);
}
