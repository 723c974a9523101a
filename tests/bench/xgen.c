/* SPDX-License-Identifier: MIT */
/*
 * xgen.c - how long a packet takes through a server, of many clients in turn
 *
 * usage: xgen OBJECT KIND CLIENTS ROUNDS PACKETS DEVICE MAC SINK
 *
 * Sends through DEVICE to the server's MAC; what comes out of the server arrives at SINK.
 * Both devices are of this network namespace, and all of it happens on one processor in
 * turns: generator, server, sink. So the time of a round is the sum of all three. KIND:
 *
 *	41, udp	packets from clients, in tunnels
 *	six	packets to clients, without tunnel
 *	anon41, anonsix	the same of anonymous clients in protocol 41
 *
 * Output: nanoseconds for each packet, median, lowest and highest of ROUNDS rounds, and the
 * share that arrived.
 */
#include <arpa/inet.h>
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <err.h>
#include <inttypes.h>
#include <net/if.h>
#include <netinet/ether.h>
#include <netinet/ip.h>
#include <netinet/ip6.h>
#include <netinet/udp.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/bench/xgen.h"

#define PAYLOAD   34 /* of the inner UDP packet: all headers and it have 96 bytes or more */
#define FRAME_MAX 128
#define WARM      3

#define SERVER "192.0.2.1"
#define FAR    "2001:db8:6::2"
#define LINK   "2001:db8:ffff::"
#define ANON   "2001:db8:a::3" /* without the IPv4 address */

/** struct frame - a frame that is being built */
struct frame {
	unsigned char bytes[FRAME_MAX];
	size_t len;
};

static void *extend(struct frame *f, size_t len)
{
	void *at = f->bytes + f->len;

	f->len += len;
	return at;
}

/** add_ethernet() - header for the server */
static void add_ethernet(struct frame *f, const char *mac, uint16_t type)
{
	struct ether_header *eth = extend(f, sizeof(*eth));
	struct ether_addr *to = ether_aton(mac);

	if (!to)
		errx(100, "not a MAC address: %s", mac);
	memcpy(eth->ether_dhost, to, ETH_ALEN);
	eth->ether_shost[0] = 2;
	eth->ether_type = htons(type);
}

/** add_ipv4() - outer headers */
static void add_ipv4(struct frame *f, struct xgen *x, uint8_t protocol, size_t inside)
{
	struct iphdr *ip = extend(f, sizeof(*ip));
	size_t more = protocol == IPPROTO_UDP ? sizeof(struct udphdr) : 0, i;
	struct udphdr *udp;

	x->at_ipv4 = (uint32_t)((unsigned char *)&ip->saddr - f->bytes);
	x->at_sum = (uint32_t)((unsigned char *)&ip->check - f->bytes);
	*ip = (struct iphdr){.version = 4,
			     .ihl = 5,
			     .ttl = 64,
			     .protocol = protocol,
			     .tot_len = htons((uint16_t)(sizeof(*ip) + more + inside))};
	inet_pton(AF_INET, SERVER, &ip->daddr);
	for (i = 0; i < sizeof(*ip) / 2; i++) {
		uint16_t word;

		memcpy(&word, (char *)ip + 2 * i, 2);
		x->sum += word;
	}
	if (!more)
		return;
	udp = extend(f, more);
	x->at_port = (uint32_t)((unsigned char *)&udp->source - f->bytes);
	udp->dest = htons(3653);
	udp->len = htons((uint16_t)(more + inside));
}

/** add_ipv6() - the packet itself */
static void add_ipv6(struct frame *f, struct xgen *x, bool from_client)
{
	const char *network = x->anonymous ? ANON : LINK;
	struct ip6_hdr *six = extend(f, sizeof(*six));
	struct udphdr *udp = extend(f, sizeof(*udp) + PAYLOAD);
	struct in6_addr *client = from_client ? &six->ip6_src : &six->ip6_dst;

	six->ip6_flow = htonl(6u << 28);
	six->ip6_plen = htons(sizeof(*udp) + PAYLOAD);
	six->ip6_nxt = IPPROTO_UDP;
	six->ip6_hlim = 64;
	inet_pton(AF_INET6, from_client ? network : FAR, &six->ip6_src);
	inet_pton(AF_INET6, from_client ? FAR : network, &six->ip6_dst);
	x->at_address = (uint32_t)((unsigned char *)client->s6_addr +
				   (x->anonymous ? 8 : 12) - f->bytes);
	udp->source = udp->dest = htons(9);
	udp->len = htons(sizeof(*udp) + PAYLOAD);
	udp->check = htons(1);
}

