/* SPDX-License-Identifier: MIT */
/*
 * tsp-handler.c - one TSP client, from accept to exit
 *
 * Standard input and output are the connection. The process asks the kernel for the
 * client's address, drops the privileges it does not need and splits in two: the session
 * talks to the network and has no privileges; the broker decides and reads nothing from
 * the network.
 *
 * If standard input is a listening socket, it starts one handler per client.
 */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "auth/sasl.h"
#include "broker/broker.h"
#include "broker/promise.h"
#include "lib/child_wait.h"
#include "lib/config.h"
#include "lib/exit.h"
#include "lib/file.h"
#include "lib/ipc.h"
#include "lib/log.h"
#include "lib/log_quota.h"
#include "lib/sanitized.h"
#include "lib/seqpacket.h"
#include "listen/children.h"
#include "listen/fork_server.h"
#include "listen/forks.h"
#include "listen/listener.h"
#include "sandbox/sandbox.h"
#include "session/session.h"
#include "tsp/message.h"
#include "tunnel/modes.h"
#include "tunnel/server_end.h"
#include "upkeep/forwarding.h"
#include "upkeep/setup.h"

#define END_SECONDS  5  /* until a session that closed its end of the pair is killed */
#define IDLE_SECONDS 60 /* without a client until a listening process exits */

struct options {
	const char *config_path;
	bool check_only;
	const char *half; /* "broker" or "session": fork them for a listening process */
};

static int usage(void)
{
	log_msg(LOG_ERR, "usage: tsp-handler [-c FILE] [-n] [-V]");
	return EXIT_USAGE;
}

/** parse_options() - 0; -1 for a mistake; 1 when -V has been served */
static int parse_options(int argc, char **argv, struct options *out)
{
	int c;

	opterr = 0;
	while ((c = getopt(argc, argv, "c:F:nV")) != -1) {
		switch (c) {
		case 'c':
			out->config_path = optarg;
			break;
		case 'F':
			out->half = optarg;
			break;
		case 'n':
			out->check_only = true;
			break;
		case 'V':
			puts("tsp-handler " TSP_VERSION);
			return 1;
		default:
			return -1;
		}
	}
	if (out->half && strcmp(out->half, "broker") != 0 &&
	    strcmp(out->half, "session") != 0)
		return -1;
	return optind == argc ? 0 : -1;
}

/** same_file() - both descriptors are the same file */
static bool same_file(int a, int b)
{
	struct stat x, y;

	return !fstat(a, &x) && !fstat(b, &y) && x.st_dev == y.st_dev &&
	       x.st_ino == y.st_ino;
}

/** be_session() - the child: talk to the client, ask the broker, exit */
static int be_session(const struct config *config, const struct peer *peer, int broker)
{
	const struct session_link link = {.in = STDIN_FILENO,
					  .out = STDOUT_FILENO,
					  .packets = peer->udp,
					  .v6udpv4 = peer->v6udpv4};

	if (sandbox_session(broker) || session_run(config, &link, broker))
		return EXIT_RUN_TIME;
	return EXIT_SERVED;
}

/** let_go_of_connection() - leave it to the session, whose end closes it for the client */
static int let_go_of_connection(void)
{
	int null = open("/dev/null", O_RDWR | O_CLOEXEC);

	if (null < 0 || dup2(null, STDIN_FILENO) < 0 || dup2(null, STDOUT_FILENO) < 0)
		return -1;
	return null > STDERR_FILENO ? close(null) : 0;
}

/**
 * only_requests() - the process that forks sessions has only the socket for requests, and
 * /dev/null as standard error but in a build with sanitizers, which report there
 *
 * Its children find their end of the packet pair at descriptor 1, and the connection at 0.
 */
static int only_requests(void)
{
	if (!TSP_SANITIZED && dup2(STDOUT_FILENO, STDERR_FILENO) < 0)
		return -1;
	return close(STDOUT_FILENO) || file_close_range(STDERR_FILENO + 1, ~0u) ? -1 : 0;
}

