/* SPDX-License-Identifier: MIT */
/* stats.c - tspctl stats: the pools in numbers */
#include <stdio.h>
#include <unistd.h>

#include "alloc/stats.h"
#include "ctl/ui/command.h"
#include "ctl/ui/options.h"
#include "ctl/ui/output.h"
#include "ctl/ui/progress.h"

#define BAR_WIDTH 30

static const struct output_field fields[] = {
	{"pool", "POOL"},
	{"capacity", "CAPACITY", .right = true},
	{"active", "ACTIVE", .right = true},
	{"offered", "OFFERED", .right = true},
	{"expired", "EXPIRED", .right = true},
	{"free", "FREE", .right = true},
	{"damaged", "DAMAGED", .right = true},
	{"probe_mean", "PROBE MEAN", .right = true, .spare = 2},
	{"probe_max", "MAX", .right = true, .spare = 1},
	{NULL, "IN USE", .spare = 3},
};
#define FIELDS (sizeof(fields) / sizeof(fields[0]))

/** mean() - mean probe distance: lines that a search for an owner reads first */
static double mean(const struct stats *s)
{
	return s->probes ? (double)s->probe_sum / s->probes : 0;
}

/** put_row() - print the row of a pool */
static void put_row(struct output *output, enum pool_kind pool, const struct stats *s)
{
	double part = s->capacity ? (double)(s->active + s->offered) / s->capacity : 0;
	char bar[BAR_WIDTH + 1], text[BAR_WIDTH + 16];
	struct output_value values[FIELDS] = {
		OUTPUT_TEXT_VALUE(pool_name(pool)), OUTPUT_NUMBER_VALUE(s->capacity),
		OUTPUT_NUMBER_VALUE(s->active),     OUTPUT_NUMBER_VALUE(s->offered),
		OUTPUT_NUMBER_VALUE(s->expired),    OUTPUT_NUMBER_VALUE(s->free),
		OUTPUT_NUMBER_VALUE(s->damaged),
	};

	progress_bar(part, BAR_WIDTH, bar);
	snprintf(text, sizeof(text), "[%s] %.0f %%", bar, 100 * part);
	values[7] = (struct output_value){.kind = OUTPUT_REAL, .real = mean(s)};
	values[8] = OUTPUT_NUMBER_VALUE(s->probe_max);
	values[9] = OUTPUT_TEXT_VALUE(text);
	output_row(output, values);
}

/** stats() - with the files open; returns the exit status */
static int stats(struct ctl *ctl, struct files *f)
{
	size_t damaged = 0, count = isatty(STDOUT_FILENO) ? FIELDS : FIELDS - 1;
	struct output output;

	output_begin(&output, ctl->json ? OUTPUT_JSON : OUTPUT_COLUMNS, fields, count);
	POOL_EACH(kind) {
		struct table *t = &f->store.tables[kind];
		struct stats stats = {.capacity = 0};

		if (t->fd < 0)
			continue;
		if (stats_read(t, f->store.now(), &stats))
			return CTL_ERROR;
		damaged += stats.damaged;
		put_row(&output, kind, &stats);
	}
	files_damaged_lines(f, damaged);
	return output_end(&output) ? CTL_ERROR : CTL_OK;
}

int ctl_stats(struct ctl *ctl, int argc, char **argv)
{
	struct files files;
	int r;

	if (options_parse(ctl, argc, argv, NULL, 0, 0, 0) < 0)
		return CTL_USAGE;
	r = command_open(ctl, &files, TABLE_READ);
	if (r)
		return r;
	files_report(&files);
	r = stats(ctl, &files);
	r = command_exit(&files, r);
	files_close(&files);
	return r;
}
