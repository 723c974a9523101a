/* SPDX-License-Identifier: MIT */
/* progress.h - a progress bar on the terminal */
#ifndef CTL_UI_PROGRESS_H
#define CTL_UI_PROGRESS_H

#include <stdbool.h>
#include <stddef.h>
#include <time.h>

/** struct progress - a bar on standard error, if that is a terminal */
struct progress {
	bool on;
	const char *what;
	size_t total;
	struct timespec start, shown;
};

void progress_begin(void *context, const char *what, size_t total);
void progress_advance(void *context, size_t done);
void progress_end(void *context);
void progress_bar(double part, size_t width, char *out);

#endif
