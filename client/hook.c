/* SPDX-License-Identifier: MIT */
/*
 * hook.c - run the client's template (tspc-template(7))
 *
 * A template's variables come from the settings and from an offer that trust.c accepted:
 * every value is an address, a number, or a name of a documented set of characters. The
 * names of the variables are those of tspc 2.x, gw6c and gogoc, whose templates run
 * unchanged.
 *
 * Before a template runs, its variables are written to NAME.env in the run directory; the
 * file is removed after a successful teardown. After a tspc was killed, the next one or
 * "tspc cleanup" runs the teardown with the same variables.
 */
#include "client/hook.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "client/owned.h"
#include "client/rundir.h"
#include "lib/addr.h"
#include "lib/log.h"
#include "lib/tunnel_type.h"
#include "tunnel/modes.h"
#include "tunnel/script.h"

#define HOOK_SECONDS 30
#define HOOK_OUTPUT  4096
#define ENV_MAX      32
#define ENV_SPACE    4096

#define EXIT_LACKING 69 /* sysexits(3), EX_UNAVAILABLE */

#define CREATION "TSP_OPERATION=TSP_TUNNEL_CREATION"
#define TEARDOWN "TSP_OPERATION=TSP_TUNNEL_TEARDOWN"

/** struct environment - the template's: lines of one text, each with a NUL at its end */
struct environment {
	char *list[ENV_MAX + 1];
	size_t count;
	char space[ENV_SPACE];
	struct buf text;
	bool full;
};

/** add() - a variable; an empty value means unset */
__attribute__((format(printf, 3, 4))) static void
add(struct environment *env, const char *name, const char *format, ...)
{
	char value[PATH_MAX];
	char *line = env->space + env->text.len;
	va_list args;
	int n;

	va_start(args, format);
	n = vsnprintf(value, sizeof(value), format, args);
	va_end(args);
	if (!n)
		return;
	if (n < 0 || (size_t)n >= sizeof(value) || env->count == ENV_MAX) {
		env->full = true;
		return;
	}
	buf_printf(&env->text, "%s=%s", name, value);
	buf_add(&env->text, "", 1);
	env->full |= env->text.full;
	env->list[env->count++] = line;
	env->list[env->count] = NULL;
}

static void add_ipv4(struct environment *env, const char *name, struct in_addr a)
{
	char text[INET_ADDRSTRLEN];

	addr_format4(a, text);
	if (a.s_addr)
		add(env, name, "%s", text);
}

static void add_ipv6(struct environment *env, const char *name, const struct in6_addr *a)
{
	char text[INET6_ADDRSTRLEN];

	addr_format6(a, text);
	if (!IN6_IS_ADDR_UNSPECIFIED(a))
		add(env, name, "%s", text);
}

/** add_prefix() - cut to the groups that its length needs: scripts write $TSP_PREFIX::1 */
static void add_prefix(struct environment *env, const struct prefix6 *prefix)
{
	char text[ADDR6_FULL_LEN];
	unsigned groups = (prefix->len + 15u) / 16;

	if (!prefix->len)
		return;
	addr_format6_full(&prefix->addr, text);
	add(env, "TSP_PREFIX", "%.*s", (int)(groups * 5 - 1), text);
	add(env, "TSP_PREFIXLEN", "%u", prefix->len);
}

/** add_ends() - both ends of the tunnel */
static void add_ends(struct environment *env, const struct hook_tunnel *t)
{
	const struct answer_offer *o = t->offer;

	add_ipv4(env, "TSP_CLIENT_ADDRESS_IPV4", t->own);
	add_ipv4(env, "TSP_SERVER_ADDRESS_IPV4", t->server);
	if (o->type == TUNNEL_V6UDPV4) {
		add(env, "TSP_CLIENT_PORT", "%u", t->own_port);
		add(env, "TSP_SERVER_PORT", "%u", t->server_port);
	}
	add_ipv6(env, "TSP_CLIENT_ADDRESS_IPV6", &o->client_ipv6);
	add_ipv6(env, "TSP_SERVER_ADDRESS_IPV6", &o->server_ipv6);
	add(env, "TSP_TUNNEL_PREFIXLEN", "128");
	add_ipv6(env, "TSP_CLIENT_DNS_ADDRESS_IPV6", &o->dns);
	add(env, "TSP_CLIENT_DNS_NAME", "%s", o->name);
	if (o->keepalive_seconds)
		add_ipv6(env, "TSP_KEEPALIVE_ADDRESS_IPV6", &o->keepalive);
}

/** build() - all but the operation, which stands first; 0, or -1 with E2BIG, logged */
static int build(struct environment *env, const struct hook_tunnel *t)
{
	const struct settings *s = t->settings;

	*env = (struct environment){.count = 0};
	env->text = BUF_ON(env->space);
	add(env, "PATH", "%s", SCRIPT_PATH);
	add(env, "TSP_TUNNEL_MODE", "%s", tunnel_type_name(t->offer->type));
	add(env, "TSP_HOST_TYPE", "%s", s->router ? "router" : "host");
	add(env, "TSP_TUNNEL_INTERFACE", "%s", t->device);
	add(env, "TSP_HOME_INTERFACE", "%s", s->if_prefix);
	add_ends(env, t);
	add_prefix(env, &t->offer->prefix);
	add(env, "TSP_TUNNEL_CARRIER", "%s",
	    t->carrier == HOOK_KERNEL ? "kernel" : "tspc");
	add(env, "TSP_TUNNEL_MTU", "%u", s->mtu);
	add(env, "TSP_HOME_DIR", "%s", s->tsp_dir[0] ? s->tsp_dir : "/etc/tsp");
	add(env, "TSP_RUN_DIR", "%s", rundir());
	add(env, "TSP_VERBOSE", "%u", s->verbose);
	if (!env->full)
		return 0;
	log_msg(LOG_ERR, "the template's variables are too long");
	errno = E2BIG;
	return -1;
}

