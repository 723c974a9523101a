/* SPDX-License-Identifier: MIT */
/*
 * datapath_state.c - what tsp-datapath finds missing or changed
 *
 * Only root can see which programs are attached where, and only a template that says
 * "# TSP-Datapath: yes" depends on them.
 */
#include "upkeep/datapath_state.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "lib/file.h"
#include "tunnel/modes.h"
#include "upkeep/lines.h"

#define PROGRAM "tsp-datapath"

/** is_wrong() - the line says that something is not as it should be */
static bool is_wrong(const char *line)
{
	return !strncmp(line, "missing ", 8) || !strncmp(line, "changed ", 8) ||
	       strstr(line, "not attached") || strstr(line, "of an earlier start") ||
	       strstr(line, "not started");
}

/** copy_line() - a line with single blanks */
static void copy_line(char out[DATAPATH_STATE_LEN], const char *line)
{
	size_t len = 0;

	for (; *line && len + 1 < DATAPATH_STATE_LEN; line++) {
		if (*line != ' ' || (len && out[len - 1] != ' '))
			out[len++] = *line;
	}
	out[len] = '\0';
}

/** note() - lines_visitor() */
static int note(void *context, char *line)
{
	struct datapath_state *s = context;

	if (is_wrong(line) && s->count < DATAPATH_STATE_LINES)
		copy_line(s->lines[s->count++], line);
	return 0;
}

/** find_program() - tsp-datapath beside this program, else by PATH */
static const char *find_program(char out[PATH_MAX])
{
	return file_beside_program(PROGRAM, out) || access(out, X_OK) ? PROGRAM : out;
}

/**
 * datapath_state_read() - ask tsp-datapath
 * @config:	Configuration
 * @out:	Result; empty if nothing is wrong, the template needs no data path, or this
 *		process is not root's
 */
void datapath_state_read(const struct config *config, struct datapath_state *out)
{
	char path[PATH_MAX];
	const char *argv[] = {find_program(path), "-c", config->path, "status", NULL};
	int status;

	out->count = 0;
	if (geteuid() || access(config->template, R_OK) ||
	    !modes_datapath_declared(config->template))
		return;
	status = lines_each(argv, note, out);
	if (status > 1 && !out->count)
		snprintf(out->lines[out->count++], DATAPATH_STATE_LEN,
			 "'" PROGRAM " status' fails with exit status %d", status);
	else if (status < 0)
		snprintf(out->lines[out->count++], DATAPATH_STATE_LEN,
			 PROGRAM " cannot be started: %m");
}
