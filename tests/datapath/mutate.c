/* SPDX-License-Identifier: MIT */
/* mutate.c - random frames: sound ones of known tunnels, and what becomes of them
 *
 * Random bytes would hardly get past the first check. So most frames begin as a packet
 * that passes all checks; then a few things that the checks are about are changed.
 */
#include "tests/datapath/mutate.h"

#include <arpa/inet.h>
#include <string.h>

#include "tests/datapath/frames.h"

#define IPV4 14

/** chance_below() - 0 to @n - 1 */
uint32_t chance_below(struct chance *c, uint32_t n)
{
	c->state ^= c->state >> 12;
	c->state ^= c->state << 25;
	c->state ^= c->state >> 27;
	return (uint32_t)((c->state * 0x2545f4914f6cdd1dull >> 32) * (uint64_t)n >> 32);
}

static bool one_in(struct chance *c, uint32_t n)
{
	return chance_below(c, n) == 0;
}

static struct six six_load(const uint8_t *at)
{
	struct six a = {0, 0};

	for (int i = 0; i < 8; i++) {
		a.high = a.high << 8 | at[i];
		a.low = a.low << 8 | at[8 + i];
	}
	return a;
}

/** some_tunnel() - one of the model's */
static const struct model_tunnel *some_tunnel(struct chance *c, const struct model *m)
{
	return &m->tunnels[chance_below(c, m->count)];
}

/** some_address() - of any kind that the filter tells apart */
static struct six some_address(struct chance *c, const struct model *m)
{
	static const struct six special[] = {
		{0xff02ull << 48, 1},    {0xfe80ull << 48, 1},
		{0, 0xffff01020304},     {0, 0},
		{0, 0x01020304},         {0x2002c63364070000, 1},
		{0, 1ull << 32},         {0x2002000000000000, 1},
		{0x20010db800070000, 1}, {RUN_LINK, 1},
		{RUN_LINK, 0},           {RUN_PREFIX, 1},
		{RUN_ANONYMOUS, 3},      {RUN_LINK, ~0ull},
		{RUN_LINK, RUN_SECRET},  {RUN_PREFIX | 0xfffffff, 1},
		{RUN_LINK ^ 1, 1},       {RUN_PREFIX ^ (1ull << 28), 1},
		{RUN_ANONYMOUS ^ 1, 3},
	};
	const struct model_tunnel *t = some_tunnel(c, m);
	struct six a;

	switch (chance_below(c, 6)) {
	case 0:
		return six_load(one_in(c, 3) ? t->keepalive : t->server_end);
	case 1:
	case 2:
		return six_load(t->client);
	case 3:
		a = special[chance_below(c, sizeof(special) / sizeof(special[0]))];
		if (one_in(c, 4))
			a.low ^= 1ull << chance_below(c, 64);
		return a;
	case 4:
		a = six_load(t->share.len ? t->share.address : t->client);
		a.high |= chance_below(c, 256);
		a.low = chance_below(c, 9);
		return a;
	default:
		return (struct six){0x20010db800060000, chance_below(c, 100)};
	}
}

/** some_payload() - after the IPv6 header; return: its next header */
static uint8_t some_payload(struct chance *c, uint8_t *at, size_t size)
{
	static const uint8_t next[] = {17, 6, 58, 41, 0, 43, 44, 60, 59, 4, 58, 58};
	static const uint8_t types[] = {128, 129, 133, 134, 135, 136,
					137, 1,   2,   132, 138, 128};
	uint8_t first = next[chance_below(c, sizeof(next))], protocol = first;

	for (size_t i = 0; i < size; i++)
		at[i] = (uint8_t)chance_below(c, 256);
	while (protocol != 58 && (protocol == 0 || (protocol > 42 && protocol < 61)) &&
	       size > 8) {
		protocol = at[0] = next[chance_below(c, sizeof(next))];
		at[1] = one_in(c, 3) ? (uint8_t)chance_below(c, 4) : 0;
		at[2] = 0;
		at[3] = one_in(c, 3) ? (uint8_t)chance_below(c, 256) : 0;
		size -= 8;
		at += 8;
	}
	if (protocol == 58 && size > 1) {
		at[0] = types[chance_below(c, sizeof(types))];
		at[1] = one_in(c, 4);
	}
	return first;
}

