/* SPDX-License-Identifier: MIT */
/* frames.c - frames for tests of the data path: valid packets but for what a test changes */
#include "tests/datapath/frames.h"

#include <arpa/inet.h>
#include <net/ethernet.h>
#include <netinet/icmp6.h>
#include <netinet/ip.h>
#include <netinet/ip6.h>
#include <netinet/udp.h>
#include <string.h>

static const struct six elsewhere = {0x20010db800060000, 2};

/** six_link() - address of lease @n in the link pool; @end 0: server's, 1: client's */
struct six six_link(uint32_t n, int end)
{
	return (struct six){RUN_LINK, (uint64_t)n << 1 | (unsigned)end};
}

/** six_prefix() - address in the delegated prefix of lease @n
 * @rest:	Bits that the client chooses in the first half
 */
struct six six_prefix(uint32_t n, uint64_t rest, uint64_t low)
{
	return (struct six){RUN_PREFIX | (uint64_t)n << (64 - RUN_DELEGATE) | rest, low};
}

/** six_anon() - address of an anonymous client; @end 2: server's, 3: client's */
struct six six_anon(uint32_t ipv4, uint16_t port, int end)
{
	return (struct six){RUN_ANONYMOUS,
			    (uint64_t)ipv4 << 32 | (uint64_t)port << 16 | (unsigned)end};
}

/** six_store() - in network byte order */
static void six_store(void *at, struct six a)
{
	uint64_t halves[2] = {htobe64(a.high), htobe64(a.low)};

	memcpy(at, halves, sizeof(halves));
}

/** frame_sum() - Internet checksum (RFC 1071) of @len bytes, continued from @sum */
uint16_t frame_sum(const void *data, size_t len, uint32_t sum)
{
	const uint8_t *p = data;

	for (size_t i = 0; i + 1 < len; i += 2)
		sum += (uint32_t)p[i] << 8 | p[i + 1];
	if (len & 1)
		sum += (uint32_t)p[len - 1] << 8;
	while (sum >> 16)
		sum = (sum & 0xffff) + (sum >> 16);
	return (uint16_t)~sum;
}

/** ethernet() - header, and a tag if there is one; return: its length */
static size_t ethernet(uint8_t *frame, uint16_t type, uint16_t vlan)
{
	static const uint8_t macs[12] = {2, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 2};
	uint16_t tag[3] = {htons(vlan), htons(5), htons(type)};

	memcpy(frame, macs, sizeof(macs));
	if (vlan) {
		memcpy(frame + 12, tag, 6);
		return 18;
	}
	memcpy(frame + 12, &tag[2], 2);
	return 14;
}

/** inside_put() - the IPv6 packet; return: its length */
static size_t inside_put(uint8_t *at, const struct inside *in)
{
	uint16_t size = in->size ? in->size : in->payload ? in->payload_given : 16;
	struct ip6_hdr six = {0};

	six.ip6_flow = htonl(6u << 28 | (uint32_t)in->ecn << 20);
	six.ip6_plen = htons(in->payload_len ? in->payload_len : size);
	six.ip6_nxt = in->hop_by_hop ? 0 : in->next ? in->next : IPPROTO_UDP;
	six.ip6_hlim = in->hop_limit ? in->hop_limit : 64;
	six_store(&six.ip6_src, in->from);
	six_store(&six.ip6_dst, in->to.high || in->to.low ? in->to : elsewhere);
	memcpy(at, &six, sizeof(six));
	memset(at + sizeof(six), 0, size);
	if (in->payload)
		memcpy(at + sizeof(six), in->payload, in->payload_given);
	return sizeof(six) + size;
}

/** frame_native() - an IPv6 packet in Ethernet; return: its length */
size_t frame_native(uint8_t *frame, const struct inside *in)
{
	size_t at = ethernet(frame, ETHERTYPE_IPV6, 0);

	return at + inside_put(frame + at, in);
}

/** ipv4_put() - header before @len bytes; return: its length */
static size_t ipv4_put(uint8_t *at, const struct outside *out, size_t len)
{
	size_t size = out->ihl ? out->ihl * 4u : 20u;
	bool udp = out->udp || out->from_port;
	struct ip ip = {
		.ip_v = 4, .ip_hl = size / 4 & 15, .ip_ttl = 64, .ip_tos = out->ecn};
	uint16_t sum;

	memset(at, 1, size < 20 ? 20 : size);
	ip.ip_p = out->protocol ? out->protocol : udp ? IPPROTO_UDP : IPPROTO_IPV6;
	ip.ip_len = htons(out->total ? out->total : (uint16_t)(size + len));
	ip.ip_off = htons(out->fragment);
	ip.ip_src.s_addr = htonl(out->from ? out->from : FRAME_CLIENT);
	ip.ip_dst.s_addr = htonl(out->to ? out->to : RUN_SERVER);
	memcpy(at, &ip, sizeof(ip));
	sum = htons((uint16_t)(frame_sum(at, size, 0) ^ (out->bad_checksum ? 1 : 0)));
	memcpy(at + 10, &sum, 2);
	return size;
}

/** frame_ipv4() - @len bytes of @payload in IPv4, in UDP if there is a port */
size_t frame_ipv4(uint8_t *frame, const struct outside *out, const void *payload,
		  size_t len)
{
	bool udp = out->udp || out->from_port;
	size_t at = ethernet(frame, ETHERTYPE_IP, out->vlan);
	struct udphdr header = {.source = htons(out->from_port),
				.dest = htons(out->to_port ? out->to_port : RUN_PORT),
				.len = htons(out->udp_len
						     ? out->udp_len
						     : (uint16_t)(sizeof(header) + len))};

	at += ipv4_put(frame + at, out, len + (udp ? sizeof(header) : 0));
	if (udp) {
		memcpy(frame + at, &header, sizeof(header));
		at += sizeof(header);
	}
	memcpy(frame + at, payload, len);
	return at + len;
}

/** frame_tunnel() - an IPv6 packet in IPv4, as a client sends it; return: its length */
size_t frame_tunnel(uint8_t *frame, const struct outside *out, const struct inside *in)
{
	uint8_t packet[FRAME_MAX];

	size_t len = inside_put(packet, in);

	return frame_ipv4(frame, out, packet, len);
}

/** frame_echo() - ICMPv6 echo request or reply with 8 bytes; return: its length */
size_t frame_echo(uint8_t *payload, uint8_t type, struct six from, struct six to)
{
	struct icmp6_hdr icmp = {.icmp6_type = type};
	uint8_t pseudo[40] = {0}, *at = payload;
	uint16_t sum;

	memcpy(at, &icmp, 8);
	memcpy(at + 8, "12345678", 8);
	six_store(pseudo, from);
	six_store(pseudo + 16, to);
	pseudo[35] = 16;
	pseudo[39] = IPPROTO_ICMPV6;
	sum = frame_sum(payload, 16, (uint16_t)~frame_sum(pseudo, sizeof(pseudo), 0));
	sum = htons(sum);
	memcpy(payload + 2, &sum, 2);
	return 16;
}
