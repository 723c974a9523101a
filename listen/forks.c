/* SPDX-License-Identifier: MIT */
/*
 * forks.c - have the session and the broker of a client forked instead of executed
 *
 * Theory of operation
 *
 * Two processes of our program, each executed and each behind its half's sandbox, have
 * loaded and linked everything (fork_server.c). For a client this process makes the packet
 * pair of its session and broker, sends one end to each of the two, and each forks. They
 * answer with a process id. Only then are the children told who the client is, and the
 * session gets the connection, both through the packet pair. So a child that nobody knows of
 * has no client, and a client whose children could not be forked is served by an exec.
 *
 *	one of the two is killed or stopped with a request	no answer: both are killed, the
 *								client gets an exec
 *	... after it has forked				the child gets no client, and exits
 *	this process is killed				the two see the end of their
 *							requests and exit; children that
 *							have a client go on to its end
 *
 * The two fork with CLONE_PARENT, so that children are this process's own: it alone counts,
 * kills and collects them, and a replacement of the two concerns no child.
 *
 * All children of one process have its memory layout. So both are replaced by newly executed
 * ones when a child has crashed, after FORKS_SESSIONS or FORKS_MS, and when the program, the
 * configuration or the template has changed. They may be killed at any moment: they hold no
 * connection, no lock and no lease.
 */
#include "listen/forks.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <spawn.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "lib/clock.h"
#include "lib/log.h"
#include "lib/sanitized.h"
#include "lib/seqpacket.h"

#define READY_MS  5000  /* for loading and linking */
#define ANSWER_MS 2000  /* for one fork */
#define PAUSE_MS  1000  /* without the two after a fork that failed ... */
#define REST_MS   60000 /* ... and after they could not be started */

/** drop() - kill one of the two; it holds nothing that would be lost */
static void drop(struct fork_place *place)
{
	if (!place->pid)
		return;
	kill(place->pid, SIGKILL);
	close(place->fd);
	place->pid = 0;
}

/** give_up() - kill both, and do without them for some time; -1 */
static int give_up(struct forks *f, const char *what, int ms)
{
	log_msg(LOG_WARNING, "%s: %m; for %d s handlers are executed instead", what,
		ms / 1000);
	drop(&f->broker);
	drop(&f->session);
	f->not_before = clock_ms() + ms;
	return -1;
}

/** execute() - start our program as one of the two, with its end of the requests; 0 or -1 */
static int execute(const struct forks *f, bool broker, int requests, pid_t *pid)
{
	/* a session may know neither paths nor the environment */
	char *const all[] = {(char *)f->program, (char *)"-F",           (char *)"broker",
			     (char *)"-c",       (char *)f->config_path, NULL};
	char *const few[] = {(char *)f->program, (char *)"-F", (char *)"session", NULL};
	char *const bare[] = {(char *)"LD_BIND_NOW=1",
			      NULL}; /* once, not in each child */
	posix_spawn_file_actions_t files;
	posix_spawnattr_t how;
	int e;

	posix_spawnattr_init(&how);
	posix_spawn_file_actions_init(&files);
	e = posix_spawnattr_setflags(&how, POSIX_SPAWN_SETSIGMASK);
	e = e ?: posix_spawnattr_setsigmask(&how, f->mask);
	e = e ?: posix_spawn_file_actions_adddup2(&files, requests, STDIN_FILENO);
	e = e
		    ?: posix_spawn_file_actions_addopen(&files, STDOUT_FILENO,
							"/dev/null", O_RDWR, 0);
	e = e
		    ?: posix_spawn(pid, f->program, &files, &how, broker ? all : few,
				   broker || TSP_SANITIZED ? environ : bare);
	posix_spawn_file_actions_destroy(&files);
	posix_spawnattr_destroy(&how);
	errno = e;
	return e ? -1 : 0;
}

/** start() - start one of the two; 0, or -1 with errno */
static int start(const struct forks *f, struct fork_place *place)
{
	int pair[2];
	pid_t pid;

	if (seqpacket_pair(pair))
		return -1;
	if (execute(f, place == &f->broker, pair[1], &pid)) {
		close(pair[0]);
		close(pair[1]);
		return -1;
	}
	close(pair[1]);
	*place = (struct fork_place){.pid = pid, .fd = pair[0]};
	return 0;
}

/** await() - receive a packet of exactly @size bytes within @ms; 0, or -1 with errno */
static int await(const struct fork_place *place, void *packet, size_t size, int ms)
{
	struct pollfd p = {.fd = place->fd, .events = POLLIN};
	int got = poll(&p, 1, ms);

	if (got > 0)
		got = seqpacket_receive(place->fd, packet, size);
	else if (got == 0)
		errno = ETIMEDOUT;
	else
		return -1;
	if (got > 0)
		return 0;
	if (got == 0 && p.revents)
		errno = EPIPE;
	return -1;
}

/** may_start() - not too often in this second, nor too soon after a failure */
static bool may_start(struct forks *f)
{
	int64_t now = clock_ms();

	if (now < f->not_before)
		return false;
	if (f->second != now / 1000) {
		f->second = now / 1000;
		f->starts = 0;
	}
	return f->starts++ < FORKS_STARTS;
}

