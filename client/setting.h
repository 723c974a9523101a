/* SPDX-License-Identifier: MIT */
/* setting.h - one setter per type of value in tspc.conf */
#ifndef CLIENT_SETTING_H
#define CLIENT_SETTING_H

#include <stddef.h>

#include "client/settings.h"

/**
 * struct setting_rule - what a value may be and which member of struct settings it sets
 * @offset:	Of the member
 * @min:	Numbers: smallest value
 * @max:	Numbers: largest value; texts: size of the member
 */
struct setting_rule {
	size_t offset;
	uint32_t min, max;
};

/** struct setting_target - where values go, and what was wrong with the last one */
struct setting_target {
	struct settings *settings;
	char why[160];
};

/* Each puts @value into the settings and returns 0, or sets t->why and returns -1 */
typedef int setting_setter(struct setting_target *t, const struct setting_rule *rule,
			   const char *value);

setting_setter setting_number, setting_bool, setting_text, setting_path, setting_device,
	setting_devices, setting_server, setting_auth, setting_host_type, setting_mode,
	setting_dns, setting_client_v4, setting_client_v6, setting_template,
	setting_carrier;

int setting_server_parse(const char *text, struct settings_server *out);

#endif
