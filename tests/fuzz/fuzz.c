/* SPDX-License-Identifier: MIT */
/*
 * fuzz.c - what the fuzz targets share: assertions, input in parts, scratch files
 *
 * The log goes nowhere, but every line is formatted, so that arguments which do not fit
 * their format or text that is not terminated show. Being linked before libtsp.a, the
 * functions here take the place of lib/log.c.
 */
#include "tests/fuzz/fuzz.h"

#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lib/log.h"

unsigned fuzz_log_lines;

/** fuzz_broken() - say what does not hold, and crash: libFuzzer then keeps the input */
void fuzz_broken(const char *file, int line, const char *what)
{
	fprintf(stderr, "%s:%d: does not hold: %s\n", file, line, what);
	abort();
}

void log_open(const char *program, bool stderr_is_peer)
{
	(void)program;
	(void)stderr_is_peer;
}

void log_set_gate(log_gate *ask)
{
	(void)ask;
}

__attribute__((format(printf, 1, 0))) static void format_line(const char *format,
							      va_list args)
{
	char line[1024];

	vsnprintf(line, sizeof(line), format, args);
	fuzz_log_lines++;
	if (getenv("TSP_FUZZ_LOG")) /* to look into a finding */
		fprintf(stderr, "log: %s\n", line);
}

void log_msg(int priority, const char *format, ...)
{
	va_list args;

	(void)priority;
	va_start(args, format);
	format_line(format, args);
	va_end(args);
}

void log_event(enum log_event_id id, int priority, const struct log_fields *fields,
	       const char *format, ...)
{
	va_list args;

	(void)priority;
	CHECK(id < EVENT_COUNT && fields);
	va_start(args, format);
	format_line(format, args);
	va_end(args);
}

/**
 * fuzz_copy() - copy a part of the input, so that ASan sees every step beyond it
 * @s:		Part
 * @more:	Room behind it in bytes, set to NUL
 *
 * Return: memory for free()
 */
char *fuzz_copy(struct fuzz_span s, size_t more)
{
	char *copy = calloc(1, s.len + more + !(s.len + more));

	CHECK(copy);
	if (s.len)
		memcpy(copy, s.p, s.len);
	return copy;
}

/**
 * fuzz_line() - cut the next line off
 * @rest:	Input, then what is behind the line
 * @line:	Result, without its newline
 *
 * Return: true; false at the end
 */
bool fuzz_line(struct fuzz_span *rest, struct fuzz_span *line)
{
	const uint8_t *end;

	if (!rest->len)
		return false;
	end = memchr(rest->p, '\n', rest->len);
	line->p = rest->p;
	line->len = end ? (size_t)(end - rest->p) : rest->len;
	rest->p += line->len + (end != NULL);
	rest->len -= line->len + (end != NULL);
	return true;
}

static char scratch[PATH_MAX / 2];

/** remove_scratch() - names in it are those that fuzz_file() and the store make */
static void remove_scratch(void)
{
	static const char *const names[] = {"users",        "tsp.conf",
					    "users.leases", "anonymous.leases",
					    "lock",         "template.lock"};
	char path[PATH_MAX];
	size_t i;

	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		snprintf(path, sizeof(path), "%s/%s", scratch, names[i]);
		unlink(path);
	}
	rmdir(scratch);
}

/** fuzz_scratch() - a directory for this process; after a finding it stays */
const char *fuzz_scratch(void)
{
	const char *dir = getenv("TMPDIR");

	if (*scratch)
		return scratch;
	snprintf(scratch, sizeof(scratch), "%s/tsp-fuzz.XXXXXX", dir ? dir : "/tmp");
	CHECK(mkdtemp(scratch));
	atexit(remove_scratch);
	return scratch;
}

/**
 * fuzz_file() - a file in the scratch directory with this content and no other
 *
 * Return: its path, valid until the next call
 */
const char *fuzz_file(const char *name, const void *data, size_t len)
{
	static char path[PATH_MAX];
	int fd;

	snprintf(path, sizeof(path), "%s/%s", fuzz_scratch(), name);
	fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
	CHECK(fd >= 0);
	CHECK(!len || pwrite(fd, data, len, 0) == (ssize_t)len);
	CHECK(!ftruncate(fd, (off_t)len));
	close(fd);
	return path;
}