/** be_broker() - the parent: decide until the session ends, then collect its end */
static int be_broker(const struct config *config, const struct peer *peer, int fd,
		     pid_t session)
{
	int failed, status;

	log_quota_begin(config->state, peer->client.addr, !peer->udp);
	failed = let_go_of_connection() || sandbox_broker(config) ||
		 broker_serve(config, peer, fd);
	close(fd);
	if (failed)
		kill(session, SIGKILL);
	if (child_wait(session, END_SECONDS, &status))
		log_msg(LOG_ERR, "%s: session did not end and was killed", peer->text);
	else if (!failed && WIFSIGNALED(status))
		log_msg(LOG_ERR, "%s: session was ended by signal %d", peer->text,
			WTERMSIG(status));
	log_quota_end();
	return failed || !WIFEXITED(status) ? EXIT_RUN_TIME : WEXITSTATUS(status);
}

/** be_keeper() - build the tunnel that a client was promised, and has proven to be there for */
static int be_keeper(const struct config *config, const struct peer *peer)
{
	int failed;

	log_quota_begin(config->state, peer->client.addr, true);
	failed = let_go_of_connection() || sandbox_broker(config) ||
		 promise_keep(config, peer);
	log_quota_end();
	return failed ? EXIT_RUN_TIME : EXIT_SERVED;
}

/** become_user() - the configured user, without a capability if the template needs none */
static int become_user(const struct config *config)
{
	return sandbox_become_user(config->user,
				   modes_net_admin_needed(config->template));
}

/** be_listener() - start one handler per client */
static int be_listener(const struct config *config)
{
	static char path[PATH_MAX];
	static struct forks forks;
	char *argv[] = {path, (char *)"-c", (char *)config->path, NULL};
	const bool inetd = same_file(STDIN_FILENO, STDERR_FILENO);
	const struct listener listener = {
		.fd = STDIN_FILENO,
		.argv = argv,
		.sessions = config->sessions,
		.per_source = config->sessions_per_address,
		.handler_seconds = children_seconds(config),
		.idle_seconds = IDLE_SECONDS,
		.stderr_is_listener = inetd,
		.forks = config->fork && !inetd ? &forks : NULL,
		.state = config->state,
	};

	/* by path: after an upgrade the next client gets the new version */
	if (file_of_program(path)) {
		log_msg(LOG_ERR, "/proc/self/exe: %m");
		return EXIT_RUN_TIME;
	}
	forks.program = path;
	forks.config_path = config->path;
	if (become_user(config) || sandbox_starter() || listener_run(&listener))
		return EXIT_RUN_TIME;
	return EXIT_SERVED;
}

/** serve_forked() - a broker that was forked: get the client, decide, exit */
static int serve_forked(struct config *config, int pair)
{
	struct peer peer;
	int failed;

	/* the socket for requests was standard input: /dev/null again */
	if (fork_server_client(pair, &peer, NULL))
		return EXIT_SERVED;
	if (dup(STDOUT_FILENO) != STDIN_FILENO || prctl(PR_SET_NAME, "tsp-handler"))
		return EXIT_RUN_TIME;
	server_end_settle(config);
	log_quota_begin(config->state, peer.client.addr, !peer.udp || peer.proven);
	failed = peer.proven ? promise_keep(config, &peer)
			     : broker_serve(config, &peer, pair);
	log_quota_end();
	return failed ? EXIT_RUN_TIME : EXIT_SERVED;
}

/** prepare_brokers() - load, link and confine all that a broker needs; 0, or an exit status */
static int prepare_brokers(const char *path, struct config *config)
{
	static struct fork_hello hello;

	file_stamp_take("/proc/self/exe", &hello.program);
	file_stamp_take(path, &hello.config);
	if (config_load(path, config))
		return EXIT_USAGE;
	file_stamp_take(config->template, &hello.template);
	snprintf(hello.version, sizeof(hello.version), "%s", TSP_VERSION);
	strcpy(hello.template_path, config->template);
	hello.fork = config->fork;
	hello.v6udpv4 = modes_declared(config->template, TUNNEL_V6UDPV4);
	session_view(config, &hello.session);
	sasl_prepare(config->mechanisms);
	signal(SIGPIPE, SIG_IGN);
	if (prctl(PR_SET_NAME, "tsp-brokers") || become_user(config) ||
	    sandbox_broker_server(config) ||
	    seqpacket_send(STDIN_FILENO, &hello, sizeof(hello)))
		return EXIT_RUN_TIME;
	return 0;
}

/**
 * end_forked() - end a broker that was forked
 *
 * Exit handlers of libraries would touch pages that the broker never used. Sanitizers have
 * theirs.
 */
