/* SPDX-License-Identifier: MIT */
/*
 * template.c - run the operator's shell script that builds tunnels (tsp-template(7))
 *
 * What the script is told is here, how it is run and watched in script.c. What it prints
 * goes to the log, its last lines with an error when the script failed.
 */
#include "tunnel/template.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "lib/log.h"

#define TAIL_LINES 5 /* lines shown when it failed */

#define BATCH_LINES 256 /* for each so many there is the time of one run */

#define ENV_MAX   32
#define ENV_SPACE 2048

/* The variables of a tunnel of its own, as a batch has them */
static const char *const columns[] = {
	"TSP_TUNNEL_MODE",         "TSP_HOST_TYPE",
	"TSP_TUNNEL_INTERFACE",    "TSP_SERVER_ADDRESS_IPV4",
	"TSP_CLIENT_ADDRESS_IPV4", "TSP_CLIENT_PORT",
	"TSP_PSEUDO_ADDRESS_IPV4", "TSP_SERVER_ADDRESS_IPV6",
	"TSP_CLIENT_ADDRESS_IPV6", "TSP_PREFIX",
	"TSP_PREFIXLEN",           "TSP_USERID",
	"TSP_CLIENT_DNS_NAME",     "TSP_LEASE",
	"TSP_LEASE_EXPIRES",
};

#define COLUMNS (sizeof(columns) / sizeof(columns[0]))

/** struct environment - the script's, in fixed memory */
struct environment {
	char *list[ENV_MAX + 1];
	size_t count;
	char space[ENV_SPACE];
	size_t used;
};

static const char *const operations[] = {
	[TEMPLATE_CREATION] = "TSP_TUNNEL_CREATION",
	[TEMPLATE_TEARDOWN] = "TSP_TUNNEL_TEARDOWN",
	[TEMPLATE_INFO] = "TSP_TUNNEL_INFO",
	[TEMPLATE_BATCH] = "TSP_TUNNEL_BATCH",
	[TEMPLATE_BATCH_INFO] = "TSP_TUNNEL_BATCH_INFO",
};

/** env_add() - set a variable; an empty value means unset */
static void env_add(struct environment *env, const char *name, const char *value)
{
	size_t room = sizeof(env->space) - env->used;
	int n;

	if (!*value || env->count == ENV_MAX)
		return;
	n = snprintf(env->space + env->used, room, "%s=%s", name, value);
	if (n < 0 || (size_t)n >= room)
		return;
	env->list[env->count++] = env->space + env->used;
	env->list[env->count] = NULL;
	env->used += (size_t)n + 1;
}

static void env_number(struct environment *env, const char *name, unsigned long value)
{
	char text[24];

	snprintf(text, sizeof(text), "%lu", value);
	env_add(env, name, text);
}

static void env_ipv4(struct environment *env, const char *name, struct in_addr a)
{
	char text[INET_ADDRSTRLEN] = "";

	if (a.s_addr)
		inet_ntop(AF_INET, &a, text, sizeof(text));
	env_add(env, name, text);
}

static void env_ipv6(struct environment *env, const char *name, const struct in6_addr *a)
{
	char text[INET6_ADDRSTRLEN];

	inet_ntop(AF_INET6, a, text, sizeof(text));
	env_add(env, name, text);
}

/** env_udp() - what all tunnels in UDP have in common that go by our port @port */
static void env_udp(struct environment *env, const struct config *config, unsigned port)
{
	char base[INET_ADDRSTRLEN], range[INET_ADDRSTRLEN + 4];

	inet_ntop(AF_INET, &config->pseudo.addr, base, sizeof(base));
	snprintf(range, sizeof(range), "%s/%u", base, config->pseudo.len);
	env_number(env, "TSP_SERVER_PORT", port);
	env_add(env, "TSP_PSEUDO_RANGE_IPV4", range);
}

/** env_common() - what all tunnels have in common */
static void env_common(struct environment *env, const struct config *config,
		       enum template_operation operation)
{
	env->count = env->used = 0;
	env->list[0] = NULL;
	env_add(env, "PATH", SCRIPT_PATH);
	env_add(env, "TSP_OPERATION", operations[operation]);
	env_add(env, "TSP_DEVICE", config->device);
	env_number(env, "TSP_TUNNEL_PREFIXLEN", POOL_LINK_LEN);
	if (config->keepalive_seconds)
		env_number(env, "TSP_KEEPALIVE_INTERVAL", config->keepalive_seconds);
}