/** log_lines() - what the template printed, line by line */
static void log_lines(int priority, char *text)
{
	char *rest = text, *line;

	while ((line = strsep(&rest, "\n"))) {
		if (*line)
			log_msg(priority, "template: %s", line);
	}
}

/** enum hook_output - where the output of a template goes that does not fail */
enum hook_output {
	OUTPUT_DEBUG,
	OUTPUT_LOG,
	OUTPUT_PRINT, /* to standard output, unchanged */
};

/** show() - the output of a template that did not fail */
static void show(enum hook_output where, char *text)
{
	if (where != OUTPUT_PRINT) {
		log_lines(where == OUTPUT_LOG ? LOG_INFO : LOG_DEBUG, text);
		return;
	}
	fputs(text, stdout);
	fflush(stdout);
}

/** output_of() - where the output of a creation goes */
static enum hook_output output_of(const struct settings *settings)
{
	if (modes_declares(settings->template, "# TSP-Stay:", "no"))
		return OUTPUT_PRINT;
	return settings->verbose > 1 ? OUTPUT_LOG : OUTPUT_DEBUG;
}

/** run() - run a template with these variables and wait for it */
static enum hook_result run(const char *path, const char *operation,
			    const struct environment *env, enum hook_output where)
{
	char text[HOOK_OUTPUT];
	struct buf output = BUF_ON(text);
	char *list[ENV_MAX + 2] = {(char *)operation};
	struct pollfd fds[SCRIPT_FDS];
	struct script script;

	memcpy(list + 1, env->list, sizeof(env->list));
	if (owned_path(path))
		return HOOK_FAILED;
	if (script_start(&script, path, list, HOOK_SECONDS, -1, &output)) {
		log_msg(LOG_ERR, "%s: cannot be started: %m", path);
		return HOOK_FAILED;
	}
	do {
		int timeout = script_wait(&script, fds);

		if (poll(fds, SCRIPT_FDS, timeout) < 0)
			fds[0].revents = fds[1].revents = 0;
	} while (!script_advance(&script, fds));
	if (!script_end(&script)) {
		show(where, output.data);
		return HOOK_DONE;
	}
	if (strstr(script.fault, "exit status 69"))
		return HOOK_LACKING;
	log_msg(LOG_ERR, "%s: %s %s", path, strchr(operation, '=') + 1, script.fault);
	log_lines(LOG_ERR, output.data);
	return HOOK_FAILED;
}

/** remember() - write the variables down; 0, or -1, logged */
static int remember(const struct settings *settings, const struct environment *env)
{
	char space[ENV_SPACE + PATH_MAX];
	struct buf text = BUF_ON(space);
	size_t i;

	buf_clear(&text);
	buf_printf(&text, "TSP_TEMPLATE=%s\n", settings->template);
	for (i = 0; i < env->count; i++)
		buf_printf(&text, "%s\n", env->list[i]);
	return text.full ? -1 : rundir_write(settings, "env", &text);
}

/**
 * hook_create() - make a tunnel by the template
 *
 * Return: HOOK_DONE; else nothing is left behind of which hook_tear_down() would know
 */
enum hook_result hook_create(const struct hook_tunnel *tunnel)
{
	struct environment env;
	enum hook_result result;

	if (build(&env, tunnel) || remember(tunnel->settings, &env))
		return HOOK_FAILED;
	result = run(tunnel->settings->template, CREATION, &env,
		     output_of(tunnel->settings));
	if (result != HOOK_DONE)
		hook_tear_down(tunnel);
	return result;
}

/** hook_tear_down() - take the tunnel down by the template; 0, or -1, logged */
int hook_tear_down(const struct hook_tunnel *tunnel)
{
	struct environment env;
	enum hook_result result;

	if (build(&env, tunnel))
		return -1;
	result = run(tunnel->settings->template, TEARDOWN, &env, OUTPUT_DEBUG);
	if (result == HOOK_FAILED)
		return -1;
	rundir_remove(tunnel->settings, "env");
	return 0;
}

/** is_variable() - a line of an .env file is one that build() may have written */
static bool is_variable(const char *line)
{
	static const char set[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
				  "0123456789._@+-:/";
	size_t name = strspn(line, "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_");

	return line[name] == '=' && !line[name + 1 + strspn(line + name + 1, set)] &&
	       (!strncmp(line, "TSP_", 4) || !strncmp(line, "PATH=", 5));
}

/**
 * hook_tear_down_left() - take down what a killed tspc has left
 * @settings:	Of the same file
 *
 * Return: 0, also when nothing is left; -1 if the template fails, logged
 */
int hook_tear_down_left(const struct settings *settings)
{
	static const char mark[] = "TSP_TEMPLATE=";
	const char *template = settings->template;
	char space[ENV_SPACE + PATH_MAX], *rest = space, *line;
	struct buf text = BUF_ON(space);
	struct environment env = {.count = 0};

	if (rundir_read(settings->path, "env", true, &text))
		return errno == ENOENT ? 0 : -1;
	while ((line = strsep(&rest, "\n"))) {
		if (!strncmp(line, mark, sizeof(mark) - 1))
			template = line + sizeof(mark) - 1;
		else if (*line && is_variable(line) && env.count < ENV_MAX)
			env.list[env.count++] = line;
	}
	log_msg(LOG_NOTICE, "taking back what the tspc before left behind");
	if (run(template, TEARDOWN, &env, OUTPUT_DEBUG) == HOOK_FAILED)
		return -1;
	rundir_remove(settings, "env");
	return 0;
}
