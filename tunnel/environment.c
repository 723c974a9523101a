/* SPDX-License-Identifier: MIT */
/*
 * environment.c - the variables that a template gets: the contract of tsp-template(7)
 *
 * A template must not run without a variable of the contract: one that does not fit is an
 * error, and nothing is started.
 */
#include "tunnel/environment.h"

#include <errno.h>
#include <string.h>

#include "lib/addr.h"
#include "lib/format.h"
#include "lib/log.h"

static const char *const operations[] = {
	[TEMPLATE_CREATION] = "TSP_TUNNEL_CREATION",
	[TEMPLATE_TEARDOWN] = "TSP_TUNNEL_TEARDOWN",
	[TEMPLATE_INFO] = "TSP_TUNNEL_INFO",
	[TEMPLATE_BATCH] = "TSP_TUNNEL_BATCH",
	[TEMPLATE_BATCH_INFO] = "TSP_TUNNEL_BATCH_INFO",
	[TEMPLATE_LIST] = "TSP_TUNNEL_LIST",
};

/** environment_operation() - the value of TSP_OPERATION */
const char *environment_operation(enum template_operation operation)
{
	return operations[operation];
}

/**
 * environment_add() - set a variable
 * @env:	Environment
 * @name:	Name; must stay valid
 * @value:	Value; an empty one leaves the variable unset
 *
 * A variable that does not fit is remembered for environment_check().
 */
void environment_add(struct environment *env, const char *name, const char *value)
{
	size_t name_len = strlen(name), len = strlen(value);
	char *to = env->space + env->used;

	if (!len)
		return;
	if (name_len + len + 2 > sizeof(env->space) - env->used ||
	    env->count == ENVIRONMENT_MAX) {
		env->left_out = env->left_out ? env->left_out : name;
		return;
	}
	env->list[env->count++] = to;
	env->list[env->count] = NULL;
	memcpy(to, name, name_len);
	to[name_len] = '=';
	memcpy(to + name_len + 1, value, len + 1);
	env->used += name_len + len + 2;
}

static void add_number(struct environment *env, const char *name, unsigned long value)
{
	char text[FORMAT_U64_LEN];

	format_u64(value, text);
	environment_add(env, name, text);
}

/** add_ipv4() - set an address; 0.0.0.0 leaves the variable unset */
static void add_ipv4(struct environment *env, const char *name, struct in_addr a)
{
	char text[INET_ADDRSTRLEN] = "";

	if (a.s_addr)
		addr_format4(a, text);
	environment_add(env, name, text);
}

static void add_ipv6(struct environment *env, const char *name, const struct in6_addr *a)
{
	char text[INET6_ADDRSTRLEN];

	addr_format6(a, text);
	environment_add(env, name, text);
}

/** add_server_port() - our end of tunnels in UDP */
static void add_server_port(struct environment *env, unsigned port)
{
	add_number(env, "TSP_SERVER_PORT", port);
}

/** add_common() - what all tunnels share */
static void add_common(struct environment *env, const struct config *config,
		       enum template_operation operation)
{
	environment_add(env, "PATH", SCRIPT_PATH);
	environment_add(env, "TSP_OPERATION", operations[operation]);
	environment_add(env, "TSP_DEVICE", config->device);
	add_number(env, "TSP_TUNNEL_PREFIXLEN", POOL_LINK_LEN);
	if (config->keepalive_seconds)
		add_number(env, "TSP_KEEPALIVE_INTERVAL", config->keepalive_seconds);
}

/**
 * environment_tunnel() - set the variables that differ between tunnels
 * @env:	Environment
 * @t:		Tunnel
 *
 * Their order is that of the columns of a batch (template_batch.c).
 */
void environment_tunnel(struct environment *env, const struct tunnel *t)
{
	environment_add(env, "TSP_TUNNEL_MODE", tunnel_type_name(t->mode));
	environment_add(env, "TSP_HOST_TYPE", t->ipv6.prefix.len ? "router" : "host");
	environment_add(env, "TSP_TUNNEL_INTERFACE", t->interface);
	add_ipv4(env, "TSP_SERVER_ADDRESS_IPV4", t->local_ipv4);
	add_ipv4(env, "TSP_CLIENT_ADDRESS_IPV4", t->client.addr);
	if (t->mode == TUNNEL_V6UDPV4)
		add_number(env, "TSP_CLIENT_PORT", t->client.port);
	add_ipv6(env, "TSP_SERVER_ADDRESS_IPV6", &t->ipv6.server);
	add_ipv6(env, "TSP_CLIENT_ADDRESS_IPV6", &t->ipv6.client);
	if (t->ipv6.prefix.len) {
		add_ipv6(env, "TSP_PREFIX", &t->ipv6.prefix.addr);
		add_number(env, "TSP_PREFIXLEN", t->ipv6.prefix.len);
	}
	environment_add(env, "TSP_USERID", t->user);
	environment_add(env, "TSP_CLIENT_DNS_NAME", t->name);
	add_number(env, "TSP_LEASE", t->number);
	add_number(env, "TSP_LEASE_EXPIRES", (unsigned long)t->expires);
	if (!IN6_IS_ADDR_UNSPECIFIED(&t->keepalive))
		add_ipv6(env, "TSP_KEEPALIVE_ADDRESS_IPV6", &t->keepalive);
}

/**
 * environment_one() - set all variables of a run for one tunnel
 * @env:	Environment
 * @config:	Configuration: keepalive_seconds
 * @operation:	What the template is to do
 * @t:		Tunnel
 *
 * Return: as environment_check()
 */
int environment_one(struct environment *env, const struct config *config,
		    enum template_operation operation, const struct tunnel *t)
{
	add_common(env, config, operation);
	if (t->mode == TUNNEL_V6UDPV4)
		add_server_port(env, t->server_port);
	environment_tunnel(env, t);
	return environment_check(env);
}

/**
 * environment_many() - set the variables of a run for many tunnels, which those share
 * @env:	Environment
 * @config:	Configuration: keepalive_seconds, udp_port
 * @operation:	What the template is to do
 *
 * Return: as environment_check()
 */
int environment_many(struct environment *env, const struct config *config,
		     enum template_operation operation)
{
	add_common(env, config, operation);
	add_server_port(env, config->udp_port);
	return environment_check(env);
}

/**
 * environment_list() - set the variables of a run that lists all tunnels
 * @env:	Environment
 * @config:	Configuration, as for environment_many()
 * @counters:	Counters are wanted, too
 *
 * Return: as environment_check()
 */
int environment_list(struct environment *env, const struct config *config, bool counters)
{
	if (counters)
		environment_add(env, "TSP_LIST_COUNTERS", "yes");
	return environment_many(env, config, TEMPLATE_LIST);
}

/**
 * environment_check() - all variables are there
 * @env:	Environment
 *
 * Return: 0; -1 with E2BIG, logged with the name, when a variable did not fit
 */
int environment_check(const struct environment *env)
{
	if (!env->left_out)
		return 0;
	log_msg(LOG_ERR, "template: the environment has no room for %s", env->left_out);
	errno = E2BIG;
	return -1;
}
