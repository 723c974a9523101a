/* SPDX-License-Identifier: MIT */
/*
 * template.c - tspctl template test: test a template where it can do no harm
 *
 * A process enters a network namespace (netspace.c), describes tunnels for made-up clients
 * and tests the template with them (suite.c). It can build the tunnels of all active leases
 * there, too (real.c).
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

#include "alloc/ranges.h"
#include "alloc/store.h"
#include "conformance/real.h"
#include "conformance/suite.h"
#include "ctl/ui/options.h"
#include "ctl/ui/output.h"
#include "lib/array.h"
#include "lib/log.h"
#include "lib/prefix.h"
#include "tunnel/modes.h"

/** struct leases - active leases of this server */
struct leases {
	enum pool_kind pool; /* that is being read */
	struct store_ref *refs;
	size_t count, size;
};

/** add_lease() - table_visitor(): an active lease; -1 without memory */
static int add_lease(uint32_t number, const struct lease *lease, const char *why,
		     void *context)
{
	struct leases *l = context;
	struct store_ref *more, ref;

	(void)number;
	(void)why;
	if (!lease)
		return 0;
	ref = (struct store_ref){.pool = l->pool, .lease = *lease};
	lease_settle(&ref.lease);
	if (!lease_is_active(&ref.lease, store_clock()))
		return 0;
	more = array_room(l->refs, l->count, &l->size, sizeof(*more));
	if (!more)
		return -1;
	l->refs = more;
	l->refs[l->count++] = ref;
	return 0;
}

/** read_pool() - read the active leases of a pool; 0, or -1, reported */
static int read_pool(const struct config *config, struct leases *l)
{
	char path[PATH_MAX];
	struct table t;
	int r;

	if (pool_path(config, l->pool, path))
		return -1;
	if (table_open_for(&t, path, l->pool, TABLE_READ)) {
		if (errno == ENOENT)
			log_msg(LOG_ERR, TABLE_NO_FILE, path);
		return -1;
	}
	r = ranges_check(&t, config, RANGES_MOVE) || table_each(&t, add_lease, l) ? -1
										  : 0;
	table_close(&t);
	return r;
}

/** read_leases() - read all active leases; 0, or -1, reported */
static int read_leases(const struct config *config, struct leases *l)
{
	int r = 0;

	POOL_EACH(kind) {
		l->pool = kind;
		if (!r && pool_config(config, kind)->present)
			r = read_pool(config, l);
	}
	return r;
}

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

/** test_leases() - build the tunnels of all active leases; an exit status, reported */
static int test_leases(struct suite *s, const struct leases *l, struct tap *tap)
{
	struct tunnel *tunnels = calloc(l->count + 1, sizeof(*tunnels));
	char name[64];
	size_t i, failed;

	if (!tunnels) {
		log_msg(LOG_ERR, "%m");
		return CTL_ERROR;
	}
	for (i = 0; i < l->count; i++)
		tunnel_describe(&s->config, l->refs[i].pool, &l->refs[i].lease,
				&l->refs[i].lease.tunnel, s->config.address, &tunnels[i]);
	failed = real_build(&s->config, tunnels, l->count);
	snprintf(name, sizeof(name), "the tunnels of all %zu active leases", l->count);
	tap_test(tap, !failed, name, NULL);
	if (failed)
		printf("# %zu of them could not be built\n", failed);
	free(tunnels);
	return CTL_OK;
}

/** test_types() - all tests for each type of tunnel that the template declares */
static int test_types(struct suite *s, const struct leases *leases)
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
	if (!r && leases)
		r = test_leases(s, leases, &tap);
	if (r)
		return r;
	printf("1..%u\n# %u failed\n", tap.number, tap.failed);
	return tap.failed ? CTL_FAILED : CTL_OK;
}

/** test() - test in a child process; its exit status */
static int test(struct suite *s, const struct leases *leases)
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
		status = test_types(s, leases);
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
	static struct leases leases;
	bool real = false;
	const struct option_spec specs[] = {
		{"verbose", OPTION_FLAG, &suite.verbose, 0, 0},
		{"leases", OPTION_FLAG, &real, 0, 0},
	};
	int r, at = options_parse(ctl, argc, argv, specs, 2, 1, 2);

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
	if (real && read_leases(&ctl->config, &leases))
		return CTL_ERROR;
	r = test(&suite, real ? &leases : NULL);
	free(leases.refs);
	return r;
}
