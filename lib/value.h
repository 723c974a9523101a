/* SPDX-License-Identifier: MIT */
/* value.h - one setter per type of value: what tsp.conf may say, and where it goes */
#ifndef LIB_VALUE_H
#define LIB_VALUE_H

#include "lib/config.h"

/** struct value_target - where values go, and what was wrong with the last one */
struct value_target {
	struct config *config;
	char why[128];
};

/** struct value_rule - what a value may be and which member of struct config it sets */
struct value_rule {
	size_t offset;
	uint32_t min, max; /* numbers: range; texts: max is the member's size */
};

/* Each puts @value into the configuration and returns 0, or sets t->why and returns -1 */
int value_number(struct value_target *t, const struct value_rule *rule,
		 const char *value);
int value_bool(struct value_target *t, const struct value_rule *rule, const char *value);
int value_text(struct value_target *t, const struct value_rule *rule, const char *value);
int value_path(struct value_target *t, const struct value_rule *rule, const char *value);
int value_domain(struct value_target *t, const struct value_rule *rule,
		 const char *value);
int value_realm(struct value_target *t, const struct value_rule *rule, const char *value);
int value_address(struct value_target *t, const struct value_rule *rule,
		  const char *value);
int value_prefix(struct value_target *t, const struct value_rule *rule,
		 const char *value);
int value_delegate(struct value_target *t, const struct value_rule *rule,
		   const char *value);
int value_conflict(struct value_target *t, const struct value_rule *rule,
		   const char *value);
int value_writable(struct value_target *t, const struct value_rule *rule,
		   const char *value);
int value_mechanisms(struct value_target *t, const struct value_rule *rule,
		     const char *value);
int value_accept(struct value_target *t, const struct value_rule *rule,
		 const char *value);
int value_dns(struct value_target *t, const struct value_rule *rule, const char *value);
int value_device(struct value_target *t, const struct value_rule *rule,
		 const char *value);
int value_uplink(struct value_target *t, const struct value_rule *rule,
		 const char *value);
int value_redirect(struct value_target *t, const struct value_rule *rule,
		   const char *value);

#endif
