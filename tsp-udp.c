/* SPDX-License-Identifier: MIT */
/*
 * tsp-udp.c - serve TSP over UDP: start one handler per client
 *
 * systemd passes the sockets when the first datagram arrives; after a minute without any the
 * program exits. It splits in two processes. The starter starts handlers, and keeps
 * CAP_NET_ADMIN for their templates if it was given; the reader receives datagrams and
 * has no privileges. listen/udp_talk.c decides what is done with each message.
 */
#include <getopt.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <systemd/sd-daemon.h>
#include <unistd.h>

#include "alloc/pool.h"
#include "lib/child_wait.h"
#include "lib/config.h"
#include "lib/exit.h"
#include "lib/file.h"
#include "lib/log.h"
#include "lib/parse.h"
#include "lib/seqpacket.h"
#include "listen/children.h"
#include "listen/udp_server.h"
#include "listen/udp_starter.h"
#include "sandbox/sandbox.h"
#include "tunnel/modes.h"

#define END_SECONDS   5 /* for the reader to end after its last word to the starter */
#define IDLE_SECONDS  60
#define MEMORY_MS     30000 /* clients repeat a message for less time */
#define GRACE_SECONDS 10    /* a handler's own deadline comes this much earlier */
#define TALKS         16384 /* conversations without a handler, of a few hundred bytes */

struct options {
	const char *config_path;
	const char *handler;
	uint32_t idle_seconds;
	unsigned handler_seconds;
	bool fork;
	const char *state;
};

static int usage(void)
{
	log_msg(LOG_ERR,
		"usage: tsp-udp [-c FILE] [--handler PATH] [--idle SECONDS] [-V]");
	return EXIT_USAGE;
}

/** parse_options() - 0; -1 on wrong usage; 1 after -V */
static int parse_options(int argc, char **argv, struct options *out)
{
	static const struct option names[] = {
		{"handler", required_argument, NULL, 'h'},
		{"idle", required_argument, NULL, 'i'},
		{NULL, 0, NULL, 0},
	};
	int c;

	opterr = 0;
	while ((c = getopt_long(argc, argv, "c:V", names, NULL)) != -1) {
		switch (c) {
		case 'c':
			out->config_path = optarg;
			break;
		case 'h':
			out->handler = optarg;
			break;
		case 'i':
			if (parse_u32(optarg, 0, 86400, &out->idle_seconds))
				return -1;
			break;
		case 'V':
			puts("tsp-udp " TSP_VERSION);
			return 1;
		default:
			return -1;
		}
	}
	return optind == argc ? 0 : -1;
}

/** beside_us() - path of tsp-handler in this program's directory; NULL: unknown */
static const char *beside_us(void)
{
	static char path[PATH_MAX];

	return file_beside_program("tsp-handler", path) ? NULL : path;
}

/** open_sockets() - take the sockets from systemd; 0, or -1, logged */
static int open_sockets(struct udp_service *service)
{
	int n = sd_listen_fds(1), i;

	if (n < 1 || n > UDP_SOCKETS_MAX) {
		log_msg(LOG_ERR,
			"1 to %d sockets are needed from the parent process, not %d",
			UDP_SOCKETS_MAX, n < 0 ? 0 : n);
		return -1;
	}
	for (i = 0; i < n; i++) {
		int fd = SD_LISTEN_FDS_START + i;

		if (sd_is_socket(fd, AF_UNSPEC, SOCK_DGRAM, -1) <= 0 ||
		    udp_service_open(fd, &service->listeners[i])) {
			log_msg(LOG_ERR, "descriptor %d is not a UDP socket", fd);
			return -1;
		}
	}
	service->count = (size_t)n;
	return 0;
}

/** be_reader() - the child: receive datagrams, without any rights */
static int be_reader(struct udp_service *service)
{
	size_t places = service->limits.peers;

	service->limits.peers = udp_service_places(places);
	if (service->limits.peers < places)
		log_msg(LOG_WARNING,
			"[limits] sessions: %zu instead of %zu, limited by RLIMIT_NOFILE",
			service->limits.peers, places);
	if (sandbox_datagrams() || udp_server_run(service))
		return EXIT_RUN_TIME;
	return EXIT_SERVED;
}

