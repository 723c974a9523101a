/* SPDX-License-Identifier: MIT */
/* output.h - rows of values, for people, for scripts and as JSON */
#ifndef CTL_UI_OUTPUT_H
#define CTL_UI_OUTPUT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <time.h>

#define OUTPUT_FIELDS_MAX 24
#define OUTPUT_TIME_LEN   16 /* "in 4294967295d" and NUL */

/**
 * enum output_form - form of rows
 * @OUTPUT_COLUMNS:	columns under heads, as wide as the terminal
 * @OUTPUT_PLAIN:	a line for each, tabs between the values, "-" for no value
 * @OUTPUT_JSON:	an array of objects, one to a line
 * @OUTPUT_ITEM:	one row as lines "head: value"
 * @OUTPUT_JSON_ITEM:	one row as one object
 */
enum output_form {
	OUTPUT_COLUMNS,
	OUTPUT_PLAIN,
	OUTPUT_JSON,
	OUTPUT_ITEM,
	OUTPUT_JSON_ITEM,
};

enum output_kind { OUTPUT_NONE, OUTPUT_TEXT, OUTPUT_NUMBER, OUTPUT_REAL, OUTPUT_BOOL };

/**
 * struct output_field - a field of each row
 * @name:	Name for machines; NULL: not for machines
 * @head:	Head for people; NULL: not for people
 * @right:	Aligned to the right, as numbers are
 * @spare:	Left out on a narrow terminal, the highest first; 0: never
 */
struct output_field {
	const char *name;
	const char *head;
	bool right;
	unsigned char spare;
};

/** struct output_value - a value; @people: the text for people, NULL: the same */
struct output_value {
	enum output_kind kind;
	const char *text;
	int64_t number;
	double real;
	const char *people;
};

/** struct output - a table that is being printed */
struct output {
	enum output_form form;
	const struct output_field *fields;
	size_t count;
	size_t rows;
	char *cells; /* OUTPUT_COLUMNS: NUL-terminated texts, row by row */
	size_t used, size;
	bool failed;       /* out of memory */
	size_t dropped;    /* columns left out for the width of the terminal ... */
	const char *wider; /* ... and how to see them; NULL: by a wider one */
};

#define OUTPUT_NO_VALUE      ((struct output_value){.kind = OUTPUT_NONE})
#define OUTPUT_TEXT_VALUE(t) ((struct output_value){.kind = OUTPUT_TEXT, .text = (t)})
#define OUTPUT_NUMBER_VALUE(n)                                                           \
	((struct output_value){.kind = OUTPUT_NUMBER, .number = (int64_t)(n)})

void output_begin(struct output *o, enum output_form form,
		  const struct output_field *fields, size_t count);
void output_row(struct output *o, const struct output_value *values);
int output_end(struct output *o);
int output_close(void);

const char *output_time(time_t t, time_t now, char out[OUTPUT_TIME_LEN]);
const char *output_bytes(uint64_t n, char out[OUTPUT_TIME_LEN]);

#endif
