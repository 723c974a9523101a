/* SPDX-License-Identifier: MIT */
/*
 * packets.c - as many packets per second as get through, one client's after the other's
 *
 * usage: packets KIND FIRST LAST SECONDS SEND-DEVICE SEND-MAC RECEIVE-NAMESPACE RECEIVE-DEVICE
 *
 * Sends small packets of clients FIRST to LAST from SEND-DEVICE, which is in our network
 * namespace, to SEND-MAC, faster than they can be forwarded, and counts what arrives at
 * RECEIVE-DEVICE by its counters. The order of the clients is scattered. KIND:
 *
 *	v6v4	from the clients, in IPv4 protocol 41
 *	v6udpv4	from the clients, in UDP, each from its own port
 *	v6	to the clients, plain IPv6
 *
 * Client N, from 1, is lease N of the users: 10.0.0.0 + N, port 40000 + N % 20000, address
 * 2001:db8:ffff:: + 2N + 1. The server is 192.0.2.1, the other end 2001:db8:6::2.
 *
 * Output, tab-separated: packets sent and received in a second.
 */
#include <arpa/inet.h>
#include <fcntl.h>
#include <linux/if_packet.h>
#include <net/ethernet.h>
#include <net/if.h>
#include <netinet/ether.h>
#include <netinet/ip.h>
#include <netinet/ip6.h>
#include <netinet/udp.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define FRAME_MAX   128
#define AT_ONCE     64
#define CLIENTS_MAX 65536
#define STRIDE      7919 /* a prime: neighbours are far apart */
#define WARM_UP     0.3  /* seconds before counting */
#define SECONDS_MAX 60

/** struct frame - a packet as it goes over the wire */
struct frame {
	unsigned char data[FRAME_MAX];
	size_t len;
};

static int counters; /* /proc/net/dev of the receiving side */

static void die(const char *what)
{
	perror(what);
	exit(111);
}

static double now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static void put(struct frame *f, const void *data, size_t len)
{
	memcpy(f->data + f->len, data, len);
	f->len += len;
}

/** sum() - the internet checksum */
static uint16_t sum(const void *data, size_t len)
{
	const unsigned char *p = data;
	uint32_t s = 0;

	for (; len > 1; len -= 2, p += 2)
		s += (uint32_t)(p[0] << 8 | p[1]);
	while (s >> 16)
		s = (s & 0xffff) + (s >> 16);
	return htons((uint16_t)~s);
}

/** put_ipv4() - header of a packet from client @n to the server, with @inner bytes in it */
static void put_ipv4(struct frame *f, uint32_t n, uint8_t protocol, size_t inner)
{
	struct iphdr ip = {.version = 4,
			   .ihl = 5,
			   .ttl = 64,
			   .protocol = protocol,
			   .tot_len = htons((uint16_t)(sizeof(ip) + inner)),
			   .saddr = htonl(0x0a000000u + n)};

	inet_pton(AF_INET, "192.0.2.1", &ip.daddr);
	ip.check = sum(&ip, sizeof(ip));
	put(f, &ip, sizeof(ip));
}

/** make_frame() - a packet of client @n, or to it */
static void make_frame(struct frame *f, const char *kind, const struct ether_addr *to,
		       uint32_t n)
{
	struct ether_header eth = {.ether_type = htons(ETHERTYPE_IP)};
	struct ip6_hdr six = {.ip6_flow = htonl(6u << 28),
			      .ip6_plen = htons(sizeof(struct udphdr)),
			      .ip6_nxt = IPPROTO_UDP,
			      .ip6_hlim = 64};
	struct udphdr udp = {.source = htons(9),
			     .dest = htons(9),
			     .len = htons(sizeof(udp)),
			     .check = htons(1)}; /* nobody looks at it */
	struct udphdr outer = {.source = htons((uint16_t)(40000 + n % 20000)),
			       .dest = htons(3653),
			       .len = htons(sizeof(outer) + sizeof(six) + sizeof(udp))};
	struct in6_addr client, other;
	uint32_t low = htonl(2 * n + 1);

	inet_pton(AF_INET6, "2001:db8:ffff::", &client);
	inet_pton(AF_INET6, "2001:db8:6::2", &other);
	memcpy(&client.s6_addr[12], &low, sizeof(low));
	six.ip6_src = strcmp(kind, "v6") ? client : other;
	six.ip6_dst = strcmp(kind, "v6") ? other : client;
	memcpy(eth.ether_dhost, to, sizeof(eth.ether_dhost));
	eth.ether_shost[0] = 2;

	f->len = 0;
	if (!strcmp(kind, "v6"))
		eth.ether_type = htons(ETHERTYPE_IPV6);
	put(f, &eth, sizeof(eth));
	if (!strcmp(kind, "v6v4"))
		put_ipv4(f, n, IPPROTO_IPV6, sizeof(six) + sizeof(udp));
	if (!strcmp(kind, "v6udpv4")) {
		put_ipv4(f, n, IPPROTO_UDP, sizeof(outer) + sizeof(six) + sizeof(udp));
		put(f, &outer, sizeof(outer));
	}
	put(f, &six, sizeof(six));
	put(f, &udp, sizeof(udp));
}

