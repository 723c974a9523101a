/* SPDX-License-Identifier: MIT */
/* setup.c - tsp-handler -n: check everything that the configuration names */
#include "upkeep/setup.h"

#include <arpa/inet.h>
#include <errno.h>
#include <pwd.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "alloc/ranges.h"
#include "auth/users.h"
#include "lib/addr.h"
#include "lib/log.h"
#include "lib/special.h"
#include "tunnel/modes.h"
#include "tunnel/server_end.h"
#include "upkeep/datapath_state.h"
#include "upkeep/missing.h"
#include "upkeep/setup_access.h"
#include "upkeep/setup_onlink.h"
#include "upkeep/setup_kernel.h"

#define KEEPALIVE_MAX 60         /* seconds between pings of tunnels in UDP */
#define OUTSIDE       0xc0000909 /* 192.0.0.9: globally unique, and nobody's: RFC 7723 */
#define UNIT_DROP_IN  "/etc/systemd/system/tsp@.service.d/with-net-admin.conf"

/** complain() - one finding: which key, what is wrong, the value, and the cure; counts one */
static int complain(const struct config *c, const char *key, const char *why,
		    const char *value, const char *cure)
{
	log_msg(LOG_ERR, "%s: %s: %s: '%s': %s", c->path, key, why, value, cure);
	return 1;
}

static int check_user(const struct config *c)
{
	return getpwnam(c->user) ? 0
				 : complain(c, "user", "no such user", c->user,
					    "'systemd-sysusers' makes user tsp");
}

static int check_template(const struct config *c)
{
	struct stat st;

	if (stat(c->template, &st))
		return complain(c, "template", strerror(errno), c->template,
				"correct the path");
	if (!S_ISREG(st.st_mode) || !(st.st_mode & 0111))
		return complain(c, "template", "not an executable file", c->template,
				"'chmod 755', or correct the path");
	/* Anyone who can write it runs code with CAP_NET_ADMIN */
	if (st.st_mode & 0002)
		return complain(c, "template", "everybody may write it", c->template,
				"'chmod 755'");
	return 0;
}

/** check_kernel() - the kernel can make the template's devices */
static int check_kernel(const struct config *c)
{
	char kind[MODES_WORD], why[64];

	if (access(c->template, R_OK) || !setup_kernel_lacks(c->template, kind))
		return 0;
	snprintf(why, sizeof(why), "this kernel cannot make a device of kind '%s'", kind);
	return complain(c, "template", why, c->template,
			"take another template, or another kernel");
}

/**
 * check_keepalive() - with tunnels in UDP, clients ping often enough
 *
 * A NAT forgets an idle mapping, and a client is not present when it was not heard for two
 * minutes.
 */
static int check_keepalive(const struct config *c)
{
	char value[12];

	if (c->keepalive_seconds <= KEEPALIVE_MAX || access(c->template, R_OK) ||
	    !modes_declared(c->template, TUNNEL_V6UDPV4))
		return 0;
	snprintf(value, sizeof(value), "%u", c->keepalive_seconds);
	return complain(c, "keepalive",
			"over 60 seconds, and the template builds v6udpv4", value,
			"30 suits most clients");
}

/**
 * note_capability() - say how units give the template the capability that it needs
 *
 * A notice and no finding: inetd, a listener in a terminal or units of the operator's do
 * without the drop-in.
 */
static void note_capability(const struct config *c)
{
	if (access(c->template, R_OK) || !modes_net_admin_needed(c->template) ||
	    !access(UNIT_DROP_IN, F_OK))
		return;
	log_msg(LOG_NOTICE,
		"%s: template: needs CAP_NET_ADMIN, which the units do not give; run %s: "
		"'%s'",
		c->path, NET_ADMIN, c->template);
}

/** is_session_user() - this process has the rights of sessions, or is root */
static bool is_session_user(const struct config *c)
{
	struct passwd *pw = getpwnam(c->user);

	return geteuid() == 0 || (pw && geteuid() == pw->pw_uid);
}

/** check_local() - tunnels end at an address of this machine */
static int check_local(const struct config *c)
{
	char local[INET_ADDRSTRLEN];

	if (!c->local.s_addr || server_end_is_here(c->local))
		return 0;
	addr_format4(c->local, local);
	return complain(c, "local", "this machine has no such address", local,
			"correct it, or leave it out");
}

/** note_private() - clients from the Internet may be told a private address */
static void note_private(const struct config *c, struct in_addr here)
{
	char local[INET_ADDRSTRLEN];

	if (c->accept_count || !special_ipv4_is_private(here))
		return;
	addr_format4(here, local);
	log_msg(LOG_NOTICE,
		"%s: address: not set: clients are told the address that they connect "
		"to; "
		"this machine's is '%s', so behind a translation set the public one",
		c->path, local);
}

/**
 * note_address() - say which end of tunnels clients are told, and which this machine has
 *
 * Only the operator can tell a translation in front of the server from a typing error.
 */