/** build() - the frame of a kind */
static void build(struct frame *f, struct xgen *x, const char *kind, const char *mac)
{
	size_t inside = sizeof(struct ip6_hdr) + sizeof(struct udphdr) + PAYLOAD;
	bool tunnel;

	x->anonymous = strncmp(kind, "anon", strlen("anon")) == 0;
	if (x->anonymous)
		kind += strlen("anon");
	tunnel = strcmp(kind, "six") != 0;
	add_ethernet(f, mac, tunnel ? ETHERTYPE_IP : ETHERTYPE_IPV6);
	if (tunnel)
		add_ipv4(f, x, strcmp(kind, "udp") ? IPPROTO_IPV6 : IPPROTO_UDP, inside);
	add_ipv6(f, x, tunnel);
	memcpy(x->headers, f->bytes, sizeof(x->headers));
}

/** received() - packets that a device has received */
static uint64_t received(const char *device)
{
	char line[512], name[IFNAMSIZ + 2];
	FILE *f = fopen("/proc/net/dev", "re");
	uint64_t packets;

	snprintf(name, sizeof(name), "%s:", device);
	while (f && fgets(line, sizeof(line), f)) {
		char *at = strstr(line, name);

		if (!at || sscanf(at + strlen(name), "%*u %" SCNu64, &packets) != 1)
			continue;
		fclose(f);
		return packets;
	}
	errx(111, "no counters of %s", device);
}

/** load() - the generator, with its constants; its descriptor */
static int load(const char *path, const struct xgen *x)
{
	struct bpf_object *object = bpf_object__open_file(path, NULL);
	struct bpf_map *constants;
	size_t size;
	void *data;

	if (!object)
		err(111, "%s", path);
	constants = bpf_object__find_map_by_name(object, ".rodata");
	/* NOLINTNEXTLINE(readability-redundant-casting): libbpf 1.1 returns a const pointer */
	data = constants ? (void *)bpf_map__initial_value(constants, &size) : NULL;
	if (!data || size < sizeof(*x))
		errx(111, "%s: has no constants", path);
	memcpy(data, x, sizeof(*x));
	if (bpf_object__load(object))
		err(111, "%s", path);
	return bpf_program__fd(bpf_object__find_program_by_name(object, "generate"));
}

/** run() - nanoseconds of each packet, as the kernel has it */
static uint32_t run(int program, const struct frame *f, int packets)
{
	struct xdp_md context = {.data_end = (uint32_t)f->len};
	LIBBPF_OPTS(bpf_test_run_opts, o, .data_in = f->bytes,
		    .data_size_in = (uint32_t)f->len, .ctx_in = &context,
		    .ctx_size_in = sizeof(context), .repeat = packets,
		    .flags = BPF_F_TEST_XDP_LIVE_FRAMES, .batch_size = 64);

	if (bpf_prog_test_run_opts(program, &o))
		err(111, "sending");
	return o.duration;
}

static int compare(const void *a, const void *b)
{
	uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;

	return (x > y) - (x < y);
}

int main(int argc, char **argv)
{
	struct xgen x = {.first = 1};
	struct frame f = {.len = 0};
	int program, packets, rounds, i;
	uint64_t before = 0;
	uint32_t *ns;
	cpu_set_t one;

	if (argc != 9)
		return 100;
	CPU_ZERO(&one);
	CPU_SET(sched_getcpu(), &one);
	sched_setaffinity(0, sizeof(one), &one);
	x.count = (uint32_t)atoi(argv[3]);
	rounds = atoi(argv[4]);
	packets = atoi(argv[5]);
	x.ifindex = if_nametoindex(argv[6]);
	build(&f, &x, argv[2], argv[7]);
	program = load(argv[1], &x);
	ns = rounds < 1 ? NULL : calloc((size_t)rounds, sizeof(*ns));
	if (!ns)
		return 100;
	for (i = -WARM; i < rounds; i++) {
		if (!i)
			before = received(argv[8]);
		ns[i < 0 ? 0 : i] = run(program, &f, packets);
	}
	before = received(argv[8]) - before;
	qsort(ns, (size_t)rounds, sizeof(*ns), compare);
	printf("%u\t%u\t%u\t%.4f\n", ns[rounds / 2], ns[0], ns[rounds - 1],
	       (double)before / ((double)rounds * packets));
	free(ns);
	return 0;
}
