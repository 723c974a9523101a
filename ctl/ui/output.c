/* SPDX-License-Identifier: MIT */
/*
 * output.c - rows of values, for people, for scripts and as JSON
 *
 * Columns are as wide as their widest value, so their rows are kept until output_end(). The
 * other forms are written row by row. Texts come from parsers that let no control
 * characters through.
 */
#include "ctl/ui/output.h"

#include <errno.h>
#include <inttypes.h>
#include <json.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "ctl/ui/pager.h"
#include "ctl/ui/terminal.h"
#include "lib/log.h"
#include "lib/parse.h"

#define GAP      2 /* blanks between columns */
#define TEXT_MAX 40

/**
 * output_begin() - begin a table
 * @o:		Output
 * @form:	Form of its rows
 * @fields:	Fields of a row; must stay valid
 * @count:	Number of fields, at most OUTPUT_FIELDS_MAX
 */
void output_begin(struct output *o, enum output_form form,
		  const struct output_field *fields, size_t count)
{
	*o = (struct output){.form = form, .fields = fields, .count = count};
	if (form == OUTPUT_JSON)
		putchar('[');
}

/** plain_text() - a value for scripts; "-": none */
static const char *plain_text(const struct output_value *v, char space[TEXT_MAX])
{
	switch (v->kind) {
	case OUTPUT_NONE:
		break;
	case OUTPUT_TEXT:
		return v->text;
	case OUTPUT_NUMBER:
		snprintf(space, TEXT_MAX, "%" PRId64, v->number);
		return space;
	case OUTPUT_REAL:
		snprintf(space, TEXT_MAX, "%.2f", v->real);
		return space;
	case OUTPUT_BOOL:
		return v->number ? "yes" : "no";
	}
	return "-";
}

static const char *people_text(const struct output_value *v, char space[TEXT_MAX])
{
	return v->people ? v->people : plain_text(v, space);
}

/** json_value() - a value as JSON; NULL: null */
static struct json_object *json_value(const struct output_value *v)
{
	char space[TEXT_MAX];

	switch (v->kind) {
	case OUTPUT_NONE:
		break;
	case OUTPUT_TEXT:
		return json_object_new_string(v->text);
	case OUTPUT_NUMBER:
		return json_object_new_int64(v->number);
	case OUTPUT_REAL:
		return json_object_new_double_s(v->real, plain_text(v, space));
	case OUTPUT_BOOL:
		return json_object_new_boolean(v->number != 0);
	}
	return NULL;
}

/** json_row() - print a row as an object */
static void json_row(const struct output *o, const struct output_value *values)
{
	const unsigned how =
		JSON_C_OBJECT_ADD_KEY_IS_NEW | JSON_C_OBJECT_ADD_CONSTANT_KEY;
	struct json_object *object = json_object_new_object();
	size_t i;

	for (i = 0; i < o->count; i++) {
		if (o->fields[i].name)
			json_object_object_add_ex(object, o->fields[i].name,
						  json_value(&values[i]), how);
	}
	fputs(json_object_to_json_string_ext(
		      object, JSON_C_TO_STRING_PLAIN | JSON_C_TO_STRING_NOSLASHESCAPE),
	      stdout);
	json_object_put(object);
}

static void plain_row(const struct output *o, const struct output_value *values)
{
	char space[TEXT_MAX];
	size_t i, n = 0;

	for (i = 0; i < o->count; i++) {
		if (!o->fields[i].name)
			continue;
		if (n++)
			putchar('\t');
		fputs(plain_text(&values[i], space), stdout);
	}
	putchar('\n');
}

/** item_rows() - print "head: value" for each value that is present */
static void item_rows(const struct output *o, const struct output_value *values)
{
	char space[TEXT_MAX];
	size_t i, widest = 0;

	for (i = 0; i < o->count; i++) {
		if (o->fields[i].head && strlen(o->fields[i].head) > widest)
			widest = strlen(o->fields[i].head);
	}
	for (i = 0; i < o->count; i++) {
		const char *head = o->fields[i].head;

		if (head && (values[i].kind != OUTPUT_NONE || values[i].people))
			printf("%s:%*s%s\n", head, (int)(widest - strlen(head) + 1), "",
			       people_text(&values[i], space));
	}
}

/** keep_row() - keep a row's texts until their widths are known */
static void keep_row(struct output *o, const struct output_value *values)
{
	char space[TEXT_MAX], *more;
	const char *text;
	size_t i, len;

	for (i = 0; i < o->count && !o->failed; i++) {
		if (!o->fields[i].head)
			continue;
		text = people_text(&values[i], space);
		len = strlen(text) + 1;
		if (o->size - o->used < len) {
			o->size = 2 * o->size + len + 4096;
			more = realloc(o->cells, o->size);
			if (!more) {
				o->failed = true;
				return;
			}
			o->cells = more;
		}
		memcpy(o->cells + o->used, text, len);
		o->used += len;
	}
}

/**
 * output_row() - add a row
 * @o:		Output
 * @values:	A value for each field; not needed afterwards
 */
void output_row(struct output *o, const struct output_value *values)
{
	switch (o->form) {
	case OUTPUT_COLUMNS:
		keep_row(o, values);
		break;
	case OUTPUT_PLAIN:
		plain_row(o, values);
		break;
	case OUTPUT_JSON:
		fputs(o->rows ? ",\n" : "\n", stdout);
		json_row(o, values);
		break;
	case OUTPUT_ITEM:
		item_rows(o, values);
		break;
	case OUTPUT_JSON_ITEM:
		json_row(o, values);
		putchar('\n');
		break;
	}
	o->rows++;
}

