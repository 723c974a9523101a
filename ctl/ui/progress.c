/* SPDX-License-Identifier: MIT */
/* progress.c - a bar on the terminal; nothing anywhere else */
#include "ctl/ui/progress.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define BAR_WIDTH 30
#define PAUSE_MS  100 /* between two bars */

static long long milliseconds(const struct timespec *from, const struct timespec *to)
{
	return (to->tv_sec - from->tv_sec) * 1000LL +
	       (to->tv_nsec - from->tv_nsec) / 1000000;
}

/**
 * progress_begin() - a bar may follow
 * @p:		Result
 * @what:	What is being done; must stay valid
 * @total:	How much there is; 0: no bar
 */
void progress_begin(struct progress *p, const char *what, size_t total)
{
	*p = (struct progress){.what = what, .total = total};
	p->on = total && isatty(STDERR_FILENO);
	clock_gettime(CLOCK_MONOTONIC, &p->start);
	p->shown = p->start;
}

/**
 * progress_bar() - a bar as text
 * @part:	How much of it is full, 0 to 1
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

/** progress_show() - so much is done; draws at most ten times a second */
void progress_show(struct progress *p, size_t done)
{
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

/** progress_end() - take the bar away */
void progress_end(struct progress *p)
{
	if (p->on)
		dprintf(STDERR_FILENO, "\r\033[K");
	p->on = false;
}
