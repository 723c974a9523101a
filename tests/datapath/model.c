/* SPDX-License-Identifier: MIT */
/* model.c - what the filter has to do: addresses, and reports about path MTU */
#include "tests/datapath/model.h"

#include <linux/bpf.h>
#include <string.h>

#include "datapath/bpf/maps.h" /* the names of the counters */

/** model_number() - 16 bits in network byte order */
uint16_t model_number(const uint8_t *at)
{
	return (uint16_t)(at[0] << 8 | at[1]);
}

/** model_number4() - 32 bits in network byte order */
uint32_t model_number4(const uint8_t *at)
{
	return (uint32_t)model_number(at) << 16 | model_number(at + 2);
}

/** model_has() - bit by bit */
bool model_has(const struct model_prefix *p, const uint8_t address[16])
{
	if (!p->len)
		return false;
	for (unsigned bit = 0; bit < p->len; bit++)
		if ((p->address[bit / 8] ^ address[bit / 8]) & 128 >> bit % 8)
			return false;
	return true;
}

/** model_pools_have() - the address is in a pool */
bool model_pools_have(const struct model *m, const uint8_t address[16])
{
	return model_has(&m->pools[0], address) || model_has(&m->pools[1], address) ||
	       model_has(&m->pools[2], address);
}

/** model_owner() - tunnel that has this client's address, or the share with it */
struct model_tunnel *model_owner(struct model *m, const uint8_t address[16])
{
	for (unsigned i = 0; i < m->count; i++) {
		struct model_tunnel *t = &m->tunnels[i];

		if (!memcmp(t->client, address, 16) || model_has(&t->share, address))
			return t;
	}
	return NULL;
}

/** model_special() - why this address cannot be inside; TSP_COUNTERS_END: it can */
uint32_t model_special(const uint8_t address[16])
{
	static const struct model_prefix link_local = {{0xfe, 0x80}, 10},
					 mapped = {{[10] = 0xff, 0xff}, 96},
					 compatible = {{0}, 96};

	if (address[0] == 0xff)
		return TSP_COUNT_MULTICAST;
	if (model_has(&link_local, address))
		return TSP_COUNT_LINK_LOCAL;
	if (model_has(&mapped, address))
		return TSP_COUNT_MAPPED;
	if (model_has(&compatible, address))
		return TSP_COUNT_COMPATIBLE;
	return TSP_COUNTERS_END;
}

static uint64_t rotate(uint64_t x, int n)
{
	return x << n | x >> (64 - n);
}

/** sip_rounds() - @n rounds of SipHash on @v */
static void sip_rounds(uint64_t v[4], int n)
{
	while (n--) {
		v[0] += v[1];
		v[1] = rotate(v[1], 13);
		v[1] ^= v[0];
		v[0] = rotate(v[0], 32);
		v[2] += v[3];
		v[3] = rotate(v[3], 16);
		v[3] ^= v[2];
		v[0] += v[3];
		v[3] = rotate(v[3], 21);
		v[3] ^= v[0];
		v[2] += v[1];
		v[1] = rotate(v[1], 17);
		v[1] ^= v[2];
		v[2] = rotate(v[2], 32);
	}
}

/** model_id() - identification of packets to a tunnel in this minute */
uint16_t model_id(const struct model *m, const struct model_tunnel *t, uint64_t minute)
{
	static const char text[] = "somepseudorandomlygeneratedbytes";
	uint64_t v[4], block = (uint64_t)t->ipv4 << 32 | (uint32_t)t->port << 16 |
			       (minute & 0xffff);

	for (int i = 0; i < 4; i++) {
		v[i] = m->key[i % 2];
		for (int j = 0; j < 8; j++)
			v[i] ^= (uint64_t)text[8 * i + j] << (56 - 8 * j);
	}
	v[3] ^= block;
	sip_rounds(v, 1);
	v[0] ^= block;
	v[2] ^= 0xff;
	sip_rounds(v, 3);
	return (uint16_t)(v[0] ^ v[1] ^ v[2] ^ v[3]);
}

/** sent_to() - the quoted header may be of a packet that we sent to this tunnel */
static bool sent_to(const struct model *m, const struct model_tunnel *t,
		    const uint8_t *quoted)
{
	uint16_t id = model_number(quoted + 4);

	if (!t || t->port || model_number4(quoted + 16) != t->ipv4 ||
	    model_number4(quoted + 12) != t->server || !(quoted[6] & 0x40))
		return false;
	for (int ago = 0; ago < 2; ago++)
		for (unsigned part = 0; part < 64; part++)
			if (id ==
			    (uint16_t)(model_id(m, t, m->minute - (unsigned)ago) + part))
				return true;
	return false;
}

/** anonymous_at() - the anonymous client with protocol 41 at this address */
static struct model_tunnel *anonymous_at(struct model *m, uint32_t ipv4)
{
	for (unsigned i = 0; i < m->count; i++) {
		struct model_tunnel *t = &m->tunnels[i];

		if (model_has(&m->pools[2], t->client) && t->ipv4 == ipv4 && !t->port)
			return t;
	}
	return NULL;
}

/**
 * model_error() - an ICMPv4 message to one of our addresses
 * @m:		Server
 * @ip:		IPv4 header of 20 bytes
 * @left:	Bytes from it to the end of the frame
 * @out:	Result; it says "pass" already
 */
void model_error(struct model *m, const uint8_t *ip, size_t left,
		 struct model_result *out)
{
	const uint8_t *icmp = ip + 20, *quoted = icmp + 8, *six = quoted + 20;
	struct model_tunnel *t;
	unsigned mtu, now;
	bool whole; /* the inner header is quoted */

	if (left < 20 + 8 + 20 || icmp[0] != 3 || icmp[1] != 4)
		return;
	if (quoted[0] != 0x45 || quoted[9] != 41 || memcmp(quoted + 12, ip + 16, 4) != 0)
		return;
	whole = left >= 20 + 8 + 20 + 40;
	t = whole ? model_owner(m, six + 24)
		  : anonymous_at(m, model_number4(quoted + 16));
	if (!whole && !t)
		out->counter = TSP_COUNT_PATH_SHORT;
	if (whole ? !model_pools_have(m, six + 24) : !t)
		return;
	out->verdict = XDP_DROP;
	out->counter = TSP_COUNT_PATH_REFUSED;
	mtu = model_number(icmp + 6);
	if (mtu < 68)
		mtu = 68;
	if (!sent_to(m, t, quoted) || mtu >= model_number(quoted + 2))
		return;
	now = t->path ? t->path : 1500;
	if (mtu > now)
		return;
	t->path = mtu;
	out->counter = TSP_COUNT_PATH_LOWERED;
}
