/* SPDX-License-Identifier: MIT */
/*
 * password.c - read a password from the terminal or from standard input
 *
 * A password is never an argument: everybody who may list processes could read it. On a
 * terminal it is typed twice without echo. If a signal ends the program meanwhile, the
 * terminal is restored first.
 */
#include "ctl/ui/password.h"

#include <errno.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

#include "lib/log.h"

static const int signals[] = {SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGTSTP};
#define SIGNALS (sizeof(signals) / sizeof(signals[0]))

static volatile sig_atomic_t caught;

static void on_signal(int signal_number)
{
	caught = signal_number;
}

/**
 * read_line() - read one line of standard input, byte by byte, to leave the rest unread
 * @out:	Result without its newline
 *
 * Return: its length; -1 for the end of input, a line that is too long or a signal,
 * reported
 */
static int read_line(char out[PASSWORD_MAX + 1])
{
	size_t len = 0;
	ssize_t n;
	char c;

	while ((n = read(STDIN_FILENO, &c, 1)) == 1 && c != '\n') {
		if (len == PASSWORD_MAX) {
			log_msg(LOG_ERR, "the password is longer than %d bytes",
				PASSWORD_MAX);
			return -1;
		}
		out[len++] = c;
	}
	out[len] = '\0';
	if (n < 0 && errno != EINTR)
		log_msg(LOG_ERR, "cannot read a password: %m");
	if (n == 0 && !len)
		log_msg(LOG_ERR, "no password on standard input");
	return n < 0 || (n == 0 && !len) ? -1 : (int)len;
}

/** is_password() - not empty and without control characters; false, reported */
static bool is_password(const char *text, int len)
{
	int i;

	if (len == 0) {
		log_msg(LOG_ERR, "empty password");
		return false;
	}
	for (i = 0; i < len; i++) {
		if ((unsigned char)text[i] < ' ' || text[i] == 0x7f) {
			log_msg(LOG_ERR, "a password cannot contain control characters");
			return false;
		}
	}
	return true;
}

/** ask() - read a line from a terminal without echo */
static int ask(const char *prompt, char out[PASSWORD_MAX + 1])
{
	int len;

	dprintf(STDERR_FILENO, "%s", prompt);
	len = read_line(out);
	dprintf(STDERR_FILENO, "\n");
	return len;
}

/** ask_twice() - read a password twice from a terminal without echo */
static int ask_twice(char out[PASSWORD_MAX + 1])
{
	char again[PASSWORD_MAX + 1];
	int r = ask("Password: ", out);

	if (r < 0 || !is_password(out, r))
		return -1;
	r = ask("The same again: ", again);
	if (r >= 0 && strcmp(out, again) != 0) {
		log_msg(LOG_ERR, "the passwords are not the same");
		r = -1;
	}
	explicit_bzero(again, sizeof(again));
	return r;
}

/** ask_hidden() - turn the echo off, ask_twice(), turn it on again */
static int ask_hidden(char out[PASSWORD_MAX + 1])
{
	struct sigaction action = {.sa_handler = on_signal}, before[SIGNALS];
	struct termios was, hidden;
	size_t i;
	int r = -1;

	if (tcgetattr(STDIN_FILENO, &was)) {
		log_msg(LOG_ERR, "terminal: %m");
		return -1;
	}
	hidden = was;
	hidden.c_lflag &= ~(tcflag_t)(ECHO | ECHONL);
	for (i = 0; i < SIGNALS; i++)
		sigaction(signals[i], &action, &before[i]);
	if (tcsetattr(STDIN_FILENO, TCSAFLUSH, &hidden))
		log_msg(LOG_ERR, "terminal: %m");
	else
		r = ask_twice(out);
	tcsetattr(STDIN_FILENO, TCSAFLUSH, &was);
	for (i = 0; i < SIGNALS; i++)
		sigaction(signals[i], &before[i], NULL);
	if (caught)
		raise(caught);
	return r;
}

/**
 * password_read() - read a new password
 * @out:	Result; the caller overwrites it after use
 *
 * Return: its length in bytes, at least 1; -1, reported
 */
int password_read(char out[PASSWORD_MAX + 1])
{
	int r;

	if (isatty(STDIN_FILENO))
		return ask_hidden(out);
	r = read_line(out);
	return r < 0 || !is_password(out, r) ? -1 : r;
}