/** be_starter() - the parent: start handlers, never read from the network */
static int be_starter(const struct udp_service *service, const struct options *options,
		      int fd, pid_t reader)
{
	char *argv[] = {(char *)options->handler, (char *)"-c",
			(char *)options->config_path, NULL};
	static struct forks forks;
	const struct udp_starter starter = {
		.requests = fd,
		.listeners = service->listeners,
		.count = service->count,
		.argv = argv,
		/* some clear up while others have taken their places */
		.children = service->limits.peers + service->limits.peers / 2,
		.handler_seconds = options->handler_seconds,
		.reader = reader,
		.forks = options->fork ? &forks : NULL,
		.state = options->state,
	};
	int failed, status;
	size_t i;

	forks.program = options->handler;
	forks.config_path = options->config_path;
	for (i = 0; i < service->count; i++)
		close(service->listeners[i].fd);
	failed = sandbox_starter() || udp_starter_run(&starter);
	if (child_wait(reader, END_SECONDS, &status))
		log_msg(LOG_ERR, "the reader did not end and was killed");
	else if (WIFSIGNALED(status) && WTERMSIG(status) != SIGINT)
		log_msg(LOG_ERR, "the reader was ended by signal %d", WTERMSIG(status));
	return failed || !WIFEXITED(status) ? EXIT_RUN_TIME : WEXITSTATUS(status);
}

/** run() - split into starter and reader */
static int run(const struct udp_service *service, const struct options *options)
{
	struct udp_service own = *service;
	int pair[2];
	pid_t reader;

	if (seqpacket_pair(pair)) {
		log_msg(LOG_ERR, "no packet pair: %m");
		return EXIT_RUN_TIME;
	}
	reader = fork();
	if (reader < 0) {
		log_msg(LOG_ERR, "no reader process: %m");
		return EXIT_RUN_TIME;
	}
	if (reader == 0) {
		close(pair[0]);
		own.starter = pair[1];
		/* no exit handlers: they may need what the sandbox forbids */
		_exit(be_reader(&own));
	}
	close(pair[1]);
	return be_starter(service, options, pair[0], reader);
}

/** take_limits() - what the configuration says of a service over UDP */
static void take_limits(const struct config *config, struct options *options,
			struct udp_service *service)
{
	options->handler_seconds = children_seconds(config);
	options->fork = config->fork;
	options->state = config->state;
	service->idle = (int64_t)options->idle_seconds * 1000;
	service->mechanisms = config->mechanisms;
	service->v6udpv4 = modes_declared(config->template, TUNNEL_V6UDPV4);
	service->limits = (struct udp_limits){
		.talks = TALKS,
		.peers = config->sessions,
		.per_source = config->sessions_per_address,
		.session = (int64_t)(config->session_seconds + GRACE_SECONDS) * 1000,
		.memory = MEMORY_MS,
	};
}

static struct config config;

/** client_of() - address in the tunnel of an anonymous client */
static struct in6_addr client_of(const struct endpoint *client)
{
	struct pool_addresses addresses;

	pool_anonymous_addresses(&config.anonymous_pool, client, &addresses);
	return addresses.client;
}

int main(int argc, char **argv)
{
	struct options options = {.idle_seconds = IDLE_SECONDS};
	static struct udp_service service;
	int parsed = parse_options(argc, argv, &options);

	log_open("tsp-udp", false);
	if (parsed)
		return parsed < 0 ? usage() : EXIT_SERVED;
	options.config_path = config_path(options.config_path);
	if (!options.handler)
		options.handler = beside_us();
	if (!options.handler)
		return usage();
	if (config_load(options.config_path, &config) || open_sockets(&service))
		return EXIT_USAGE;
	take_limits(&config, &options, &service);

	signal(SIGPIPE, SIG_IGN);
	if (sandbox_become_user(config.user, modes_net_admin_needed(config.template)) ||
	    (service.v6udpv4 && modes_proof_declared(config.template) &&
	     udp_presence_init(&service.presence, &config, client_of)))
		return EXIT_RUN_TIME;
	return run(&service, &options);
}
