/* SPDX-License-Identifier: MIT */
/*
 * why.c - the reason that libbpf or the kernel gives for a refusal
 *
 * libbpf hands out warnings as lines of text: the verifier's log, the words that a driver
 * sends along with an error. One line of it stands in our log behind the error.
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

/** keep_verdict() - of the verifier's log the line that says what it refuses, near its end */
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

/** on_print() - libbpf has something to say; the first line is the most precise one */
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

/** why_listen() - from now on libbpf's warnings come here and not to standard error */
void why_listen(void)
{
	libbpf_set_print(on_print);
}

/** why_clear() - forget what was said before the next attempt */
void why_clear(void)
{
	*reason = '\0';
}

/**
 * why_failed() - log errno and the reason, if one was given
 * @what:	What failed
 *
 * Return: -1
 */
int why_failed(const char *what)
{
	int saved = errno;

	if (*reason)
		log_msg(LOG_ERR, "%s: %m (%s)", what, reason);
	else
		log_msg(LOG_ERR, "%s: %m", what);
	why_clear();
	errno = saved;
	return -1;
}