/** measure() - measure the width of each column */
static void measure(const struct output *o, size_t widths[OUTPUT_FIELDS_MAX])
{
	const char *cell = o->cells;
	size_t row, i, len;

	for (i = 0; i < o->count; i++)
		widths[i] = o->fields[i].head ? strlen(o->fields[i].head) : 0;
	for (row = 0; row < o->rows; row++) {
		for (i = 0; i < o->count; i++) {
			if (!o->fields[i].head)
				continue;
			len = strlen(cell);
			widths[i] = len > widths[i] ? len : widths[i];
			cell += len + 1;
		}
	}
}

/** fit() - leave out columns, whose width becomes 0, until a line fits; returns its length */
static size_t fit(const struct output *o, size_t widths[OUTPUT_FIELDS_MAX])
{
	size_t i, total, best, room = terminal_width();

	for (;;) {
		total = 0;
		best = o->count;
		for (i = 0; i < o->count; i++) {
			total += widths[i] ? widths[i] + GAP : 0;
			if (widths[i] && o->fields[i].spare &&
			    (best == o->count ||
			     o->fields[i].spare > o->fields[best].spare))
				best = i;
		}
		if (total <= room + GAP || best == o->count)
			return total > GAP ? total - GAP : 1;
		widths[best] = 0;
	}
}

/** print_cell() - print a value in its column; no blanks follow the last one of a line */
static void print_cell(const struct output *o, const size_t *widths, size_t i,
		       const char *text)
{
	size_t len = strlen(text), blanks = widths[i] > len ? widths[i] - len : 0, last;

	if (!widths[i])
		return;
	for (last = o->count - 1; !widths[last]; last--)
		;
	if (o->fields[i].right)
		printf("%*s", (int)blanks, "");
	fputs(text, stdout);
	if (i == last)
		putchar('\n');
	else
		printf("%*s", (int)(o->fields[i].right ? GAP : blanks + GAP), "");
}

/** struct columns - a table whose columns have been laid out */
struct columns {
	const struct output *output;
	size_t widths[OUTPUT_FIELDS_MAX]; /* 0: left out */
};

/** print_rows() - for pager_show(): print heads and rows */
static void print_rows(void *context)
{
	const struct columns *c = context;
	const struct output *o = c->output;
	const size_t *widths = c->widths;
	const char *cell = o->cells;
	size_t row, i;

	for (i = 0; i < o->count && o->rows; i++) {
		if (o->fields[i].head)
			print_cell(o, widths, i, o->fields[i].head);
	}
	for (row = 0; row < o->rows; row++) {
		for (i = 0; i < o->count; i++) {
			if (!o->fields[i].head)
				continue;
			print_cell(o, widths, i, cell);
			cell += strlen(cell) + 1;
		}
	}
}

/** say_dropped() - on a terminal, say that columns were left out */
static void say_dropped(const struct output *o)
{
	if (!o->dropped || !o->rows)
		return;
	fflush(stdout);
	dprintf(STDERR_FILENO, "%zu column%s left out: %s\n", o->dropped,
		o->dropped == 1 ? "" : "s",
		o->wider ? o->wider : "the terminal is too narrow");
}

/** print_columns() - print the rows that were kept, by the pager if they are many */
static void print_columns(struct output *o)
{
	struct columns c = {.output = o};
	size_t i, len, lines;

	measure(o, c.widths);
	len = fit(o, c.widths);
	for (i = 0; i < o->count; i++)
		o->dropped += o->fields[i].head && !c.widths[i];
	lines = (o->rows + 1) * ((len - 1) / terminal_width() + 1);
	if (!pager_show(lines, print_rows, &c))
		print_rows(&c);
	say_dropped(o);
}

/** output_end() - end a table; 0, or -1 with errno, logged */
int output_end(struct output *o)
{
	if (o->form == OUTPUT_JSON)
		fputs(o->rows ? "\n]\n" : "]\n", stdout);
	if (o->form == OUTPUT_COLUMNS && !o->failed)
		print_columns(o);
	free(o->cells);
	if (!o->failed)
		return 0;
	errno = ENOMEM;
	log_msg(LOG_ERR, "too many rows: %m");
	return -1;
}

/** output_close() - flush standard output; 0; -1, logged: something was not written */
int output_close(void)
{
	if (!fflush(stdout) && !ferror(stdout))
		return 0;
	log_msg(LOG_ERR, "cannot write to standard output: %m");
	return -1;
}

/**
 * output_time() - the distance of a time from now, in one unit
 * @t:		Time
 * @now:	Now
 * @out:	Result
 *
 * Return: @out
 */
const char *output_time(time_t t, time_t now, char out[OUTPUT_TIME_LEN])
{
	static const struct {
		time_t seconds, until; /* a unit, and up to when it is used */
		char letter;
	} units[] = {
		{1, 120, 's'}, {60, 7200, 'm'}, {3600, 172800, 'h'}, {86400, 0, 'd'}};
	time_t away = t > now ? t - now : now - t;
	size_t i = 0;

	while (units[i].until && away >= units[i].until)
		i++;
	snprintf(out, OUTPUT_TIME_LEN, t > now ? "in %u%c" : "%u%c ago",
		 (unsigned)(away / units[i].seconds), units[i].letter);
	return out;
}

/** output_bytes() - format a number of bytes in three digits and a unit; returns @out */
const char *output_bytes(uint64_t n, char out[OUTPUT_TIME_LEN])
{
	static const char units[] = "KMGTPE";
	double value = (double)n;
	size_t i = 0;

	if (n < 1000) {
		snprintf(out, OUTPUT_TIME_LEN, "%u B", (unsigned)n);
		return out;
	}
	for (value /= 1000; value >= 999.5 && units[i + 1]; i++)
		value /= 1000;
	snprintf(out, OUTPUT_TIME_LEN, "%.*f %cB", value < 10 ? 1 : 0, value, units[i]);
	return out;
}
