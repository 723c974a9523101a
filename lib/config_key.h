/* SPDX-License-Identifier: MIT */
/* config_key.h - the table of all keys of tsp.conf: defaults and limits (tsp.conf(5)) */
#ifndef LIB_CONFIG_KEY_H
#define LIB_CONFIG_KEY_H

#include "lib/suggest.h"
#include "lib/value.h"

#define CONFIG_KEYS_MAX 64

/** struct config_key - one key of the file */
struct config_key {
	const char *section;
	const char *name;
	const char *standard; /* default, as it would stand in the file; NULL: none */
	int (*set)(struct value_target *t, const struct value_rule *rule,
		   const char *value);
	struct value_rule rule;
	bool list;        /* may be given several times */
	const char *gone; /* since when it has no meaning, for a notice; else NULL */
};

bool config_key_section(const char *name);
const char *config_key_suggest(const char *section, const char *name,
			       char out[SUGGEST_TEXT]);
const char *config_key_suggest_section(const char *name, char out[SUGGEST_TEXT]);
const struct config_key *config_key_find(const char *section, const char *name);
size_t config_key_index(const struct config_key *key);
void config_key_defaults(struct config *config);

#endif
