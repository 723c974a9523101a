/* SPDX-License-Identifier: MIT */
/*
 * template_batch.c - run the template once for many tunnels (tsp-template(7))
 *
 * Standard input has a line for each tunnel; the environment has what they share.
 */
#include "tunnel/template_batch.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "lib/file.h"
#include "lib/log.h"
#include "tunnel/environment.h"

#define LINES_PER_RUN 256 /* lines of a batch per template_seconds */

/*
 * Columns of a line: the variables that environment_tunnel() sets, in its order. The
 * seventh had a meaning once; it holds "-", so that templates find the others.
 */
static const char *const columns[] = {
	"TSP_TUNNEL_MODE",
	"TSP_HOST_TYPE",
	"TSP_TUNNEL_INTERFACE",
	"TSP_SERVER_ADDRESS_IPV4",
	"TSP_CLIENT_ADDRESS_IPV4",
	"TSP_CLIENT_PORT",
	"TSP_UNUSED",
	"TSP_SERVER_ADDRESS_IPV6",
	"TSP_CLIENT_ADDRESS_IPV6",
	"TSP_PREFIX",
	"TSP_PREFIXLEN",
	"TSP_USERID",
	"TSP_CLIENT_DNS_NAME",
	"TSP_LEASE",
	"TSP_LEASE_EXPIRES",
	"TSP_KEEPALIVE_ADDRESS_IPV6",
};

#define COLUMNS (sizeof(columns) / sizeof(columns[0]))

/**
 * write_line() - write the variables of a tunnel as a line
 * @lines:	File
 * @tunnel:	Tunnel
 *
 * A blank stands between columns, "-" for a variable that is not set. No value has a blank
 * in it, and no value is "-".
 *
 * Return: 0; -1 with E2BIG, logged
 */
static int write_line(FILE *lines, const struct tunnel *tunnel)
{
	struct environment env = {.count = 0};
	size_t i, at = 0;

	environment_tunnel(&env, tunnel);
	if (environment_check(&env))
		return -1;
	for (i = 0; i < COLUMNS; i++) {
		size_t len = strlen(columns[i]);
		bool set = at < env.count && !strncmp(env.list[at], columns[i], len) &&
			   env.list[at][len] == '=';

		fputs(set ? env.list[at++] + len + 1 : "-", lines);
		putc(i + 1 < COLUMNS ? ' ' : '\n', lines);
	}
	return 0;
}

/** fill_file() - write a line for each tunnel and rewind; 0, or -1 with errno */
static int fill_file(FILE *lines, const struct tunnel *tunnels, size_t count)
{
	size_t i;

	for (i = 0; i < count; i++) {
		if (write_line(lines, &tunnels[i]))
			return -1;
	}
	return fflush(lines) || ferror(lines) || lseek(fileno(lines), 0, SEEK_SET) ? -1
										   : 0;
}

/** write_lines() - make a file in memory with a line for each tunnel; NULL with errno */
static FILE *write_lines(const struct tunnel *tunnels, size_t count)
{
	FILE *lines = file_stream(memfd_create("batch", MFD_CLOEXEC), "w");

	if (!lines)
		return NULL;
	if (fill_file(lines, tunnels, count)) {
		int saved = errno;

		fclose(lines);
		errno = saved;
		return NULL;
	}
	return lines;
}

/**
 * template_batch_start() - start the template for many tunnels
 * @script:	Result, for script_wait_over() and script_end()
 * @config:	Configuration; its template declares TSP-Batch, see modes.c
 * @operation:	TEMPLATE_BATCH or TEMPLATE_BATCH_INFO
 * @tunnels:	Tunnels
 * @count:	Their number, at most TEMPLATE_BATCH_MAX
 * @output:	What it prints; as much as there is room for
 *
 * Return: 0; -1 with errno
 */
int template_batch_start(struct script *script, const struct config *config,
			 enum template_operation operation, const struct tunnel *tunnels,
			 size_t count, struct buf *output)
{
	unsigned seconds =
		config->template_seconds * (unsigned)(1 + count / LINES_PER_RUN);
	struct environment env = {.count = 0};
	FILE *lines;
	int r, saved;

	if (environment_many(&env, config, operation))
		return -1;
	lines = write_lines(tunnels, count);
	if (!lines)
		return -1;
	r = script_start(script, config->template, env.list, seconds, fileno(lines),
			 output);
	saved = errno;
	fclose(lines); /* the script has its own descriptor */
	errno = saved;
	return r;
}

/**
 * template_batch() - run the template once for many tunnels and wait for it
 *
 * Arguments are those of template_batch_start(); @output may be NULL: only to the log.
 *
 * Return: 0: done for all; -1 with errno, logged: for some maybe, for some not
 */
int template_batch(const struct config *config, enum template_operation operation,
		   const struct tunnel *tunnels, size_t count, struct buf *output)
{
	char own[TEMPLATE_TEXT];
	struct buf text = BUF_ON(own);
	struct script script;

	if (!output)
		output = &text;
	if (template_batch_start(&script, config, operation, tunnels, count, output)) {
		log_msg(LOG_NOTICE, "%s: cannot be started for many tunnels: %m",
			config->template);
		return -1;
	}
	script_wait_over(&script);
	if (!script_end(&script)) {
		if (output == &text)
			template_log_output(LOG_DEBUG, "many tunnels", output,
					    TEMPLATE_ALL_LINES);
		return 0;
	}
	log_msg(LOG_NOTICE, "%s: %s for %zu tunnels %s", config->template,
		environment_operation(operation), count, script.fault);
	template_log_output(LOG_NOTICE, "many tunnels", output, TEMPLATE_TAIL_LINES);
	errno = EIO;
	return -1;
}