/** env_tunnel() - what a tunnel has of its own; in the order of columns[] */
static void env_tunnel(struct environment *env, const struct tunnel *t)
{
	env_add(env, "TSP_TUNNEL_MODE", tunnel_type_name(t->mode));
	env_add(env, "TSP_HOST_TYPE", t->ipv6.prefix.len ? "router" : "host");
	env_add(env, "TSP_TUNNEL_INTERFACE", t->interface);
	env_ipv4(env, "TSP_SERVER_ADDRESS_IPV4", t->server_ipv4);
	env_ipv4(env, "TSP_CLIENT_ADDRESS_IPV4", t->client.addr);
	if (t->mode == TUNNEL_V6UDPV4) {
		env_number(env, "TSP_CLIENT_PORT", t->client.port);
		env_ipv4(env, "TSP_PSEUDO_ADDRESS_IPV4", t->pseudo);
	}
	env_ipv6(env, "TSP_SERVER_ADDRESS_IPV6", &t->ipv6.server);
	env_ipv6(env, "TSP_CLIENT_ADDRESS_IPV6", &t->ipv6.client);
	if (t->ipv6.prefix.len) {
		env_ipv6(env, "TSP_PREFIX", &t->ipv6.prefix.addr);
		env_number(env, "TSP_PREFIXLEN", t->ipv6.prefix.len);
	}
	env_add(env, "TSP_USERID", t->user);
	env_add(env, "TSP_CLIENT_DNS_NAME", t->name);
	env_number(env, "TSP_LEASE", t->number);
	env_number(env, "TSP_LEASE_EXPIRES", (unsigned long)t->expires);
}

/** env_build() - the contract of tsp-template(7) */
static void env_build(struct environment *env, const struct config *config,
		      enum template_operation operation, const struct tunnel *t)
{
	env_common(env, config, operation);
	if (t->mode == TUNNEL_V6UDPV4)
		env_udp(env, config, t->server_port);
	env_tunnel(env, t);
}

/** log_lines() - the last lines of the script's output */
static void log_lines(int priority, const char *what, const struct buf *text, int lines)
{
	const char *end = text->data + text->len, *start = end, *line;

	while (start > text->data && lines >= 0) {
		if (*--start == '\n' && start + 1 < end && --lines < 0)
			start++;
		if (lines < 0)
			break;
	}
	for (line = start; line < end;) {
		const char *stop = memchr(line, '\n', (size_t)(end - line));
		size_t len = (size_t)((stop ? stop : end) - line);

		if (len)
			log_msg(priority, "template, %s: %.*s", what, (int)len, line);
		line += len + 1;
	}
}

/** fields_of() - a tunnel's fields for the log; they point into it */
static struct log_fields fields_of(const struct tunnel *t)
{
	return (struct log_fields){.user = *t->user ? t->user : NULL,
				   .pool = pool_name(t->pool),
				   .lease = t->number};
}

/**
 * template_start() - start the template for one tunnel
 * @run:	Result; where it is in memory it stays until template_end()
 * @config:	Configuration: template, template_seconds
 * @operation:	What to do
 * @tunnel:	With what; must stay valid
 * @output:	What it prints, the end of it when it does not fit; NULL: only to the log
 *
 * Return: 0: let script_advance() say when it is over; -1 with errno, logged
 */
int template_start(struct template_run *run, const struct config *config,
		   enum template_operation operation, const struct tunnel *tunnel,
		   struct buf *output)
{
	struct log_fields fields = fields_of(tunnel);
	struct environment env;

	run->config = config;
	run->operation = operation;
	run->tunnel = tunnel;
	run->log_output = !output;
	run->text = BUF_ON(run->own);
	env_build(&env, config, operation, tunnel);
	if (!script_start(&run->script, config->template, env.list,
			  config->template_seconds, -1, output ? output : &run->text))
		return 0;
	log_event(EVENT_TEMPLATE_FAILED, LOG_ERR, &fields, "%s: cannot be started: %m",
		  config->template);
	return -1;
}

/**
 * template_end() - collect the end of a template that is over
 * @run:	From template_start()
 *
 * Return: 0 when it exited with 0; -1 with EIO when it failed, hung or printed too much,
 * logged. That there is no tunnel is an answer to TEMPLATE_INFO, and logged as no event.
 */
int template_end(struct template_run *run)
{
	struct log_fields fields = fields_of(run->tunnel);
	struct script *script = &run->script;

	if (!script_end(script)) {
		if (run->log_output)
			log_lines(LOG_DEBUG, run->tunnel->interface, script->text, 64);
		return 0;
	}
	if (run->operation != TEMPLATE_INFO) {
		log_event(EVENT_TEMPLATE_FAILED, LOG_ERR, &fields, "%s: %s for %s %s",
			  run->config->template, operations[run->operation],
			  run->tunnel->interface, script->fault);
		log_lines(LOG_ERR, run->tunnel->interface, script->text, TAIL_LINES);
	}
	errno = EIO;
	return -1;
}

