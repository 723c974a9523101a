/* SPDX-License-Identifier: MIT */
/*
 * cpu.c - processor time of a session beside that of the programs it cannot do without
 *
 * usage: cpu ROUNDS SESSIONS HANDLER NOOP BATCH
 *
 * In turns, each repeated the given number of times a round:
 *
 *	session	HANDLER on a TCP connection from an address of 127.0.0.0/8 that is its own:
 *		anonymous, a tunnel offered and accepted, what $TSP_CONFIG has as template
 *	no-op	NOOP, a static program that does nothing
 *	sh	sh -c :
 *	ip	ip -batch BATCH
 *
 * Output, tab-separated: round, what, microseconds of user and system time for one. What a
 * program starts is counted with it: we inherit and collect what it does not wait for. Our
 * own time, a client's, is not counted.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#define SESSIONS_MAX 1000
#define ROUNDS_MAX   100

static int listener;
static unsigned number; /* of sessions so far */

static _Noreturn void die(const char *what)
{
	perror(what);
	exit(111);
}

/** children_us() - processor time of all that we have waited for */
static double children_us(void)
{
	struct rusage u;

	getrusage(RUSAGE_CHILDREN, &u);
	return (double)(u.ru_utime.tv_sec + u.ru_stime.tv_sec) * 1e6 +
	       (double)(u.ru_utime.tv_usec + u.ru_stime.tv_usec);
}

/** start() - a program with a descriptor as input and output; -1: none */
static void start(char *const argv[], int fd)
{
	posix_spawn_file_actions_t actions;
	pid_t pid;

	posix_spawn_file_actions_init(&actions);
	if (fd >= 0) {
		posix_spawn_file_actions_adddup2(&actions, fd, STDIN_FILENO);
		posix_spawn_file_actions_adddup2(&actions, fd, STDOUT_FILENO);
	}
	errno = posix_spawnp(&pid, argv[0], &actions, NULL, argv, environ);
	if (errno)
		die(argv[0]);
	posix_spawn_file_actions_destroy(&actions);
}

/** collect() - until no child is left, inherited ones as well; all have to succeed */
static void collect(const char *what)
{
	int status;

	while (wait(&status) > 0) {
		if (WIFEXITED(status) && WEXITSTATUS(status) == 0)
			continue;
		fprintf(stderr, "cpu: %s ended with status %#x\n", what, status);
		exit(1);
	}
}

/** connect_pair() - a new client: its end in @client; returns the server's */
static int connect_pair(int *client, struct in_addr *source)
{
	struct sockaddr_in from = {.sin_family = AF_INET}, to;
	socklen_t len = sizeof(to);
	int server;

	number++;
	source->s_addr = htonl(0x7f010000u + number);
	from.sin_addr = *source;
	*client = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (getsockname(listener, (struct sockaddr *)&to, &len) ||
	    bind(*client, (struct sockaddr *)&from, sizeof(from)) ||
	    connect(*client, (struct sockaddr *)&to, len))
		die("connect");
	server = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
	if (server < 0)
		die("accept");
	return server;
}

/** exchange() - say something, hear something with @expected in it */
static void exchange(int fd, const char *text, const char *expected)
{
	char reply[4096];
	ssize_t n;

	if (send(fd, text, strlen(text), MSG_NOSIGNAL) < 0)
		die("send");
	n = recv(fd, reply, sizeof(reply) - 1, 0);
	reply[n < 0 ? 0 : n] = '\0';
	if (!strstr(reply, expected)) {
		fprintf(stderr, "cpu: '%s', where %s was due\n", reply, expected);
		exit(1);
	}
}

/** session() - a whole one, with the client's part by us */
static void session(char *handler)
{
	char *argv[] = {handler, NULL}, body[256], request[512], rest[64];
	struct in_addr source;
	int client, server = connect_pair(&client, &source);

	start(argv, server);
	close(server);
	exchange(client, "VERSION=2.0.2\r\n", "CAPABILITY");
	exchange(client, "AUTHENTICATE ANONYMOUS\r\n", "200");
	snprintf(body, sizeof(body),
		 "<tunnel action=\"create\" type=\"v6v4\" proxy=\"no\"><client>"
		 "<address type=\"ipv4\">%s</address></client></tunnel>\r\n",
		 inet_ntoa(source));
	snprintf(request, sizeof(request), "Content-length: %zu\r\n%s", strlen(body),
		 body);
	exchange(client, request, "200 Success");
	snprintf(request, sizeof(request),
		 "Content-length: 35\r\n<tunnel action=\"accept\"></tunnel>\r\n");
	if (send(client, request, strlen(request), MSG_NOSIGNAL) < 0)
		die("send");
	while (recv(client, rest, sizeof(rest), 0) > 0)
		;
	close(client);
	collect("a session");
}

static void program(char *const argv[])
{
	start(argv, -1);
	collect(argv[0]);
}

/** listen_somewhere() - where sessions come to */
static void listen_somewhere(void)
{
	struct sockaddr_in any = {.sin_family = AF_INET,
				  .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};

	listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (bind(listener, (struct sockaddr *)&any, sizeof(any)) || listen(listener, 8))
		die("listen");
}

/** measure() - @what, @count times: as a session when @argv is NULL */
static void measure(int round, const char *what, int count, char *handler,
		    char *const argv[])
{
	double begin = children_us();
	int i;

	for (i = 0; i < count; i++) {
		if (argv)
			program(argv);
		else
			session(handler);
	}
	printf("%d\t%s\t%.1f\n", round, what, (children_us() - begin) / count);
	fflush(stdout);
}

int main(int argc, char **argv)
{
	int rounds = argc == 6 ? atoi(argv[1]) : 0, count = argc == 6 ? atoi(argv[2]) : 0;
	char *sh[] = {"sh", "-c", ":", NULL};
	int round;

	if (rounds < 1 || rounds > ROUNDS_MAX || count < 1 || count > SESSIONS_MAX) {
		fputs("usage: cpu ROUNDS SESSIONS HANDLER NOOP BATCH\n", stderr);
		return 100;
	}
	prctl(PR_SET_CHILD_SUBREAPER, 1);
	listen_somewhere();
	session(argv[3]); /* it makes the allocation file */
	for (round = 1; round <= rounds; round++) {
		char *noop[] = {argv[4], NULL};
		char *ip[] = {"ip", "-batch", argv[5], NULL};

		measure(round, "session", count, argv[3], NULL);
		measure(round, "no-op", count, NULL, noop);
		measure(round, "sh", count, NULL, sh);
		measure(round, "ip", count, NULL, ip);
	}
	return 0;
}
