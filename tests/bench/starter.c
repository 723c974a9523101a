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

int main(int argc, char **argv)
{
	struct sockaddr_in at = {.sin_family = AF_INET,
				 .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	int listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), fd, one = 1;

	if (argc != 3)
		return 100;
	at.sin_port = htons((uint16_t)atoi(argv[1]));
	setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
	if (bind(listener, (struct sockaddr *)&at, sizeof(at)) || listen(listener, 512))
		return 111;
	signal(SIGCHLD, SIG_IGN); /* the kernel collects them */
	while ((fd = accept4(listener, NULL, NULL, SOCK_CLOEXEC)) >= 0) {
		if (vfork() == 0) { /* NOLINT: it is the least */
			dup2(fd, STDIN_FILENO);
			dup2(fd, STDOUT_FILENO);
			execl(argv[2], argv[2], (char *)NULL);
			_exit(127);
		}
		close(fd);
	}
	return 111;
}