/** some_inside() - a packet from the tunnel @t, mostly good */
static struct inside some_inside(struct chance *c, const struct model *m,
				 const struct model_tunnel *t, uint8_t *payload)
{
	struct inside in = {.from = six_load(t->client), .to = {0x20010db800060000, 2}};

	if (one_in(c, 3)) {
		in.size = (uint16_t)(1 + chance_below(c, one_in(c, 8) ? 1500 : 100));
		in.next = some_payload(c, payload, in.size);
		in.hop_by_hop = !in.next;
		in.payload = payload;
		in.payload_given = in.size;
	}
	if (t->delegated.len && one_in(c, 3))
		in.from = six_load(t->delegated.address);
	if (one_in(c, 4))
		in.from = some_address(c, m);
	if (one_in(c, 4))
		in.to = some_address(c, m);
	in.ecn = (uint8_t)chance_below(c, 4);
	if (one_in(c, 16))
		in.payload_len = (uint16_t)(1 + chance_below(c, 70));
	return in;
}

/** some_outside() - as this tunnel's client sends, with a few changes */
static struct outside some_outside(struct chance *c, const struct model *m,
				   const struct model_tunnel *t)
{
	static const uint16_t fragments[] = {0x2000, 1,   0x2001, 4,     5,
					     0x2005, 185, 0x4000, 0x8000};
	struct outside out = {.from = t->ipv4,
			      .to = t->server,
			      .from_port = t->port,
			      .to_port = t->server_port};

	out.ecn = one_in(c, 3) ? (uint8_t)chance_below(c, 256) : 0;
	if (one_in(c, 12))
		out.from = one_in(c, 2) ? some_tunnel(c, m)->ipv4
					: chance_below(c, UINT32_MAX);
	if (one_in(c, 24))
		out.to = m->servers[chance_below(c, 2)];
	if (one_in(c, 16))
		out.from_port = (uint16_t)(t->port ? chance_below(c, 2) : 4000);
	out.udp = out.from_port || (t->port && one_in(c, 2));
	if (one_in(c, 24))
		out.to_port = m->ports[chance_below(c, 2)];
	if (one_in(c, 10))
		out.fragment = fragments[chance_below(c, sizeof(fragments) / 2)];
	if (one_in(c, 16))
		out.total = (uint16_t)chance_below(c, 140);
	if (one_in(c, 24))
		out.udp_len = (uint16_t)chance_below(c, 140);
	if (one_in(c, 24))
		out.ihl = (uint8_t)(5 + chance_below(c, 11));
	if (one_in(c, 6))
		out.vlan = one_in(c, 2) ? 0x8100 : 0x88a8;
	out.bad_checksum = one_in(c, 32);
	if (one_in(c, 48))
		out.protocol = (uint8_t)chance_below(c, 60);
	return out;
}

/** report() - ICMPv4 about a packet to @t, as a router makes it, or not quite */
static size_t report(struct chance *c, const struct model *m,
		     const struct model_tunnel *t, uint8_t *frame)
{
	struct outside out = {.protocol = 1, .to = t->server, .from = 0x01020304};
	struct outside quoted = {.from = t->server, .to = t->ipv4, .fragment = 0x4000};
	struct inside in = {
		.from = {0x20010db800060000, 2}, .to = six_load(t->client), .size = 8};
	uint8_t packet[MODEL_FRAME], icmp[MODEL_FRAME] = {3, 4};
	uint16_t mtu = htons((uint16_t)(one_in(c, 4) ? chance_below(c, 2000)
						     : 1200 + chance_below(c, 300)));
	uint16_t id = htons((uint16_t)(model_id(m, t, m->minute - chance_below(c, 3)) +
				       (one_in(c, 4) ? chance_below(c, 70) : 0)));
	size_t len;

	if (one_in(c, 6))
		in.to = some_address(c, m);
	quoted.total = (uint16_t)(one_in(c, 4) ? 1 + chance_below(c, 1500) : 1500);
	len = frame_tunnel(packet, &quoted, &in) - IPV4;
	memcpy(packet + IPV4 + 4, &id, 2);
	memcpy(icmp + 6, &mtu, 2);
	memcpy(icmp + 8, packet + IPV4, len);
	if (one_in(c, 4))
		icmp[8 + chance_below(c, 60)] ^= (uint8_t)(1u << chance_below(c, 8));
	if (one_in(c, 12))
		icmp[chance_below(c, 2)]++;
	if (one_in(c, 8))
		len = chance_below(c, (uint32_t)len);
	return frame_ipv4(frame, &out, icmp, 8 + len);
}