/** wait_for() - until a script is over, so that script_end() is next */
static void wait_for(struct script *script)
{
	struct pollfd fds[SCRIPT_FDS];
	int timeout, n;

	do {
		timeout = script_wait(script, fds);
		n = poll(fds, SCRIPT_FDS, timeout);
		if (n < 0)
			fds[0].revents = fds[1].revents = 0;
	} while (!script_advance(script, fds));
}

/**
 * template_finish() - wait until a started template is over, and collect its end
 * @run:	From template_start()
 *
 * Return: as template_end()
 */
int template_finish(struct template_run *run)
{
	wait_for(&run->script);
	return template_end(run);
}

/**
 * template_run() - run the template for one tunnel and wait for it
 *
 * Arguments and result are those of template_start() and template_end().
 */
int template_run(const struct config *config, enum template_operation operation,
		 const struct tunnel *tunnel, struct buf *output)
{
	struct template_run run;

	if (template_start(&run, config, operation, tunnel, output))
		return -1;
	return template_finish(&run);
}

/**
 * write_line() - a line of a batch: what the environment of its creation would say
 *
 * The columns are those variables that differ between tunnels, parted by blanks, "-" where
 * one would not be set. No value has a blank in it, and none is "-".
 */
static void write_line(FILE *lines, const struct tunnel *tunnel)
{
	struct environment env = {.count = 0};
	size_t i, at = 0;

	env_tunnel(&env, tunnel);
	for (i = 0; i < COLUMNS; i++) {
		size_t len = strlen(columns[i]);
		bool set = at < env.count && !strncmp(env.list[at], columns[i], len) &&
			   env.list[at][len] == '=';

		fputs(set ? env.list[at++] + len + 1 : "-", lines);
		putc(i + 1 < COLUMNS ? ' ' : '\n', lines);
	}
}

/** write_lines() - a file in memory with a line for each, at its beginning; NULL with errno */
static FILE *write_lines(const struct tunnel *tunnels, size_t count)
{
	int fd = memfd_create("batch", MFD_CLOEXEC);
	FILE *lines = fd < 0 ? NULL : fdopen(fd, "w");
	size_t i;

	if (!lines) {
		if (fd >= 0)
			close(fd);
		return NULL;
	}
	for (i = 0; i < count; i++)
		write_line(lines, &tunnels[i]);
	if (fflush(lines) || ferror(lines) || lseek(fd, 0, SEEK_SET)) {
		fclose(lines);
		return NULL;
	}
	return lines;
}

/** start_batch() - script_start() with a line for each tunnel on standard input */
static int start_batch(struct script *script, const struct config *config,
		       enum template_operation operation, const struct tunnel *tunnels,
		       size_t count, struct buf *output)
{
	unsigned seconds = config->template_seconds * (unsigned)(1 + count / BATCH_LINES);
	FILE *lines = write_lines(tunnels, count);
	struct environment env;
	int r, saved;

	if (!lines)
		return -1;
	env_common(&env, config, operation);
	env_udp(&env, config, config->udp_port);
	r = script_start(script, config->template, env.list, seconds, fileno(lines),
			 output);
	saved = errno;
	fclose(lines); /* the script has it as its own */
	errno = saved;
	return r;
}

/**
 * template_batch() - run the template once for many tunnels
 * @config:	Configuration; its template has said that it can, see modes.c
 * @operation:	TEMPLATE_BATCH or TEMPLATE_BATCH_INFO
 * @tunnels:	Tunnels
 * @count:	How many, at most TEMPLATE_BATCH_MAX
 * @output:	What it prints, as template_start(); it may print as much as there is room for
 *
 * Return: 0: it has done it for all; -1 with errno, logged: for some maybe, for some not
 */
int template_batch(const struct config *config, enum template_operation operation,
		   const struct tunnel *tunnels, size_t count, struct buf *output)
{
	char own[TEMPLATE_TEXT];
	struct buf text = BUF_ON(own);
	struct script script;

	if (!output)
		output = &text;
	if (start_batch(&script, config, operation, tunnels, count, output)) {
		log_msg(LOG_NOTICE, "%s: cannot be started for many tunnels: %m",
			config->template);
		return -1;
	}
	wait_for(&script);
	if (!script_end(&script)) {
		if (output == &text)
			log_lines(LOG_DEBUG, "many tunnels", output, 64);
		return 0;
	}
	log_msg(LOG_NOTICE, "%s: %s for %zu tunnels %s", config->template,
		operations[operation], count, script.fault);
	log_lines(LOG_NOTICE, "many tunnels", output, TAIL_LINES);
	errno = EIO;
	return -1;
}
