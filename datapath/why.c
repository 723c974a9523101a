/* SPDX-License-Identifier: MIT */
/*
 * why.c - the kernel's or libbpf's reason for a failure
 *
 * libbpf reports warnings as lines of text: the verifier's log, a driver's message with
 * an error. One of these lines follows the error in our log.
 */
#include "datapath/why.h"

#include <bpf/libbpf.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/log.h"

#define KERNEL "Kernel error message: "

static char reason[160];

/** keep() - remember one line of @text */
static void keep(const char *text)
{
	if (!strncmp(text, "libbpf: ", 8))
		text += 8;
	if (!strncmp(text, KERNEL, sizeof(KERNEL) - 1))
		text += sizeof(KERNEL) - 1;
	snprintf(reason, sizeof(reason), "%.*s", (int)strcspn(text, "\n"), text);
}

/** keep_verdict() - keep the line of the verifier's log, near its end, that states the fault */
static void keep_verdict(char *text)
{
	char *end = strstr(text, "\nprocessed "), *line;

	if (!end)
		return;
	*end = '\0';
	line = strrchr(text, '\n');
	if (line)
		keep(line + 1);
}

/** on_print() - take a line from libbpf; the first is the most precise */
__attribute__((format(printf, 2, 0))) static int
on_print(enum libbpf_print_level level, const char *format, va_list args)
{
	int saved = errno;
	char *text;

	if (level != LIBBPF_WARN || vasprintf(&text, format, args) < 0)
		return 0;
	if (strstr(text, "BEGIN PROG LOAD LOG"))
		keep_verdict(text);
	else if (!*reason)
		keep(text);
	free(text);
	errno = saved;
	return 0;
}

/** why_listen() - take libbpf's warnings instead of printing them */
void why_listen(void)
{
	libbpf_set_print(on_print);
}

/** why_clear() - forget the reason, before the next attempt */
void why_clear(void)
{
	*reason = '\0';
}

/**
 * why_failed() - log errno and the reason, if known
 * @what:	What failed
 *
 * Return: -1
 */
int why_failed(const char *what)
{
	int saved = errno;

	if (saved == ENOSYS)
		log_msg(LOG_ERR, "%s: this kernel has no BPF, and sit.sh needs none",
			what);
	else if (*reason)
		log_msg(LOG_ERR, "%s: %m (%s)", what, reason);
	else
		log_msg(LOG_ERR, "%s: %m", what);
	why_clear();
	errno = saved;
	return -1;
}
