/* SPDX-License-Identifier: MIT */
/* progress.h - a bar on the terminal */
#ifndef CTL_UI_PROGRESS_H
#define CTL_UI_PROGRESS_H

#include <stdbool.h>
#include <stddef.h>
#include <time.h>

/** struct progress - a bar, on standard error, when that is a terminal */
struct progress {
	bool on;
	const char *what;
	size_t total;
	struct timespec start, shown;
};

void progress_begin(struct progress *p, const char *what, size_t total);
void progress_show(struct progress *p, size_t done);
void progress_end(struct progress *p);
void progress_bar(double part, size_t width, char *out);

#endif