static int end_forked(int status)
{
	if (!TSP_SANITIZED)
		_exit(status);
	return status;
}

/** fork_brokers() - a broker for each request of a listening process */
static int fork_brokers(const char *path)
{
	static struct config config;
	int pair, failed = prepare_brokers(path, &config);

	if (failed)
		return failed;
	pair = fork_server_next();
	if (pair > 0)
		return end_forked(serve_forked(&config, pair));
	return pair ? EXIT_RUN_TIME : EXIT_SERVED;
}

/** warm_up() - allocate and parse once, so that not every session does it for the first time */
static void warm_up(void)
{
	char xml[] = "<tunnel action=\"info\" type=\"v6v4\" proxy=\"no\"><client>"
		     "<address type=\"ipv4\">192.0.2.1</address></client></tunnel>";
	struct message message;

	message_read(xml, sizeof(xml) - 1, &message);
}

/** prepare_sessions() - the session's part of the configuration, and nothing else; 0 or -1 */
static int prepare_sessions(struct config *view)
{
	if (prctl(PR_SET_NAME, "tsp-sessions") ||
	    seqpacket_receive(STDIN_FILENO, view, sizeof(*view)) != 1)
		return -1;
	signal(SIGPIPE, SIG_IGN);
	warm_up();
	if (only_requests() || sandbox_session_server())
		return -1;
	return seqpacket_send(STDIN_FILENO, "", 1);
}

/** fork_sessions() - a session for each request of a listening process */
static int fork_sessions(void)
{
	static struct config view;
	struct session_link link = {.in = -1};
	struct peer peer;
	int pair;

	if (prepare_sessions(&view))
		return EXIT_RUN_TIME;
	pair = fork_server_next();
	if (pair <= 0)
		return pair ? EXIT_RUN_TIME : EXIT_SERVED;
	if (fork_server_client(pair, &peer, &link.in))
		return EXIT_SERVED;
	if (prctl(PR_SET_NAME, "tsp-session") ||
	    sandbox_session_child(children_seconds(&view) + END_SECONDS))
		return EXIT_RUN_TIME;
	link.out = link.in;
	link.packets = peer.udp;
	link.v6udpv4 = peer.v6udpv4;
	return session_run(&view, &link, pair) ? EXIT_RUN_TIME : EXIT_SERVED;
}

int main(int argc, char **argv)
{
	static struct config config;
	struct options options = {0};
	struct peer peer;
	int pair[2], parsed = parse_options(argc, argv, &options);
	pid_t session;

	log_open("tsp-handler",
		 same_file(STDIN_FILENO, STDERR_FILENO) && !options.check_only);
	if (parsed)
		return parsed < 0 ? usage() : EXIT_SERVED;
	/* no exit handlers, as above */
	if (options.half && !strcmp(options.half, "session"))
		_exit(fork_sessions());
	if (options.half)
		return fork_brokers(config_path(options.config_path));
	if (config_load(config_path(options.config_path), &config))
		return EXIT_USAGE;
	if (options.check_only) {
		forwarding_warn(&config, FORWARDING_DROPPED);
		return setup_check(&config) ? EXIT_USAGE : EXIT_SERVED;
	}

	if (listener_is(STDIN_FILENO))
		return be_listener(&config);
	server_end_settle(&config);
	if (peer_identify(STDIN_FILENO, &peer)) {
		log_msg(LOG_ERR, "standard input is not a connection from IPv4: %m");
		return errno == ENOTCONN ? EXIT_SERVED : EXIT_USAGE;
	}
	/* IPv6 in UDP takes the path of its signalling */
	peer.v6udpv4 = peer.udp && modes_declared(config.template, TUNNEL_V6UDPV4);
	signal(SIGPIPE, SIG_IGN);
	if (become_user(&config) || seqpacket_pair(pair))
		return EXIT_RUN_TIME;
	if (peer.proven) /* it has reported already */
		return be_keeper(&config, &peer);
	session = fork();
	if (session < 0) {
		log_msg(LOG_ERR, "cannot start the session process: %m");
		return EXIT_RUN_TIME;
	}
	if (session == 0) {
		close(pair[0]);
		/* no exit handlers: they may make system calls that are forbidden now */
		_exit(be_session(&config, &peer, pair[1]));
	}
	close(pair[1]);
	return be_broker(&config, &peer, pair[0], session);
}