/** start_both() - start the two anew; 0, or -1 */
static int start_both(struct forks *f)
{
	char ready;

	drop(&f->broker);
	drop(&f->session);
	if (!may_start(f))
		return -1;
	if (start(f, &f->broker) ||
	    await(&f->broker, &f->hello, sizeof(f->hello), READY_MS))
		return give_up(f, "starting tsp-brokers", REST_MS);
	if (strncmp(f->hello.version, TSP_VERSION, sizeof(f->hello.version)) != 0) {
		errno = ESTALE;
		return give_up(f, "starting tsp-brokers of another version", REST_MS);
	}
	if (!f->hello.fork) {
		drop(&f->broker);
		f->off = true;
		return -1;
	}
	if (start(f, &f->session) ||
	    seqpacket_send(f->session.fd, &f->hello.session, sizeof(f->hello.session)) ||
	    await(&f->session, &ready, sizeof(ready), READY_MS))
		return give_up(f, "starting tsp-sessions", REST_MS);
	f->crashed = false;
	f->served = 0;
	f->begun = clock_ms();
	return 0;
}

/** is_fresh() - the two may fork for the next client, too */
static bool is_fresh(const struct forks *f)
{
	const struct fork_hello *h = &f->hello;

	return f->broker.pid && f->session.pid && !f->crashed &&
	       f->served < FORKS_SESSIONS && clock_ms() - f->begun < FORKS_MS &&
	       file_stamp_holds(f->program, &h->program) &&
	       file_stamp_holds(f->config_path, &h->config) &&
	       file_stamp_holds(h->template_path, &h->template);
}

/** ask() - have a child forked that gets an end of the packet pair; 0 or -1 */
static int ask(const struct fork_place *place, int end)
{
	return seqpacket_pass(place->fd, "", 1, end);
}

/** answer() - the process id of that child; 0, or -1 with errno */
static int answer(const struct fork_place *place, pid_t *pid)
{
	int32_t got;

	if (await(place, &got, sizeof(got), ANSWER_MS))
		return -1;
	if (got > 0) {
		*pid = got;
		return 0;
	}
	errno = -got;
	return -1;
}

/** fork_both() - one request each; a promise that is kept needs no session; 0 or -1 */
static int fork_both(const struct forks *f, const int pair[2], bool session,
		     struct fork_pids *out)
{
	*out = (struct fork_pids){0};
	if (ask(&f->broker, pair[0]) || (session && ask(&f->session, pair[1])))
		return -1;
	return answer(&f->broker, &out->broker) ||
			       (session && answer(&f->session, &out->session))
		       ? -1
		       : 0;
}

/**
 * hand_over() - tell both children who the client is
 *
 * What is sent at one end comes out at the other. The broker's packet goes first: a session
 * that has its client sends requests, which must come after it.
 */
static int hand_over(const int pair[2], const struct peer *client, int connection,
		     bool session)
{
	if (seqpacket_send(pair[1], client, sizeof(*client)))
		return -1;
	return session ? seqpacket_pass(pair[0], client, sizeof(*client), connection) : 0;
}

/** undo() - end children that have no client */
static void undo(const struct fork_pids *pids)
{
	if (pids->broker)
		kill(pids->broker, SIGKILL);
	if (pids->session)
		kill(pids->session, SIGKILL);
}

/**
 * forks_start() - have the processes for a client forked
 * @f:		The two processes; they are started if need be
 * @client:	Client; v6udpv4 is not used
 * @connection:	Its connection; the caller closes its copy
 * @out:	Result: children of this process
 *
 * Return: 0; -1 when the client needs an exec
 */
int forks_start(struct forks *f, const struct peer *client, int connection,
		struct fork_pids *out)
{
	struct peer peer = *client;
	bool session = !client->proven;
	int pair[2], failed;

	if (f->off || (!is_fresh(f) && start_both(f)) || seqpacket_pair(pair))
		return -1;
	peer.v6udpv4 = peer.udp && f->hello.v6udpv4;
	failed = fork_both(f, pair, session, out) ||
		 hand_over(pair, &peer, connection, session);
	if (failed) {
		give_up(f, "forking a session", PAUSE_MS);
		undo(out);
	}
	close(pair[0]);
	close(pair[1]);
	f->served++;
	return failed ? -1 : 0;
}

/** is_crash() - a signal that a process gets for its own mistakes, or for an attacker's */
static bool is_crash(int status)
{
	if (!WIFSIGNALED(status))
		return false;
	switch (WTERMSIG(status)) {
	case SIGSEGV:
	case SIGBUS:
	case SIGILL:
	case SIGFPE:
	case SIGABRT:
	case SIGSYS:
		return true;
	default:
		return false;
	}
}

/**
 * forks_note_end() - a child of this process has ended and was collected
 * @forks:	The two processes
 * @pid:	Process id
 * @status:	As waitpid() has it
 */
void forks_note_end(void *forks, pid_t pid, int status)
{
	struct forks *f = forks;
	struct fork_place *place = pid == f->broker.pid    ? &f->broker
				   : pid == f->session.pid ? &f->session
							   : NULL;

	if (is_crash(status))
		f->crashed = true;
	if (!place)
		return;
	close(place->fd);
	place->pid = 0;
}

/** forks_stop() - end the two processes; their children go on */
void forks_stop(struct forks *f)
{
	drop(&f->broker);
	drop(&f->session);
}
