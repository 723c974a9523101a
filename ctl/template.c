/* SPDX-License-Identifier: MIT */
/*
 * template.c - tspctl template test: try a template where it can do no harm
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
#include "tunnel/modes.h"
#include "lib/prefix.h"

/** complete() - what tunnels need and the configuration does not say */
static void complete(struct config *c)
{
	if (!c->address.s_addr)
		inet_pton(AF_INET, "192.0.2.1", &c->address);
	if (!c->users_pool.present)
		prefix6_parse("2001:db8:ffff::/64", &c->users_pool.link);
	if (!c->users_pool.present || !c->users_pool.prefix.len) {
		prefix6_parse("2001:db8:1000::/36", &c->users_pool.prefix);
		c->users_pool.delegate = 56;
	}
	if (!c->anonymous_pool.present)
		prefix6_parse("2001:db8:a::/64", &c->anonymous_pool.link);
}

/** describe() - a tunnel of the tests */
static void describe(struct suite *k, enum tunnel_type mode, unsigned who,
		     enum pool_kind pool, uint32_t number, const char *ipv4, bool router)
{
	const struct config *c = &k->config;
	struct lease lease = {.number = number, .state = LEASE_ACTIVE};

	snprintf(lease.owner, sizeof(lease.owner), "user%u", number);
	lease.tunnel.mode = mode;
	lease.tunnel.prefix_len = router ? c->users_pool.delegate : 0;
	lease.tunnel.expires = time(NULL) + (time_t)c->lifetime_minutes * 60;
	inet_pton(AF_INET, ipv4, &lease.tunnel.endpoint.addr);
	if (mode == TUNNEL_V6UDPV4)
		lease.tunnel.endpoint.port = (uint16_t)(40000 + who);
	tunnel_describe(c, pool, &lease, &lease.tunnel, c->address, &k->tunnels[who]);
}

static void describe_all(struct suite *k, enum tunnel_type mode)
{
	char ipv4[INET_ADDRSTRLEN];
	uint32_t i;

	describe(k, mode, SUITE_OTHER, POOL_USERS, 1, "198.51.100.1", true);
	describe(k, mode, SUITE_ROUTER, POOL_USERS, 2, "198.51.100.2", true);
	describe(k, mode, SUITE_MOVED, POOL_USERS, 2, "203.0.113.2", true);
	describe(k, mode, SUITE_HOST, POOL_USERS, 2, "198.51.100.2", false);
	describe(k, mode, SUITE_ANONYMOUS, POOL_ANONYMOUS, 3, "198.51.100.3", false);
	for (i = 0; i < SUITE_AT_ONCE; i++) {
		snprintf(ipv4, sizeof(ipv4), "198.51.100.%u", 4 + i);
		describe(k, mode, SUITE_CROWD + i, POOL_USERS, 4 + i, ipv4, i % 2);
	}
}

/** end_children() - what a template has left running became ours, and ends with us */
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

/** be_tester() - in a process of its own, which ends with its exit status */
static int be_tester(struct suite *k)
{
	enum tunnel_type mode;
	char path[PATH_MAX];
	struct passwd *pw;

	strcpy(path, k->config.template);
	complete(&k->config);
	if (netspace_enter(&k->world, &k->config))
		return CTL_ERROR;
	pw = getpwuid(geteuid()); /* cppcheck-suppress getpwuidCalled */
	printf("# %s, run by user %s in a network of its own\n", path,
	       pw ? pw->pw_name : "?");
	if (access(k->config.template, X_OK)) {
		log_msg(LOG_ERR, "%s: cannot be run by that user: %m", path);
		return CTL_FAILED;
	}
	for (mode = TUNNEL_V6V4; mode < TUNNEL_BUILT; mode++) {
		if (!modes_declared(k->config.template, mode))
			continue;
		printf("# %s\n", tunnel_type_name(mode));
		describe_all(k, mode);
		if (suite_run(k))
			return CTL_FAILED;
	}
	printf("1..%u\n# %u failed\n", k->number, k->failed);
	return k->failed ? CTL_FAILED : CTL_OK;
}

/** test() - start the tester and wait for it; its exit status */
static int test(struct suite *k)
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
		status = be_tester(k);
		end_children();
		exit(output_close() ? CTL_ERROR : status);
	}
	while (waitpid(tester, &status, 0) < 0 && errno == EINTR)
		;
	return WIFEXITED(status) ? WEXITSTATUS(status) : CTL_ERROR;
}

int ctl_template(struct ctl *ctl, int argc, char **argv)
{
	static struct suite kit;
	const struct option_spec specs[] = {{"verbose", OPTION_FLAG, &kit.verbose, 0, 0}};
	int at = options_parse(ctl, argc, argv, specs, 1, 1, 2);

	if (at < 0)
		return CTL_USAGE;
	if (strcmp(argv[at], "test") != 0) {
		log_msg(LOG_ERR, "template: no such action: '%s'", argv[at]);
		return CTL_USAGE;
	}
	kit.config = ctl->config;
	if (at + 1 < argc && !realpath(argv[at + 1], kit.config.template)) {
		log_msg(LOG_ERR, "%s: %m", argv[at + 1]);
		return CTL_FAILED;
	}
	return test(&kit);
}
