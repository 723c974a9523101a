/* SPDX-License-Identifier: MIT */
/*
 * relay.c - the mover of tspc by itself, without signalling: for relay.sh
 *
 *	relay DEVICE OWN PEER [raw]
 *
 * Makes the tun device and carries packets between it and UDP port 3653 of PEER, or with
 * "raw" by protocol 41. Two of them are a tunnel.
 */
#include <arpa/inet.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#include "client/carry.h"
#include "client/device.h"
#include "client/mover.h"

static int open_wire(const char *own, const char *peer, bool raw)
{
	struct sockaddr_in a = {.sin_family = AF_INET, .sin_port = htons(3653)};
	struct sockaddr_in b = a;
	int fd = socket(AF_INET, raw ? SOCK_RAW : SOCK_DGRAM, raw ? IPPROTO_IPV6 : 0);

	if (fd < 0 || inet_pton(AF_INET, own, &a.sin_addr) != 1 ||
	    inet_pton(AF_INET, peer, &b.sin_addr) != 1 ||
	    bind(fd, (struct sockaddr *)&a, sizeof(a)) ||
	    connect(fd, (struct sockaddr *)&b, sizeof(b)))
		return -1;
	return fd;
}

int main(int argc, char **argv)
{
	static struct ping ping;
	struct carry carry = {.ping = &ping, .raw = argc == 5};
	struct pollfd fds[2];

	if (argc < 4) {
		fputs("usage: relay DEVICE OWN PEER [raw]\n", stderr);
		return 100;
	}
	carry.tun = device_open(argv[1]);
	carry.wire = open_wire(argv[2], argv[3], carry.raw);
	if (carry.tun < 0 || carry.wire < 0) {
		perror("relay");
		return 111;
	}
	mover_prepare(carry.wire, carry.raw);
	puts("ready");
	fflush(stdout);
	while (!carry.gone) {
		fds[0] = (struct pollfd){.fd = carry.tun, .events = POLLIN};
		fds[1] = (struct pollfd){.fd = carry.wire, .events = POLLIN};
		poll(fds, 2, -1);
		if (fds[1].revents)
			carry_in(&carry);
		if (fds[0].revents)
			carry_out(&carry);
	}
	return 111;
}
