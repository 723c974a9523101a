/* SPDX-License-Identifier: MIT */
/* filter.h - which leases a list shows */
#ifndef CTL_UI_FILTER_H
#define CTL_UI_FILTER_H

#include "ctl/ui/view.h"
#include "lib/prefix.h"

/** struct filter_texts - conditions as typed; NULL: not given */
struct filter_texts {
	const char *user, *prefix, *state, *endpoint, *mode, *expires_before;
};

/** struct filter - conditions that a lease must all meet */
struct filter {
	struct filter_texts texts;
	struct prefix6 prefix;
	struct endpoint endpoint; /* port 0: any port */
	time_t expires_before;
};

int filter_parse(const struct filter_texts *texts, struct filter *out);
bool filter_matches(const struct filter *f, const struct view *v);

#endif
