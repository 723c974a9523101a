/* SPDX-License-Identifier: MIT */
/* config_parser.h - what reading tsp.conf (config.c) and judging it (config_check.c) share */
#ifndef LIB_CONFIG_PARSER_H
#define LIB_CONFIG_PARSER_H

#include <stdio.h>

#include "lib/config_value.h"

#define CONFIG_CAPACITY_MAX                                                              \
	16777216 /* a lease file of 4 GiB; eight digits in a lease line */

/** struct parser - state while a file is read */
struct parser {
	FILE *file;
	struct config *config;
	struct value_target target;
	unsigned line;    /* the line being read, from 1 */
	bool expects_key; /* this line should make inih call on_key() */
	unsigned mistakes;
	unsigned *seen; /* by key: line where it was first given, 0: not yet */
};

void config_mistake(struct parser *p, unsigned line, const char *name, const char *why,
		    const char *value);
unsigned config_line_of(const struct parser *p, const char *section, const char *name);
void config_check(struct parser *p);

#endif
