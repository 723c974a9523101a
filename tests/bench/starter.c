/* SPDX-License-Identifier: MIT */
/*
 * starter.c - the least that a starter of processes can do: accept, vfork, exec
 *
 * usage: starter PORT PROGRAM
 */
#include <netinet/in.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

/** listener_on() - a socket that listens on 127.0.0.1; -1: none */
static int listener_on(const char *port)
{
	struct sockaddr_in at = {.sin_family = AF_INET,
				 .sin_port = htons((uint16_t)atoi(port)),
				 .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), one = 1;

	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
	if (!bind(fd, (struct sockaddr *)&at, sizeof(at)) && !listen(fd, 512))
		return fd;
	close(fd);
	return -1;
}

/** start() - start the program with a connection as standard input and output */
static void start(const char *program, int fd)
{
	/* NOLINTBEGIN(clang-analyzer-unix.Vfork, clang-analyzer-security*): it is the least */
	if (vfork() == 0) {
		dup2(fd, STDIN_FILENO);
		dup2(fd, STDOUT_FILENO);
		execl(program, program, (char *)NULL);
		_exit(127);
	}
	/* NOLINTEND(clang-analyzer-unix.Vfork, clang-analyzer-security*) */
}

int main(int argc, char **argv)
{
	int listener = argc == 3 ? listener_on(argv[1]) : -1, fd;

	if (listener < 0)
		return 100;
	signal(SIGCHLD, SIG_IGN); /* the kernel collects them */
	while ((fd = accept4(listener, NULL, NULL, SOCK_CLOEXEC)) >= 0) {
		start(argv[2], fd);
		close(fd);
	}
	close(listener);
	return 111;
}
