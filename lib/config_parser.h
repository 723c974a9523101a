/* SPDX-License-Identifier: MIT */
/* config_parser.h - state while tsp.conf is read: lines of keys, mistakes */
#ifndef LIB_CONFIG_PARSER_H
#define LIB_CONFIG_PARSER_H

#include <stdio.h>

#include "lib/config_key.h"

/** struct parser - state while a file is read */
struct parser {
	FILE *file;
	struct config *config;
	struct value_target target;
	unsigned line;    /* the line being read, from 1 */
	bool expects_key; /* this line should make inih call on_key() */
	unsigned mistakes;
	unsigned seen
		[CONFIG_KEYS_MAX]; /* by key: line where it was first given; 0: none */
};

void config_parser_mistake(struct parser *p, unsigned line, const char *name,
			   const char *why, const char *value);
void config_parser_unknown(struct parser *p, const char *name, const char *why,
			   const char *value, const char *hint);
unsigned config_parser_line(const struct parser *p, const char *section,
			    const char *name);

#endif
