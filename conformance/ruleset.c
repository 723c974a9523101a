/* SPDX-License-Identifier: MIT */
/*
 * ruleset.c - the output of "nft list ruleset" as lines of a snapshot
 *
 * Each rule and each element of a set becomes a line that begins with the names of its
 * table and of its chain or set. So a difference says where it is, and the order of
 * elements, which means nothing, gets lost in the sorting.
 */
#include "conformance/ruleset.h"

#include <stdio.h>
#include <string.h>

#define LINE_LEN 4096

/** add_rule() - add a line with the names of its table and of its chain or set */
static int add_rule(const struct ruleset *r, const char *text)
{
	char line[LINE_LEN];

	snprintf(line, sizeof(line), "%s%s%s: %s", r->path[0], r->depth > 1 ? " " : "",
		 r->depth > 1 ? r->path[1] : "", text);
	return snapshot_add(r->to, "nft", line);
}

/** add_elements() - add a line for each element of "A, B }" */
static int add_elements(struct ruleset *r, char *text)
{
	char *end = strchr(text, '}'), *item;
	size_t len;

	r->elements = !end;
	if (end)
		*end = '\0';
	while ((item = strsep(&text, ","))) {
		item += strspn(item, " \t");
		for (len = strcspn(item, "\n"); len && item[len - 1] == ' '; len--)
			;
		item[len] = '\0';
		if (*item && add_rule(r, item))
			return -1;
	}
	return 0;
}

/** enter() - a table, chain or set begins: "NAME {"; a table is a line */
static int enter(struct ruleset *r, const char *line, size_t len)
{
	snprintf(r->path[r->depth++], sizeof(r->path[0]), "%.*s", (int)len - 2, line);
	return r->depth > 1 ? 0 : snapshot_add(r->to, "nft", r->path[0]);
}

/**
 * ruleset_line() - take over one line of output
 * @r:		Where the lines before it have led to
 * @line:	Line, with or without its newline; it is changed
 *
 * Return: 0; -1 with errno
 */
int ruleset_line(struct ruleset *r, char *line)
{
	static const char elements[] = "elements = {";
	size_t len;

	line += strspn(line, " \t");
	len = strcspn(line, "\n");
	line[len] = '\0';
	if (r->elements)
		return add_elements(r, line);
	if (!strncmp(line, elements, sizeof(elements) - 1))
		return add_elements(r, line + sizeof(elements) - 1);
	if (!strcmp(line, "}")) {
		r->depth -= r->depth > 0;
		return 0;
	}
	if (len > 2 && line[len - 1] == '{' && r->depth < RULESET_DEPTH)
		return enter(r, line, len);
	return *line ? add_rule(r, line) : 0;
}
