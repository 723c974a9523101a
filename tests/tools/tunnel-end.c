// SPDX-License-Identifier: MIT
/*
 * tunnel-end.c - a server's end of tunnels, for tests of the client
 *
 *	tunnel-end [--strict] DEVICE UPLINK PORT
 *
 * Makes the tun device DEVICE and carries packets between it and the clients behind the
 * Ethernet device UPLINK: IPv6 in protocol 41, and IPv6 in UDP to PORT. Where a client is,
 * it learns from the last packet that came from an address, or with --strict from the first,
 * as a server that has the client's endpoint from its request. It takes its packets from a
 * packet socket, as a program in the kernel would, so that the port stays tsp-udp's.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <linux/if_tun.h>
#include <net/if.h>
#include <netinet/ip.h>
#include <netinet/udp.h>
#include <poll.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#define CLIENTS    64
#define PACKET_MAX 4096
#define IPV6_LEN   40

/** struct client - where packets to an address go; port 0: protocol 41 */
struct client {
	struct in6_addr inner;
	struct in_addr outer, own;
	uint16_t port;
};

static struct client clients[CLIENTS];
static unsigned known;
static uint16_t our_port;
static bool strict;

static void die(const char *what)
{
	perror(what);
	exit(111);
}

static int open_tun(const char *name)
{
	struct ifreq request = {.ifr_flags = IFF_TUN | IFF_NO_PI};
	int fd = open("/dev/net/tun", O_RDWR | O_CLOEXEC);

	strncpy(request.ifr_name, name, IFNAMSIZ - 1);
	if (fd < 0 || ioctl(fd, TUNSETIFF, &request))
		die(name);
	return fd;
}

static int open_uplink(const char *name)
{
	struct sockaddr_ll address = {.sll_family = AF_PACKET,
				      .sll_protocol = htons(ETH_P_IP),
				      .sll_ifindex = (int)if_nametoindex(name)};
	int fd = socket(AF_PACKET, SOCK_DGRAM | SOCK_CLOEXEC, htons(ETH_P_IP));

	if (fd < 0 || bind(fd, (struct sockaddr *)&address, sizeof(address)))
		die(name);
	return fd;
}

/** learn() - an address is at this client from now on */
static void learn(const struct client *from)
{
	unsigned i;

	for (i = 0; i < known; i++) {
		if (!memcmp(&clients[i].inner, &from->inner, 16))
			break;
	}
	if (i == CLIENTS || (strict && i < known))
		return;
	clients[i] = *from;
	known += i == known;
}

/** find() - who has this address; else the one who was heard last: for prefixes */
static const struct client *find(const uint8_t *address)
{
	unsigned i;

	for (i = 0; i < known; i++) {
		if (!memcmp(&clients[i].inner, address, 16))
			return &clients[i];
	}
	return known ? &clients[known - 1] : NULL;
}

/** take_in() - an IPv4 packet from the uplink */
static void take_in(int tun, const uint8_t *p, size_t len)
{
	const struct iphdr *ip = (const void *)p;
	size_t head = (size_t)ip->ihl * 4;
	struct client from = {.outer.s_addr = ip->saddr, .own.s_addr = ip->daddr};

	if (len < head + IPV6_LEN)
		return;
	if (ip->protocol == IPPROTO_UDP) {
		const struct udphdr *udp = (const void *)(p + head);

		if (ntohs(udp->dest) != our_port || len < head + 8 + IPV6_LEN)
			return;
		from.port = ntohs(udp->source);
		head += 8;
	} else if (ip->protocol != IPPROTO_IPV6) {
		return;
	}
	if (p[head] >> 4 != 6)
		return;
	memcpy(&from.inner, p + head + 8, 16);
	learn(&from);
	if (write(tun, p + head, len - head) < 0)
		perror("tun");
}

/** put_out() - an IPv6 packet from the device; the kernel fills the IPv4 header in */
static void put_out(int raw41, int rawudp, const uint8_t *p, size_t len)
{
	const struct client *to = len >= IPV6_LEN ? find(p + 24) : NULL;
	struct sockaddr_in address = {.sin_family = AF_INET};
	uint8_t datagram[PACKET_MAX + 8];
	struct udphdr *udp = (void *)datagram;

	if (!to)
		return;
	address.sin_addr = to->outer;
	if (!to->port) {
		sendto(raw41, p, len, 0, (struct sockaddr *)&address, sizeof(address));
		return;
	}
	*udp = (struct udphdr){.source = htons(our_port),
			       .dest = htons(to->port),
			       .len = htons((uint16_t)(len + 8))};
	memcpy(datagram + 8, p, len);
	sendto(rawudp, datagram, len + 8, 0, (struct sockaddr *)&address,
	       sizeof(address));
}

int main(int argc, char **argv)
{
	int tun, uplink, raw41, rawudp;
	uint8_t packet[PACKET_MAX];

	if (argc > 1 && !strcmp(argv[1], "--strict")) {
		strict = true;
		argv++;
		argc--;
	}
	if (argc != 4) {
		fputs("usage: tunnel-end [--strict] DEVICE UPLINK PORT\n", stderr);
		return 100;
	}
	our_port = (uint16_t)atoi(argv[3]);
	tun = open_tun(argv[1]);
	uplink = open_uplink(argv[2]);
	raw41 = socket(AF_INET, SOCK_RAW, IPPROTO_IPV6);
	rawudp = socket(AF_INET, SOCK_RAW, IPPROTO_UDP);
	if (raw41 < 0 || rawudp < 0)
		die("raw socket");
	puts("ready");
	fflush(stdout);
	for (;;) {
		struct pollfd fds[2] = {{.fd = tun, .events = POLLIN},
					{.fd = uplink, .events = POLLIN}};
		struct sockaddr_ll from = {.sll_family = AF_UNSPEC};
		socklen_t size = sizeof(from);
		ssize_t n;

		if (poll(fds, 2, -1) < 0)
			die("poll");
		if (fds[0].revents) {
			n = read(tun, packet, sizeof(packet));
			if (n > 0)
				put_out(raw41, rawudp, packet, (size_t)n);
		}
		if (fds[1].revents) {
			n = recvfrom(uplink, packet, sizeof(packet), 0,
				     (struct sockaddr *)&from, &size);
			if (n >= (ssize_t)sizeof(struct iphdr) &&
			    from.sll_pkttype == PACKET_HOST)
				take_in(tun, packet, (size_t)n);
		}
	}
}
