/* SPDX-License-Identifier: MIT */
/* rival.h - two clients that use one account in turn */
#ifndef ALLOC_RIVAL_H
#define ALLOC_RIVAL_H

#include <stdbool.h>
#include <time.h>

#include "alloc/lease.h"

#define RIVAL_LEN 17 /* 255.255.255.255, a mark and NUL */

bool rival_note(struct lease *offer, time_t now);
void rival_format(const struct lease *lease, char text[RIVAL_LEN]);
int rival_parse(const char *text, struct lease *out);

#endif
