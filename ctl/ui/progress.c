/* SPDX-License-Identifier: MIT */
/* progress.c - a progress bar on the terminal; the functions of an upkeep_observer */
#include "ctl/ui/progress.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "ctl/ui/terminal.h"

#define BAR_WIDTH 30
#define PAUSE_MS  100 /* between two drawings */

static long long milliseconds(const struct timespec *from, const struct timespec *to)
{
	return (to->tv_sec - from->tv_sec) * 1000LL +
	       (to->tv_nsec - from->tv_nsec) / 1000000;
}

/**
 * progress_begin() - get ready to draw a bar
 * @context:	struct progress, set up here
 * @what:	What is being done; must stay valid
 * @total:	How much there is; 0: no bar
 */
void progress_begin(void *context, const char *what, size_t total)
{
	struct progress *p = context;

	*p = (struct progress){.what = what, .total = total};
	p->on = total && terminal_moves(STDERR_FILENO);
	clock_gettime(CLOCK_MONOTONIC, &p->start);
	p->shown = p->start;
}

/**
 * progress_bar() - a bar as text
 * @part:	The full part, 0 to 1
 * @width:	Characters
 * @out:	Result, NUL-terminated
 */
void progress_bar(double part, size_t width, char *out)
{
	size_t full = part >= 1 ? width : part <= 0 ? 0 : (size_t)(part * (double)width);

	memset(out, '#', full);
	memset(out + full, '.', width - full);
	out[width] = '\0';
}

/** progress_advance() - draw the bar, at most ten times a second */
void progress_advance(void *context, size_t done)
{
	struct progress *p = context;
	char bar[BAR_WIDTH + 1];
	struct timespec now;

	if (!p->on)
		return;
	clock_gettime(CLOCK_MONOTONIC, &now);
	if (milliseconds(&p->shown, &now) < PAUSE_MS && done < p->total)
		return;
	p->shown = now;
	progress_bar((double)done / (double)p->total, BAR_WIDTH, bar);
	dprintf(STDERR_FILENO, "\r%s [%s] %zu of %zu, %lld s\033[K", p->what, bar, done,
		p->total, milliseconds(&p->start, &now) / 1000);
}

/** progress_end() - erase the bar */
void progress_end(void *context)
{
	struct progress *p = context;

	if (p->on)
		dprintf(STDERR_FILENO, "\r\033[K");
	p->on = false;
}
