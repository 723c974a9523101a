/* SPDX-License-Identifier: MIT */
/*
 * template.c - run the operator's shell script that builds tunnels (tsp-template(7))
 *
 * The script gets an environment built from nothing, "/" as directory, no input, a
 * process group of its own and template_seconds to live. What it prints is collected:
 * it goes to the log, its last lines with an error when the script failed. A script
 * that prints more than OUTPUT_MAX is out of control and is treated like one that hangs.
 */
#include "broker/template.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "lib/log.h"

#define OUTPUT_MAX 65536 /* bytes a script may print in one run */
#define TAIL_LINES 5     /* lines shown when it failed */
#define PATH_VALUE "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"

#define ENV_MAX   24
#define ENV_SPACE 2048

/** struct environment - the script's, in fixed memory */
struct environment {
	char *list[ENV_MAX + 1];
	size_t count;
	char space[ENV_SPACE];
	size_t used;
};

/** struct run - a script at work */
struct run {
	pid_t pid;
	int pidfd;
	int output;        /* read end of its output, non-blocking */
	size_t total;      /* bytes it printed */
	struct buf *text;  /* what it printed, as far as it fits */
	const char *fault; /* what it did wrong; NULL: nothing yet */
};

static const char *const operations[] = {
	[TEMPLATE_CREATION] = "TSP_TUNNEL_CREATION",
	[TEMPLATE_TEARDOWN] = "TSP_TUNNEL_TEARDOWN",
	[TEMPLATE_INFO] = "TSP_TUNNEL_INFO",
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

/** env_build() - the contract of tsp-template(7) */
static void env_build(struct environment *env, const struct config *config,
		      enum template_operation operation, const struct tunnel *t)
{
	env->count = env->used = 0;
	env->list[0] = NULL;
	env_add(env, "PATH", PATH_VALUE);
	env_add(env, "TSP_OPERATION", operations[operation]);
	env_add(env, "TSP_TUNNEL_MODE", lease_mode_name(t->mode));
	env_add(env, "TSP_HOST_TYPE", t->ipv6.prefix.len ? "router" : "host");
	env_add(env, "TSP_TUNNEL_INTERFACE", t->interface);
	env_ipv4(env, "TSP_SERVER_ADDRESS_IPV4", t->server_ipv4);
	env_ipv4(env, "TSP_CLIENT_ADDRESS_IPV4", t->client.addr);
	env_ipv6(env, "TSP_SERVER_ADDRESS_IPV6", &t->ipv6.server);
	env_ipv6(env, "TSP_CLIENT_ADDRESS_IPV6", &t->ipv6.client);
	env_number(env, "TSP_TUNNEL_PREFIXLEN", POOL_LINK_LEN);
	if (t->ipv6.prefix.len) {
		env_ipv6(env, "TSP_PREFIX", &t->ipv6.prefix.addr);
		env_number(env, "TSP_PREFIXLEN", t->ipv6.prefix.len);
	}
	env_add(env, "TSP_USERID", t->user);
	env_add(env, "TSP_CLIENT_DNS_NAME", t->name);
	env_number(env, "TSP_LEASE", t->number);
	env_number(env, "TSP_LEASE_EXPIRES", (unsigned long)t->expires);
	if (config->keepalive_seconds)
		env_number(env, "TSP_KEEPALIVE_INTERVAL", config->keepalive_seconds);
}

/**
 * become_script() - in the child: nothing of the broker's but its user and capability
 *
 * What was inherited from whoever started the broker goes as well.
 */
static void become_script(const char *path, struct environment *env, int output,
			  pid_t parent)
{
	char *argv[] = {(char *)path, NULL};
	int null = open("/dev/null", O_RDONLY);

	/* A script must not outlive the process that holds the lease's lock */
	if (prctl(PR_SET_PDEATHSIG, SIGKILL) || getppid() != parent)
		_exit(126);
	setpgid(0, 0);
	signal(SIGPIPE, SIG_DFL);
	if (null < 0 || dup2(null, STDIN_FILENO) < 0 || dup2(output, STDOUT_FILENO) < 0 ||
	    dup2(output, STDERR_FILENO) < 0 || close_range(3, ~0u, 0) || chdir("/"))
		_exit(126);
	execve(path, argv, env->list);
	dprintf(STDERR_FILENO, "%s: %m\n", path);
	_exit(127);
}

/** run_start() - start the script; 0, or -1 with errno and nothing left behind */
static int run_start(struct run *run, const char *path, struct environment *env)
{
	pid_t parent = getpid();
	int fds[2], saved;

	if (pipe2(fds, O_CLOEXEC))
		return -1;
	run->pid = fork();
	if (run->pid == 0)
		become_script(path, env, fds[1], parent);
	saved = errno;
	close(fds[1]);
	run->output = fds[0];
	if (run->pid < 0) {
		close(fds[0]);
		errno = saved;
		return -1;
	}
	setpgid(run->pid, run->pid); /* in both processes: whoever comes first */
	fcntl(run->output, F_SETFL, O_NONBLOCK);
	run->pidfd = (int)syscall(SYS_pidfd_open, run->pid, 0);
	if (run->pidfd >= 0)
		return 0;

	saved = errno;
	kill(-run->pid, SIGKILL);
	waitpid(run->pid, NULL, 0);
	close(run->output);
	errno = saved;
	return -1;
}

/**
 * keep_text() - remember output; when it does not fit, the older half goes
 *
 * The end of what a script says is where it says what went wrong.
 */
static void keep_text(struct buf *text, const char *data, size_t len)
{
	while (text->size - text->len <= len) {
		size_t half = text->len / 2;

		memmove(text->data, text->data + text->len - half, half);
		text->len = half;
	}
	buf_add(text, data, len);
}

/** run_read() - take what there is of output; false at its end */
static bool run_read(struct run *run)
{
	char chunk[512];
	ssize_t n;

	while ((n = read(run->output, chunk, sizeof(chunk))) > 0) {
		run->total += (size_t)n;
		if (run->total > OUTPUT_MAX) {
			run->fault = "printed too much";
			return false;
		}
		keep_text(run->text, chunk, (size_t)n);
	}
	return n < 0 && (errno == EAGAIN || errno == EINTR);
}

/** milliseconds_left() - until a CLOCK_MONOTONIC deadline, at least 0 */
static int milliseconds_left(const struct timespec *deadline)
{
	struct timespec now;
	long long ms;

	clock_gettime(CLOCK_MONOTONIC, &now);
	ms = (deadline->tv_sec - now.tv_sec) * 1000LL +
	     (deadline->tv_nsec - now.tv_nsec + 999999) / 1000000;
	return ms < 0 ? 0 : (int)ms;
}

/** run_watch() - collect output until the script ends, its time is up or it goes too far */
static void run_watch(struct run *run, unsigned seconds)
{
	struct pollfd fds[2] = {{.fd = run->output, .events = POLLIN},
				{.fd = run->pidfd, .events = POLLIN}};
	struct timespec deadline;

	clock_gettime(CLOCK_MONOTONIC, &deadline);
	deadline.tv_sec += seconds;
	while (!run->fault) {
		int n = poll(fds, 2, milliseconds_left(&deadline));

		if (n < 0 && errno != EINTR)
			run->fault = "cannot be watched";
		if (n == 0)
			run->fault = "did not end in time";
		if (n <= 0)
			continue;
		if (fds[0].revents && !run_read(run))
			fds[0].fd =
				-1; /* end of output; a background job may still run */
		if (fds[1].revents) {
			run_read(run);
			return;
		}
	}
}

/**
 * run_finish() - collect the script's end, by force when it did wrong
 *
 * Return: 0 when it exited with 0; else -1 with run->fault set
 */
static int run_finish(struct run *run, char *why, size_t size)
{
	int status;

	if (run->fault)
		kill(-run->pid, SIGKILL);
	while (waitpid(run->pid, &status, 0) < 0 && errno == EINTR)
		;
	close(run->pidfd);
	close(run->output);
	if (run->fault)
		return -1;
	if (WIFEXITED(status) && WEXITSTATUS(status) == 0)
		return 0;
	if (WIFEXITED(status))
		snprintf(why, size, "failed with exit status %d", WEXITSTATUS(status));
	else
		snprintf(why, size, "was ended by signal %d", WTERMSIG(status));
	run->fault = why;
	return -1;
}

/** log_lines() - the last lines of the script's output */
static void log_lines(int priority, const struct tunnel *t, const struct buf *text,
		      int lines)
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
			log_msg(priority, "template, %s: %.*s", t->interface, (int)len,
				line);
		line += len + 1;
	}
}

