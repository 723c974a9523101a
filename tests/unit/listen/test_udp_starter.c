/* SPDX-License-Identifier: MIT */
/* test_udp_starter.c - what a reader in enemy hands gets from the starter */
#include <arpa/inet.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "listen/udp_starter.h"

#define PORT 3653

static int requests;
static pid_t starter;
static uint32_t proven; /* of the next request */

/** run() - a starter of @program, in another process */
static void run(const char *program, const char *argument, struct in_addr bound,
		unsigned seconds)
{
	const struct udp_listener listeners[] = {{.port = PORT, .address = bound}};
	char *argv[] = {(char *)program, (char *)argument, NULL};
	int pair[2], null;

	assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair), 0);
	starter = fork();
	if (starter == 0) {
		const struct udp_starter s = {.requests = pair[0],
					      .listeners = listeners,
					      .count = 1,
					      .argv = argv,
					      .children = 4,
					      .handler_seconds = seconds};

		null = open("/dev/null", O_WRONLY);
		dup2(null, STDERR_FILENO);
		close(pair[1]);
		_exit(udp_starter_run(&s) ? 1 : 0);
	}
	close(pair[0]);
	requests = pair[1];
}

/** ask() - for a handler; our end of its connection */
static int ask(const char *server, uint32_t socket, uint16_t client_port)
{
	const struct timeval patience = {.tv_sec = 30};
	struct udp_start start = {
		.client = {.port = client_port}, .socket = socket, .proven = proven};
	int pair[2];

	inet_pton(AF_INET, "192.0.2.1", &start.client.addr);
	inet_pton(AF_INET, server, &start.server);
	assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET, 0, pair), 0);
	assert_int_equal(udp_starter_ask(requests, &start, pair[1]), 0);
	close(pair[1]);
	setsockopt(pair[0], SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
	return pair[0];
}

/** refused() - no handler was started */
static void refused(int connection)
{
	char byte;

	assert_int_equal(recv(connection, &byte, 1, 0), 0);
	close(connection);
}

/** served() - a handler was started, and its environment says @line */
static void served(int connection, const char *line)
{
	char text[8192] = "", *end = text;
	ssize_t n;

	while ((n = recv(connection, end, sizeof(text) - 1 - (size_t)(end - text), 0)) >
	       0)
		end += n;
	assert_int_equal(n, 0);
	assert_non_null(strstr(text, line));
	close(connection);
}

static void ended(void)
{
	int status;

	close(requests);
	assert_int_equal(waitpid(starter, &status, 0), starter);
	assert_int_equal(status, 0);
}

static void it_knows_its_sockets(void **state)
{
	(void)state;
	run("/usr/bin/env", NULL, (struct in_addr){INADDR_ANY}, 60);
	served(ask("127.0.0.1", 0, 5000), "UDPLOCALIP=127.0.0.1\n");
	served(ask("127.4.5.6", 0, 5000), "UDPLOCALPORT=3653\n");
	served(ask("127.0.0.1", 0, 5000), "UDPREMOTEPORT=5000\n");
	refused(ask("127.0.0.1", 1, 5000)); /* no such socket */
	refused(ask("127.0.0.1", UINT32_MAX, 5000));
	refused(ask("127.0.0.1", 0, 0));
	refused(ask("198.51.100.77", 0, 5000));   /* somebody else's address */
	refused(ask("127.255.255.255", 0, 5000)); /* many addresses */
	refused(ask("255.255.255.255", 0, 5000));
	refused(ask("224.0.0.1", 0, 5000));
	refused(ask("0.0.0.0", 0, 5000));
	served(ask("127.0.0.1", 0, 5000), "PROTO=UDP\n");
	ended();
}

static void only_the_starter_says_that_a_client_is_proven(void **state)
{
	char text[8192] = "";
	int connection;

	(void)state;
	setenv("UDPPROVEN", "7", 1); /* whatever its own environment says */
	run("/usr/bin/env", NULL, (struct in_addr){INADDR_ANY}, 60);
	connection = ask("127.0.0.1", 0, 5000);
	while (recv(connection, text + strlen(text), sizeof(text) - 1 - strlen(text), 0) >
	       0)
		;
	assert_null(strstr(text, "UDPPROVEN"));
	assert_non_null(strstr(text, "PROTO=UDP"));
	close(connection);
	proven = 3000001;
	served(ask("127.0.0.1", 0, 5000), "UDPPROVEN=3000001\n");
	proven = 0;
	ended();
	unsetenv("UDPPROVEN");
}

static void a_socket_of_one_address_serves_no_other(void **state)
{
	(void)state;
	run("/usr/bin/env", NULL, (struct in_addr){htonl(INADDR_LOOPBACK)}, 60);
	served(ask("127.0.0.1", 0, 5000), "UDPLOCALIP=127.0.0.1\n");
	refused(ask("127.0.0.2", 0, 5000));
	ended();
}

static void a_handler_that_does_not_end_is_killed(void **state)
{
	(void)state;
	run("/bin/sleep", "600", (struct in_addr){INADDR_ANY}, 1);
	refused(ask("127.0.0.1", 0, 5000));
	ended();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(it_knows_its_sockets),
		cmocka_unit_test(only_the_starter_says_that_a_client_is_proven),
		cmocka_unit_test(a_socket_of_one_address_serves_no_other),
		cmocka_unit_test(a_handler_that_does_not_end_is_killed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
