/* SPDX-License-Identifier: MIT */
/* template.h - run the operator's shell script that builds tunnels (tsp-template(7)) */
#ifndef TUNNEL_TEMPLATE_H
#define TUNNEL_TEMPLATE_H

#include "lib/buf.h"
#include "tunnel/script.h"
#include "tunnel/tunnel.h"

#define TEMPLATE_TEARDOWN_TIMES                                                          \
	3 /* a teardown may take that many times template_seconds */
#define TEMPLATE_TEXT       4096 /* bytes of output that are kept for the log */
#define TEMPLATE_TAIL_LINES 5    /* lines that are logged of a run that failed ... */
#define TEMPLATE_ALL_LINES  64   /* ... and of one that did not */

enum template_operation {
	TEMPLATE_CREATION,
	TEMPLATE_TEARDOWN,
	TEMPLATE_INFO,
	/* for template_batch() only */
	TEMPLATE_BATCH,      /* many creations */
	TEMPLATE_BATCH_INFO, /* the counters of many */
	TEMPLATE_LIST,       /* for listing_read() only */
};

/** struct template_run - a running template, from template_start() to template_end() */
struct template_run {
	const struct config *config;
	enum template_operation operation;
	const struct tunnel *tunnel;
	struct script script; /* for script_wait() and script_advance() */
	bool log_output;
	struct buf text;
	char own[TEMPLATE_TEXT];
};

int template_start(struct template_run *run, const struct config *config,
		   enum template_operation operation, const struct tunnel *tunnel,
		   struct buf *output);
int template_end(struct template_run *run);
int template_finish(struct template_run *run);
int template_run(const struct config *config, enum template_operation operation,
		 const struct tunnel *tunnel, struct buf *output);
void template_log_output(int priority, const char *what, const struct buf *text,
			 int lines);

#endif
