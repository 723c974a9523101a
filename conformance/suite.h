/* SPDX-License-Identifier: MIT */
/* suite.h - the tests that a template must pass to keep the contract of tsp-template(7) */
#ifndef CONFORMANCE_SUITE_H
#define CONFORMANCE_SUITE_H

#include "conformance/netspace.h"
#include "conformance/snapshot.h"
#include "lib/buf.h"
#include "tunnel/tunnel.h"

#define SUITE_AT_ONCE 4
#define SUITE_SAID    8192 /* bytes */

/** enum suite_tunnel - the tunnels of the tests */
enum suite_tunnel {
	SUITE_OTHER,     /* another client's; it stays all the time */
	SUITE_ROUTER,    /* a user's, with a prefix */
	SUITE_MOVED,     /* the same from another IPv4 address */
	SUITE_HOST,      /* the same without the prefix */
	SUITE_ANONYMOUS, /* of a client without an account */
	SUITE_CROWD,     /* of SUITE_AT_ONCE users */
	SUITE_TUNNELS = SUITE_CROWD + SUITE_AT_ONCE,
};

/**
 * struct suite_report - receives the results
 * @test:	A test is over; @skipped says why it was not done, NULL: it was
 * @note:	A line that explains the last test
 * @context:	For both
 */
struct suite_report {
	void (*test)(void *context, bool ok, const char *name, const char *skipped);
	void (*note)(void *context, const char *line);
	void *context;
};

/**
 * struct suite - the tests of one template
 * @config:	Configuration, which names the template
 * @netspace:	The network namespace that this process has entered
 * @tunnels:	Tunnels, described by the caller
 * @report:	Receives the results
 * @empty:	State before the first run
 * @before:	State with only the other client's tunnel
 * @built:	State with the router's tunnel too
 * @said:	Faults and last lines of output of the last run, or runs, that failed
 * @verbose:	Report what the template builds, too
 * @broken:	The state could not be read: nothing is reported any more
 */
struct suite {
	struct config config;
	struct netspace netspace;
	struct tunnel tunnels[SUITE_TUNNELS];
	const struct suite_report *report;
	struct snapshot empty, before, built;
	struct buf said;
	bool verbose, broken;
};

/** enum suite_result - how suite_run() ended */
enum suite_result {
	SUITE_DONE,   /* all tests were done */
	SUITE_BAILED, /* a first creation failed: the other tests cannot run */
	SUITE_BROKEN, /* failure at run time, logged */
};

enum suite_result suite_run(struct suite *s);

#endif
