/* SPDX-License-Identifier: MIT */
/* confirm.c - ask before something is lost */
#include "ctl/ui/confirm.h"

#include <stdarg.h>
#include <stdio.h>
#include <strings.h>
#include <unistd.h>

#include "ctl/ctl.h"
#include "lib/log.h"

#define QUESTION_MAX 512

/**
 * confirm() - ask on the terminal whether to go on
 * @yes:	--yes was given: do not ask
 * @format:	What will happen, for printf(); the question mark is added
 *
 * Return: 0: go on; CTL_FAILED: no, or there is no terminal to ask on, reported
 */
int confirm(bool yes, const char *format, ...)
{
	char question[QUESTION_MAX], answer[16];
	va_list args;

	if (yes)
		return 0;
	va_start(args, format);
	vsnprintf(question, sizeof(question), format, args);
	va_end(args);
	if (!isatty(STDIN_FILENO)) {
		log_msg(LOG_ERR, "%s? No terminal to ask on: use --yes", question);
		return CTL_FAILED;
	}
	fflush(stdout);
	fprintf(stderr, "%s? [y/N] ", question);
	if (fgets(answer, sizeof(answer), stdin) &&
	    (!strcasecmp(answer, "y\n") || !strcasecmp(answer, "yes\n")))
		return 0;
	log_msg(LOG_ERR, "not confirmed: skipped");
	return CTL_FAILED;
}