/** flip() - a few bits, and mostly the checksum made right again */
static void flip(struct chance *c, uint8_t *frame, size_t len)
{
	size_t most = one_in(c, 2) ? 62 : len;
	uint16_t sum = 0;

	for (uint32_t n = 1 + chance_below(c, 3); n; n--) {
		size_t at = chance_below(c, (uint32_t)(most < len ? most : len));

		frame[at] ^= (uint8_t)(one_in(c, 2) ? 1u << chance_below(c, 8)
						    : chance_below(c, 256));
	}
	if (len < IPV4 + 20 || one_in(c, 8))
		return;
	memcpy(frame + IPV4 + 10, &sum, 2);
	sum = htons(frame_sum(frame + IPV4, 20, 0));
	memcpy(frame + IPV4 + 10, &sum, 2);
}

/** some_ping() - to the keepalive address of @t, or a reply to one */
static void some_ping(struct chance *c, const struct model_tunnel *t, uint8_t *payload,
		      struct inside *in)
{
	in->to = six_load(t->keepalive);
	in->next = 58;
	in->hop_by_hop = false;
	payload[0] = (uint8_t)(128 + chance_below(c, 2));
	payload[1] = one_in(c, 8);
	in->payload = payload;
	in->payload_given = in->size = (uint16_t)(1 + chance_below(c, 40));
}

/**
 * mutate_in() - a frame from the uplink
 * @c:		Random numbers
 * @m:		Tunnels
 * @frame:	Result
 *
 * Return: its length, at least 14
 */
size_t mutate_in(struct chance *c, const struct model *m, uint8_t frame[MODEL_FRAME])
{
	const struct model_tunnel *t = some_tunnel(c, m);
	uint8_t payload[MODEL_FRAME] = {0};
	struct outside out = some_outside(c, m, t);
	struct inside in = some_inside(c, m, t, payload);
	size_t len;

	if (one_in(c, 32))
		in.from = six_anon(out.from, out.from_port, 3 - one_in(c, 4));
	if (one_in(c, 48))
		some_ping(c, t, payload, &in);
	switch (chance_below(c, 16)) {
	case 0:
		len = frame_native(frame, &in);
		break;
	case 1:
	case 2:
		len = report(c, m, t, frame);
		break;
	case 3:
		payload[0] = (uint8_t)chance_below(c, 256);
		len = frame_ipv4(frame, &out, payload, chance_below(c, 90));
		break;
	default:
		len = frame_tunnel(frame, &out, &in);
	}
	if (one_in(c, 8))
		flip(c, frame, len);
	if (one_in(c, 16))
		len = chance_below(c, (uint32_t)len);
	if (one_in(c, 32))
		len += chance_below(c, 9);
	return len < 14 ? 14 : len;
}

/** mutate_out() - a frame that leaves the device; return: its length */
size_t mutate_out(struct chance *c, const struct model *m, uint8_t frame[MODEL_FRAME])
{
	static const uint16_t limits[] = {1180, 1172, 1280, 1380, 1480};
	const struct model_tunnel *t = some_tunnel(c, m);
	uint8_t payload[MODEL_FRAME] = {0};
	struct inside in = some_inside(c, m, t, payload);
	struct six to = in.from; /* the client's, mostly */
	size_t len;

	in.from = in.to;
	in.to = to;
	if (one_in(c, 3)) {
		in.size = (uint16_t)(limits[chance_below(c, 5)] - 40 +
				     chance_below(c, 3) - 1);
		in.payload = NULL;
	}
	len = frame_native(frame, &in);
	if (one_in(c, 8))
		flip(c, frame, len);
	if (one_in(c, 16))
		len = chance_below(c, (uint32_t)len);
	return len < 54 ? 54 : len; /* BPF_PROG_RUN refuses shorter ones */
}
