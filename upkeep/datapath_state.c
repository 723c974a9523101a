/* SPDX-License-Identifier: MIT */
/*
 * datapath_state.c - what tsp-datapath finds missing or changed
 *
 * Only root can see which programs are attached where, and only a template that says
 * "# TSP-Datapath: yes" depends on them.
 */
#include "upkeep/datapath_state.h"

#include <stdio.h>
#include <unistd.h>

#include "lib/file.h"
#include "tunnel/modes.h"
#include "upkeep/lines.h"

#define PROGRAM "tsp-datapath"

/** note() - lines_visitor(): a fault; the last line is for a failure of the program itself */
static int note(void *context, char *line)
{
	struct datapath_state *s = context;

	if (s->count < DATAPATH_STATE_LINES - 1)
		snprintf(s->lines[s->count++], DATAPATH_STATE_LEN, "%s", line);
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
	const char *program = find_program(path);
	const char *argv[] = {program, "-c", config->path, "status", "--faults", NULL};
	int status;

	out->count = 0;
	if (geteuid() || access(config->template, R_OK) ||
	    !modes_datapath_declared(config->template))
		return;
	status = lines_each(argv, note, out);
	if (status > 1)
		snprintf(out->lines[out->count++], DATAPATH_STATE_LEN,
			 "'" PROGRAM " status' fails with exit status %d", status);
	else if (status < 0)
		snprintf(out->lines[out->count++], DATAPATH_STATE_LEN,
			 PROGRAM " cannot be started: %m");
}
