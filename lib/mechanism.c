/* SPDX-License-Identifier: MIT */
/* mechanism.c - SASL mechanisms by name */
#include "lib/mechanism.h"

#include <string.h>
#include <strings.h>

static const struct {
	const char *name;
	enum mechanism bit;
} mechanisms[] = {
	{"ANONYMOUS", MECHANISM_ANONYMOUS},
	{"PLAIN", MECHANISM_PLAIN},
	{"DIGEST-MD5", MECHANISM_DIGEST_MD5},
};

/** mechanism_name() - as TSP writes it; NULL for any other value */
const char *mechanism_name(enum mechanism m)
{
	size_t i;

	for (i = 0; i < sizeof(mechanisms) / sizeof(mechanisms[0]); i++) {
		if (mechanisms[i].bit == m)
			return mechanisms[i].name;
	}
	return NULL;
}

/** mechanism_by_name() - the reverse, in any case; 0 for an unknown name */
unsigned mechanism_by_name(const char *name, size_t len)
{
	size_t i;

	for (i = 0; i < sizeof(mechanisms) / sizeof(mechanisms[0]); i++) {
		if (strlen(mechanisms[i].name) == len &&
		    !strncasecmp(mechanisms[i].name, name, len))
			return mechanisms[i].bit;
	}
	return 0;
}
