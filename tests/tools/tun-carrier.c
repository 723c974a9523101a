/* SPDX-License-Identifier: MIT */
/*
 * tun-carrier.c - a client's end of a tunnel on any kernel
 *
 * usage: tun-carrier v6v4 DEVICE OURS THEIRS SECONDS
 *        tun-carrier v6udpv4 DEVICE OURS:PORT THEIRS:PORT SECONDS
 *
 * Makes the tun device DEVICE and carries packets between it and a raw socket of protocol
 * 41, or a UDP socket: what a sit device would do, on kernels that have none. Prints "ready"
 * when DEVICE is there and ends after SECONDS, so that no test can leave one behind.
 */
#include <arpa/inet.h>
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/if_tun.h>
#include <net/if.h>
#include <netinet/ip.h>
#include <poll.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "lib/endpoint.h"
#include "lib/parse.h"

#define PACKET_MAX 65536
#define USAGE      100

/** open_tun() - a tun device of that name */
static int open_tun(const char *name)
{
	struct ifreq ifr = {.ifr_flags = IFF_TUN | IFF_NO_PI};
	int fd = open("/dev/net/tun", O_RDWR | O_CLOEXEC | O_NONBLOCK);

	snprintf(ifr.ifr_name, sizeof(ifr.ifr_name), "%s", name);
	if (fd < 0 || ioctl(fd, TUNSETIFF, &ifr))
		err(111, "%s", name);
	return fd;
}

/** open_outside() - a socket for packets between both ends */
static int open_outside(bool udp, const struct endpoint *ours,
			const struct endpoint *theirs)
{
	struct sockaddr_in from = {.sin_family = AF_INET,
				   .sin_addr = ours->addr,
				   .sin_port = htons(ours->port)};
	struct sockaddr_in to = {.sin_family = AF_INET,
				 .sin_addr = theirs->addr,
				 .sin_port = htons(theirs->port)};
	int size = 4 << 20;
	int fd = socket(AF_INET,
			(udp ? SOCK_DGRAM : SOCK_RAW) | SOCK_CLOEXEC | SOCK_NONBLOCK,
			udp ? IPPROTO_UDP : IPPROTO_IPV6);

	if (fd < 0 || bind(fd, (struct sockaddr *)&from, sizeof(from)) ||
	    connect(fd, (struct sockaddr *)&to, sizeof(to)) ||
	    setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &size, sizeof(size)))
		err(111, "socket");
	return fd;
}

/** outwards() - from the tun device to the server, until there is nothing more */
static void outwards(int tun, int outside)
{
	static unsigned char packet[PACKET_MAX];
	ssize_t n;

	while ((n = read(tun, packet, sizeof(packet))) > 0) {
		if (packet[0] >> 4 != 6)
			continue;
		/* errors are those of earlier packets: ICMP messages */
		if (send(outside, packet, (size_t)n, 0) < 0 && errno == EAGAIN)
			break;
	}
}

/** inwards() - from the server to the tun device; raw sockets give the IPv4 header too */
static void inwards(int tun, int outside, bool udp)
{
	static unsigned char packet[PACKET_MAX];
	size_t head;
	ssize_t n;

	while ((n = recv(outside, packet, sizeof(packet), 0)) > 0) {
		head = udp ? 0 : (size_t)(packet[0] & 15) * 4;
		if ((size_t)n > head && write(tun, packet + head, (size_t)n - head) < 0 &&
		    errno != EIO && errno != EAGAIN && errno != EINVAL)
			err(111, "writing to the device");
	}
}

int main(int argc, char **argv)
{
	struct endpoint ours, theirs;
	struct pollfd fds[2];
	uint32_t seconds;
	bool udp;

	if (argc != 6 || endpoint_parse(argv[3], &ours) ||
	    endpoint_parse(argv[4], &theirs) || parse_u32(argv[5], 1, 3600, &seconds))
		return USAGE;
	udp = !strcmp(argv[1], "v6udpv4");
	alarm(seconds);
	fds[0] = (struct pollfd){.fd = open_tun(argv[2]), .events = POLLIN};
	fds[1] = (struct pollfd){.fd = open_outside(udp, &ours, &theirs),
				 .events = POLLIN};
	puts("ready");
	fflush(stdout);
	while (poll(fds, 2, -1) >= 0) {
		outwards(fds[0].fd, fds[1].fd);
		inwards(fds[0].fd, fds[1].fd, udp);
	}
	return 111;
}
