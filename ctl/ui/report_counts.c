/* SPDX-License-Identifier: MIT */
/* report_counts.c - what a run has done, in numbers */
#include "ctl/ui/report_counts.h"

#include <stdio.h>

#include "ctl/ui/output.h"

/** report_json() - all numbers as one object */
static int report_json(const struct report_count *counts, size_t n)
{
	struct output_field fields[REPORT_COUNTS_MAX];
	struct output_value values[REPORT_COUNTS_MAX];
	struct output output;
	size_t i;

	for (i = 0; i < n; i++) {
		fields[i] = (struct output_field){.name = counts[i].name};
		values[i] = OUTPUT_NUMBER_VALUE(counts[i].count);
	}
	output_begin(&output, OUTPUT_JSON_ITEM, fields, n);
	output_row(&output, values);
	return output_end(&output);
}

/**
 * report_counts() - print numbers: "5 ended, 1 failed", or an object for machines
 * @ctl:	Run
 * @counts:	Numbers
 * @n:		How many, at most REPORT_COUNTS_MAX
 *
 * Return: 0; -1 with errno, reported
 */
int report_counts(const struct ctl *ctl, const struct report_count *counts, size_t n)
{
	size_t i;

	if (ctl->json)
		return report_json(counts, n);
	for (i = 0; i < n; i++) {
		if (i == 0 || counts[i].count)
			printf("%s%zu %s", i ? ", " : "", counts[i].count,
			       counts[i].words);
	}
	putchar('\n');
	return 0;
}