/**
 * template_run() - run the template for one tunnel and wait for it
 * @config:	Configuration: template, template_seconds
 * @operation:	What to do
 * @tunnel:	With what
 * @output:	What it printed, the end of it when it does not fit; NULL: only to the log
 *
 * Return: 0 when it exited with 0; -1 with errno, after logging why: EIO when the script
 * failed, hung or printed too much, else what starting it says
 */
int template_run(const struct config *config, enum template_operation operation,
		 const struct tunnel *tunnel, struct buf *output)
{
	struct log_fields fields = {.user = *tunnel->user ? tunnel->user : NULL,
				    .pool = pool_name(tunnel->pool),
				    .lease = tunnel->number};
	char own[4096], why[64];
	struct buf text = BUF_ON(own);
	struct run run = {.text = output ? output : &text};
	struct environment env;

	buf_clear(run.text);
	env_build(&env, config, operation, tunnel);
	if (run_start(&run, config->template, &env)) {
		log_event(EVENT_TEMPLATE_FAILED, LOG_ERR, &fields,
			  "%s: cannot be started: %m", config->template);
		return -1;
	}
	run_watch(&run, config->template_seconds);
	if (!run_finish(&run, why, sizeof(why))) {
		if (!output)
			log_lines(LOG_DEBUG, tunnel, run.text, 64);
		return 0;
	}
	log_event(EVENT_TEMPLATE_FAILED, LOG_ERR, &fields, "%s: %s for %s %s",
		  config->template, operations[operation], tunnel->interface, run.fault);
	log_lines(LOG_ERR, tunnel, run.text, TAIL_LINES);
	errno = EIO;
	return -1;
}