/** open_counters() - those of a namespace; we stay in our own */
static void open_counters(const char *namespace)
{
	int ours = open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC), theirs;
	char path[256];

	snprintf(path, sizeof(path), "/run/netns/%s", namespace);
	theirs = open(path, O_RDONLY | O_CLOEXEC);
	if (ours < 0 || theirs < 0 || setns(theirs, CLONE_NEWNET))
		die(path);
	counters = open("/proc/thread-self/net/dev", O_RDONLY | O_CLOEXEC);
	if (counters < 0 || setns(ours, CLONE_NEWNET))
		die("/proc/thread-self/net/dev");
	close(ours);
	close(theirs);
}

/** received() - packets that have arrived at a device */
static unsigned long long received(const char *device)
{
	char text[16384], name[IFNAMSIZ + 2];
	unsigned long long packets;
	ssize_t n = pread(counters, text, sizeof(text) - 1, 0);
	const char *at;

	text[n < 0 ? 0 : n] = '\0';
	snprintf(name, sizeof(name), "%s:", device);
	at = strstr(text, name);
	if (!at || sscanf(at + strlen(name), "%*u %llu", &packets) != 1) {
		fprintf(stderr, "packets: no counters of %s\n", device);
		exit(111);
	}
	return packets;
}

/** open_device() - a socket that sends raw frames */
static int open_device(const char *device)
{
	struct sockaddr_ll to = {.sll_family = AF_PACKET,
				 .sll_ifindex = (int)if_nametoindex(device)};
	int fd = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, 0), on = 1;

	if (fd < 0 || !to.sll_ifindex || bind(fd, (struct sockaddr *)&to, sizeof(to)))
		die(device);
	setsockopt(fd, SOL_PACKET, PACKET_QDISC_BYPASS, &on, sizeof(on));
	return fd;
}

/** send_until() - all messages round and round; returns how many packets went out */
static unsigned long long send_until(int fd, struct mmsghdr *messages, size_t count,
				     double end)
{
	static size_t at;
	unsigned long long sent = 0;
	int n;

	while (now() < end) {
		n = sendmmsg(fd, messages + at, AT_ONCE, 0);
		sent += n > 0 ? (unsigned)n : 0;
		at = (at + AT_ONCE) % count;
	}
	return sent;
}

/** make_messages() - for each client one, rounded up to whole calls */
static struct mmsghdr *make_messages(const char *kind, const struct ether_addr *to,
				     size_t first, size_t clients, size_t *count)
{
	static struct mmsghdr *messages; /* all three are there to the end */
	static struct frame *frames;
	static struct iovec *parts;
	size_t i;

	*count = (clients + AT_ONCE - 1) / AT_ONCE * AT_ONCE;
	messages = calloc(*count, sizeof(*messages));
	frames = calloc(*count, sizeof(*frames));
	parts = calloc(*count, sizeof(*parts));
	if (!messages || !frames || !parts)
		die("packets");
	for (i = 0; i < *count; i++) {
		make_frame(&frames[i], kind, to,
			   (uint32_t)(first + (uint64_t)i * STRIDE % clients));
		parts[i] = (struct iovec){frames[i].data, frames[i].len};
		messages[i].msg_hdr.msg_iov = &parts[i];
		messages[i].msg_hdr.msg_iovlen = 1;
	}
	return messages;
}

int main(int argc, char **argv)
{
	size_t first = argc == 9 ? (size_t)atol(argv[2]) : 0;
	size_t last = argc == 9 ? (size_t)atol(argv[3]) : 0, count;
	double seconds = argc == 9 ? atof(argv[4]) : 0, begin;
	struct ether_addr *to = argc == 9 ? ether_aton(argv[6]) : NULL;
	unsigned long long before, sent;
	struct mmsghdr *messages;
	cpu_set_t processor;
	int fd;

	if (!to || !first || first > last || last > CLIENTS_MAX || seconds <= 0 ||
	    seconds > SECONDS_MAX) {
		fputs("usage: packets v6v4|v6udpv4|v6 FIRST LAST SECONDS SEND-DEVICE "
		      "SEND-MAC RECEIVE-NAMESPACE RECEIVE-DEVICE\n",
		      stderr);
		return 100;
	}
	CPU_ZERO(&processor);
	CPU_SET(0, &processor);
	sched_setaffinity(0, sizeof(processor), &processor); /* the other one forwards */
	open_counters(argv[7]);
	fd = open_device(argv[5]);
	messages = make_messages(argv[1], to, first, last - first + 1, &count);

	send_until(fd, messages, count, now() + WARM_UP);
	before = received(argv[8]);
	begin = now();
	sent = send_until(fd, messages, count, begin + seconds);
	before = received(argv[8]) - before;
	seconds = now() - begin;
	printf("%.0f\t%.0f\n", (double)sent / seconds, (double)before / seconds);
	return 0;
}
