/* SPDX-License-Identifier: MIT */
/* survey.h - take a snapshot of a network namespace and of directories */
#ifndef CONFORMANCE_SURVEY_H
#define CONFORMANCE_SURVEY_H

#include "conformance/snapshot.h"

int survey_take(struct snapshot *s, const char *const directories[], size_t count);
bool survey_steady(char *line, bool numbered, char *out, size_t size);

#endif