static void note_address(const struct config *c)
{
	struct in_addr here = c->local, outside = {.s_addr = htonl(OUTSIDE)};
	char local[INET_ADDRSTRLEN], told[INET_ADDRSTRLEN];

	if (c->local.s_addr && !server_end_is_here(c->local))
		return; /* a mistake */
	if (!here.s_addr)
		here = server_end_toward(outside);
	if (!c->address.s_addr && here.s_addr && !c->local.s_addr)
		note_private(c, here);
	if (!c->address.s_addr || c->address.s_addr == c->local.s_addr ||
	    server_end_is_here(c->address))
		return;
	addr_format4(here, local);
	addr_format4(c->address, told);
	log_msg(LOG_NOTICE,
		"%s: address: not an address of this machine: a translation is in front "
		"of it, and tunnels end at '%s' (%s): '%s'; without one, correct it",
		c->path, here.s_addr ? local : "no address yet",
		c->local.s_addr ? "local" : "by the route", told);
}

/** note_datapath() - say what the data path lacks, or was not started with */
static void note_datapath(const struct config *c)
{
	static struct datapath_state s;
	size_t i;

	datapath_state_read(c, &s);
	for (i = 0; i < s.count; i++)
		log_msg(LOG_NOTICE, "data path: %s", s.lines[i]);
}

static int check_users(const struct config *c)
{
	int mistakes;

	if (!(c->mechanisms & (MECHANISM_PLAIN | MECHANISM_DIGEST_MD5)))
		return 0;
	mistakes = users_check(c->users, c->realm, c->domain);
	/* readers of leases may run tspctl status, and not read passwords */
	if (mistakes < 0 && errno == EACCES && !is_session_user(c))
		return 0;
	if (mistakes >= 0)
		return mistakes;
	return complain(c, "users", strerror(errno), c->users,
			errno == ENOENT ? "'tspctl user add USER' makes it"
					: "correct the path");
}

static int check_state(const struct config *c)
{
	struct stat st;

	/* without a directory no file is there: check_pool() says what to do */
	if (stat(c->state, &st))
		return errno == ENOENT ? 0
				       : complain(c, "state", strerror(errno), c->state,
						  "correct the path");
	return S_ISDIR(st.st_mode) ? 0
				   : complain(c, "state", "not a directory", c->state,
					      "correct the path");
}

/** say_missing() - report a missing allocation file; counts one */
static int say_missing(const struct config *c, enum pool_kind kind)
{
	static char text[MISSING_TEXT];

	missing_explain(c, kind, text);
	log_msg(LOG_ERR, "%s", text);
	return 1;
}

/** check_pool() - the allocation file is there, and made for these ranges */
static int check_pool(const struct config *c, enum pool_kind kind)
{
	struct table table;
	char path[PATH_MAX];
	int findings;

	if (!pool_config(c, kind)->present)
		return 0;
	if (pool_path(c, kind, path))
		return 1;
	if (table_open_for(&table, path, kind, TABLE_READ))
		return errno == ENOENT ? say_missing(c, kind) : 1; /* others are logged */
	if (table.damage)
		log_msg(LOG_ERR, "%s: %s; see 'tspctl check'", path, table.damage);
	findings = table.damage || ranges_check(&table, c, RANGES_MOVE) ? 1 : 0;
	if (!findings && kind == POOL_USERS &&
	    table.capacity > config_pool_room(&c->users_pool)) {
		log_msg(LOG_ERR,
			"%s: has %u leases, [pool users] addresses for %u: 'tspctl "
			"resize "
			"users %u'",
			path, table.capacity, config_pool_room(&c->users_pool),
			config_pool_room(&c->users_pool));
		findings = 1;
	}
	table_close(&table);
	return findings;
}

/** note_clients() - say what breaks clients in the field, though it is no mistake (docs/clients.md) */
static void note_clients(const struct config *c)
{
	if (access(c->template, R_OK) || !modes_declared(c->template, TUNNEL_V6UDPV4))
		return;
	if (!c->dns_count)
		log_msg(LOG_NOTICE,
			"%s: dns: is not set: gogoc crashes if an offer of v6udpv4 names "
			"no "
			"server",
			c->path);
	if (!c->keepalive_seconds)
		log_msg(LOG_NOTICE,
			"%s: keepalive: is 0: tunnels in UDP that carry nothing end "
			"after "
			"two minutes, and clients do not notice",
			c->path);
}

/**
 * setup_mistakes() - look at user, template, users file, addresses and rights
 * @config:	A configuration that loaded without a mistake
 *
 * Return: number of mistakes, each of them logged
 */
int setup_mistakes(const struct config *config)
{
	return check_user(config) + check_template(config) + check_kernel(config) +
	       check_local(config) + check_keepalive(config) + check_users(config) +
	       check_state(config) + setup_access_check(config);
}

/**
 * setup_check() - setup_mistakes(), allocation files, and notices
 * @config:	A configuration that loaded without a mistake
 *
 * Return: number of mistakes, each of them logged
 */
int setup_check(const struct config *config)
{
	int mistakes = setup_mistakes(config);

	config_notices(config);
	note_address(config);
	setup_onlink_note(config);
	note_capability(config);
	note_clients(config);
	note_datapath(config);
	POOL_EACH(kind)
		mistakes += check_pool(config, kind);
	return mistakes;
}
