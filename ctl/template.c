/* SPDX-License-Identifier: MIT */
/*
 * template.c - tspctl template test: test a template where it can do no harm
 *
 * A process enters a network namespace (netspace.c), describes tunnels for made-up clients
 * and tests the template with them (suite.c).
 */
#include <arpa/inet.h>
#include <errno.h>
#include <pwd.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "conformance/suite.h"
#include "ctl/ui/options.h"
#include "ctl/ui/output.h"
#include "lib/log.h"
#include "lib/prefix.h"
#include "tunnel/modes.h"

/** complete() - fill in what tunnels need and the configuration lacks */
static void complete(struct config *c)
{
	if (!c->address.s_addr)
		inet_pton(AF_INET, "192.0.2.1", &c->address);
	c->local = c->address; /* which the private network has */
	if (!c->users_pool.present)
		prefix6_parse("2001:db8:ffff::/64", &c->users_pool.link);
	if (!c->users_pool.present || !c->users_pool.prefix.len) {
		prefix6_parse("2001:db8:1000::/36", &c->users_pool.prefix);
		c->users_pool.delegate = 56;
	}
	if (!c->anonymous_pool.present)
		prefix6_parse("2001:db8:a::/64", &c->anonymous_pool.link);
}

/** describe() - describe a tunnel of the tests */
static void describe(struct suite *s, enum tunnel_type mode, unsigned who,
		     enum pool_kind pool, uint32_t number, const char *ipv4, bool router)
{
	const struct config *c = &s->config;
	struct lease lease = {.number = number, .state = LEASE_PRESENT};

	snprintf(lease.owner, sizeof(lease.owner), "user%u", number);
	lease.tunnel.mode = mode;
	lease.tunnel.prefix_len = router ? c->users_pool.delegate : 0;
	lease.tunnel.expires = time(NULL) + (time_t)c->lifetime_minutes * 60;
	inet_pton(AF_INET, ipv4, &lease.tunnel.endpoint.addr);
	if (mode == TUNNEL_V6UDPV4)
		lease.tunnel.endpoint.port = (uint16_t)(40000 + who);
	tunnel_describe(c, pool, &lease, &lease.tunnel, c->address, &s->tunnels[who]);
}

static void describe_all(struct suite *s, enum tunnel_type mode)
{
	char ipv4[INET_ADDRSTRLEN];
	uint32_t i;

	describe(s, mode, SUITE_OTHER, POOL_USERS, 1, "198.51.100.1", true);
	describe(s, mode, SUITE_ROUTER, POOL_USERS, 2, "198.51.100.2", true);
	describe(s, mode, SUITE_MOVED, POOL_USERS, 2, "203.0.113.2", true);
	describe(s, mode, SUITE_HOST, POOL_USERS, 2, "198.51.100.2", false);
	describe(s, mode, SUITE_ANONYMOUS, POOL_ANONYMOUS, 3, "198.51.100.3", false);
	for (i = 0; i < SUITE_AT_ONCE; i++) {
		snprintf(ipv4, sizeof(ipv4), "198.51.100.%u", 4 + i);
		describe(s, mode, SUITE_CROWD + i, POOL_USERS, 4 + i, ipv4, i % 2);
	}
}

/** struct tap - the report as a TAP stream */
struct tap {
	unsigned number, failed;
};

/** tap_test() - suite_report's test() */
static void tap_test(void *context, bool ok, const char *name, const char *skipped)
{
	struct tap *tap = context;

	printf("%sok %u - %s", ok ? "" : "not ", ++tap->number, name);
	if (skipped)
		printf(" # SKIP %s", skipped);
	putchar('\n');
	tap->failed += !ok;
}

/** tap_note() - suite_report's note() */
static void tap_note(void *context, const char *line)
{
	(void)context;
	printf("# %s\n", line);
}

/** end_children() - kill processes that a template left running: they became our children */
static void end_children(void)
{
	char path[64];
	int pid;
	FILE *f;

	snprintf(path, sizeof(path), "/proc/self/task/%d/children", (int)getpid());
	f = fopen(path, "re");
	while (f && fscanf(f, "%d", &pid) == 1)
		kill(pid, SIGKILL);
	if (f)
		fclose(f);
}

/** enter() - enter a network namespace as the template's user; an exit status, reported */
static int enter(struct suite *s)
{
	char path[PATH_MAX];
	struct passwd *pw;

	strcpy(path, s->config.template);
	complete(&s->config);
	if (netspace_enter(&s->netspace, &s->config))
		return CTL_ERROR;
	log_open_tool("tspctl"); /* the journal is out of reach: nothing here is for it */
	pw = getpwuid(geteuid()); /* cppcheck-suppress getpwuidCalled */
	printf("# %s, run by user %s in a separate network\n", path,
	       pw ? pw->pw_name : "?");
	if (!access(s->config.template, X_OK))
		return CTL_OK;
	log_msg(LOG_ERR, "%s: cannot be run by that user: %m", path);
	return CTL_FAILED;
}

/** test_type() - all tests with tunnels of one type; an exit status, reported */
static int test_type(struct suite *s, enum tunnel_type type)
{
	printf("# %s\n", tunnel_type_name(type));
	describe_all(s, type);
	switch (suite_run(s)) {
	case SUITE_DONE:
		return CTL_OK;
	case SUITE_BAILED:
		printf("Bail out! The other tests need this one.\n");
		return CTL_FAILED;
	case SUITE_BROKEN:
		break;
	}
	return CTL_ERROR;
}

/** test_types() - all tests for each type of tunnel that the template declares */
static int test_types(struct suite *s)
{
	static struct tap tap;
	static const struct suite_report report = {
		.test = tap_test, .note = tap_note, .context = &tap};
	enum tunnel_type type;
	int r = enter(s);

	s->report = &report;
	for (type = TUNNEL_V6V4; !r && type < TUNNEL_BUILT; type++) {
		if (modes_declared(s->config.template, type))
			r = test_type(s, type);
	}
	if (r)
		return r;
	printf("1..%u\n# %u failed\n", tap.number, tap.failed);
	return tap.failed ? CTL_FAILED : CTL_OK;
}

/** test() - test in a child process; its exit status */
static int test(struct suite *s)
{
	int status;
	pid_t tester;

	fflush(stdout);
	tester = fork();
	if (tester < 0) {
		log_msg(LOG_ERR, "no process to test with: %m");
		return CTL_ERROR;
	}
	if (tester == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		prctl(PR_SET_CHILD_SUBREAPER, 1);
		status = test_types(s);
		end_children();
		exit(output_close() ? CTL_ERROR : status);
	}
	while (waitpid(tester, &status, 0) < 0 && errno == EINTR)
		;
	return WIFEXITED(status) ? WEXITSTATUS(status) : CTL_ERROR;
}

int ctl_template(struct ctl *ctl, int argc, char **argv)
{
	static struct suite suite;
	const struct option_spec specs[] = {
		{"verbose", OPTION_FLAG, &suite.verbose, 0, 0}};
	int at = options_parse(ctl, argc, argv, specs, 1, 1, 2);

	if (at < 0)
		return CTL_USAGE;
	if (strcmp(argv[at], "test") != 0) {
		log_msg(LOG_ERR, "template: no such action: '%s'", argv[at]);
		return CTL_USAGE;
	}
	suite.config = ctl->config;
	if (at + 1 < argc && !realpath(argv[at + 1], suite.config.template)) {
		log_msg(LOG_ERR, "%s: %m", argv[at + 1]);
		return CTL_FAILED;
	}
	return test(&suite);
}
