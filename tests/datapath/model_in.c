/* SPDX-License-Identifier: MIT */
/* model_in.c - what the filter has to do with a frame from the uplink */
#include <linux/bpf.h>
#include <string.h>

#include "datapath/bpf/maps.h" /* the names of the counters */
#include "tests/datapath/model.h"

#define NO_REASON TSP_COUNTERS_END

/** struct view - where things are in the frame */
struct view {
	const uint8_t *frame, *ip, *six;
	size_t end;  /* bytes of the frame */
	size_t room; /* bytes at six, by the outer lengths */
	bool udp, fragment;
	uint16_t source, port;
};

/** left() - bytes from @at to the end of the frame */
static size_t left(const struct view *v, const uint8_t *at)
{
	return v->end - (size_t)(at - v->frame);
}

static bool is_blocked(const struct model *m, const uint8_t *ip)
{
	return m->blocked_mask &&
	       (model_number4(ip + 12) & m->blocked_mask) == m->blocked;
}

static bool ipv4_sum_wrong(const uint8_t *ip)
{
	uint32_t sum = 0;

	for (int i = 0; i < 20; i += 2)
		sum += model_number(ip + i);
	while (sum > 0xffff)
		sum = (sum >> 16) + (sum & 0xffff);
	return sum != 0xffff;
}

/** outer_reason() - epoch and block list apart: options, checksum, fragments, lengths */
static uint32_t outer_reason(struct view *v)
{
	unsigned total = model_number(v->ip + 2), field = model_number(v->ip + 6), inside;

	if (v->ip[0] != 0x45)
		return TSP_COUNT_OPTIONS;
	if (ipv4_sum_wrong(v->ip))
		return TSP_COUNT_MALFORMED;
	v->fragment = field & 0x3fff;
	if (v->fragment && v->udp)
		return TSP_COUNT_FRAGMENT;
	if (field & 0x1fff)
		return (field & 0x1fff) < 5 ? TSP_COUNT_FRAGMENT
					    : TSP_COUNT_FRAGMENT_PASSED;
	if (v->udp && !v->source)
		return TSP_COUNT_PORT_ZERO;
	if (total > left(v, v->ip) || total < 20)
		return TSP_COUNT_MALFORMED;
	v->room = total - 20;
	if (v->udp) {
		inside = model_number(v->ip + 24);
		if (inside < 8 || inside > v->room)
			return TSP_COUNT_MALFORMED;
		v->room = inside - 8;
	}
	if (v->room < 40)
		return v->fragment ? TSP_COUNT_FRAGMENT : TSP_COUNT_MALFORMED;
	if (v->six[0] >> 4 != 6)
		return TSP_COUNT_MALFORMED;
	inside = 40u + model_number(v->six + 4);
	if (!v->fragment) {
		if (inside > v->room)
			return TSP_COUNT_MALFORMED;
		v->room = inside;
	}
	return NO_REASON;
}

/** foreign_reason() - the source is in no pool */
static uint32_t foreign_reason(const struct model *m, const struct view *v)
{
	const uint8_t *source = v->six + 8;
	uint32_t why = model_special(source);

	if (why == NO_REASON && source[0] == 0x20 && source[1] == 2 &&
	    memcmp(source + 2, v->ip + 12, 4) != 0)
		return TSP_COUNT_SIX_TO_FOUR;
	if (why == NO_REASON)
		why = TSP_COUNT_FOREIGN;
	if ((why == TSP_COUNT_FOREIGN || why == TSP_COUNT_LINK_LOCAL) && m->others &&
	    !v->udp)
		return TSP_COUNT_FOREIGN_PASSED;
	return why;
}

/** own_anonymous() - the source is what an anonymous client at this endpoint gets */
static bool own_anonymous(const struct model *m, const struct view *v)
{
	static const uint8_t end[2] = {0, 3};
	const uint8_t *source = v->six + 8;

	return model_has(&m->pools[2], source) && !memcmp(source + 8, v->ip + 12, 4) &&
	       !memcmp(source + 12, v->ip + 20, 2) && !memcmp(source + 14, end, 2);
}

/** source_reason() - whose source is it; @t: its tunnel */
static uint32_t source_reason(struct model *m, const struct view *v,
			      struct model_tunnel **t)
{
	const uint8_t *source = v->six + 8;

	if (!model_pools_have(m, source))
		return foreign_reason(m, v);
	*t = model_owner(m, source);
	if (!*t && v->udp && own_anonymous(m, v)) /* nobody holds the second port */
		return v->port == m->ports[0] ? TSP_COUNT_UNCLAIMED : TSP_COUNT_UNHEARD;
	if (!*t || (*t)->ipv4 != model_number4(v->ip + 12))
		return TSP_COUNT_SPOOFED;
	if ((*t)->port != (v->udp ? v->source : 0))
		return TSP_COUNT_PROTOCOL;
	if ((*t)->server != model_number4(v->ip + 16) ||
	    (v->udp && (*t)->server_port != v->port))
		return TSP_COUNT_SERVER;
	if (memcmp((*t)->client, source, 16) != 0 && !model_has(&(*t)->delegated, source))
		return TSP_COUNT_UNDELEGATED;
	return NO_REASON;
}

/** upper_reason() - by the first header that is no extension, at @at */
static uint32_t upper_reason(const struct view *v, uint8_t protocol, size_t at)
{
	uint8_t type;

	if (protocol == 41)
		return TSP_COUNT_NESTED;
	if (protocol != 58)
		return NO_REASON;
	if (at >= v->room || at >= left(v, v->six))
		return TSP_COUNT_EXTENSIONS;
	type = v->six[at];
	return type >= 133 && type <= 137 ? TSP_COUNT_NEIGHBOUR : NO_REASON;
}

/** headers_reason() - at most 4 extension headers, then something harmless */
static uint32_t headers_reason(const struct view *v)
{
	uint8_t protocol = v->six[6];
	size_t at = 40;

	for (int seen = 0;
	     protocol == 0 || protocol == 43 || protocol == 44 || protocol == 60;
	     seen++) {
		const uint8_t *header = v->six + at;

		if (seen == 4 || at + 8 > v->room || at + 8 > left(v, v->six))
			return TSP_COUNT_EXTENSIONS;
		if (protocol == 44 && model_number(header + 2) & 0xfff8)
			return NO_REASON;
		at += protocol == 44 ? 8 : 8 + 8u * header[1];
		protocol = header[0];
	}
	return upper_reason(v, protocol, at);
}

/** congestion() - RFC 6040: the field after decapsulation; 4: drop */
static uint8_t congestion(uint8_t inner, uint8_t outer)
{
	if (outer == 3 && inner == 0)
		return 4;
	if (outer == 3)
		return 3;
	if (inner == 2 && outer == 1)
		return 1;
	return inner;
}

/** model_server_end() - tunnel whose server's end this is; @is: it would be one */
struct model_tunnel *model_server_end(struct model *m, const uint8_t to[16], bool *is)
{
	*is = model_has(&m->pools[0], to) && !(to[15] & 1);
	if (model_has(&m->pools[2], to)) /* a /64: IPv4, port, 2 */
		*is = to[14] == 0 && to[15] == 2;
	for (unsigned i = 0; *is && i < m->count; i++)
		if (!memcmp(m->tunnels[i].server_end, to, 16))
			return &m->tunnels[i];
	return NULL;
}

/** model_answer() - turn the echo request in @six into its reply */
void model_answer(uint8_t *six)
{
	uint8_t source[16];
	uint32_t sum;

	memcpy(source, six + 8, 16);
	memcpy(six + 8, six + 24, 16);
	memcpy(six + 24, source, 16);
	six[7] = 64;
	/* RFC 1624: ~(~old + ~0x8000 + 0x8100) */
	sum = (uint16_t)~model_number(six + 42) + 0x7fffu + 0x8100u;
	while (sum > 0xffff)
		sum = (sum >> 16) + (sum & 0xffff);
	sum = ~sum;
	six[40] = 129;
	six[42] = (uint8_t)(sum >> 8);
	six[43] = (uint8_t)sum;
}

/** is_echo() - an ICMPv6 message of this type and code 0 */
static bool is_echo(const struct view *v, uint8_t type)
{
	return v->room >= 48 && left(v, v->six) >= 48 && v->six[6] == 58 &&
	       v->six[40] == type && !v->six[41];
}

/** keepalive_reason() - for a keepalive address; a request that is answered: NO_REASON */
static uint32_t keepalive_reason(const struct view *v, struct model_tunnel *from)
{
	if (memcmp(from->keepalive, v->six + 24, 16) != 0)
		return TSP_COUNT_SECRET;
	if (!is_echo(v, 128) && !is_echo(v, 129))
		return TSP_COUNT_SERVER_END;
	from->present = true;
	from->proofs++;
	return v->six[40] == 129 ? TSP_COUNT_PROVEN : NO_REASON;
}

/** open_tunnel() - the packet is good: make the frame that goes to the device */
static uint32_t open_tunnel(struct model *m, const struct view *v,
			    struct model_tunnel *from, uint8_t ecn,
			    struct model_result *out)
{
	bool keepalive = model_has(&m->keepalive, v->six + 24), is_end;
	struct model_tunnel *t = model_server_end(m, v->six + 24, &is_end);
	uint32_t why = keepalive ? keepalive_reason(v, from) : NO_REASON;
	uint8_t *six = out->frame + 14;

	if (why != NO_REASON)
		return why;
	if (keepalive)
		t = from;
	if (is_end && !t)
		return TSP_COUNT_ABSENT;
	if (is_end && !keepalive && !is_echo(v, 128))
		return TSP_COUNT_SERVER_END;
	memcpy(out->frame, m->mac, 6);
	memcpy(out->frame + 6, m->mac, 6);
	memcpy(out->frame + 12, "\x86\xdd", 2);
	out->len = 14 + left(v, v->six);
	memcpy(six, v->six, left(v, v->six));
	six[1] = (uint8_t)((six[1] & 0xcf) | ecn << 4);
	if (is_end || keepalive)
		model_answer(six);
	out->verdict = XDP_REDIRECT;
	if (keepalive)
		return TSP_COUNT_PROVEN;
	return is_end ? TSP_COUNT_ECHO_REPLIED : NO_REASON;
}

/** tunnel() - all checks of a packet of a tunnel */
static uint32_t tunnel(struct model *m, struct view *v, struct model_result *out)
{
	struct model_tunnel *t = NULL;
	uint32_t why;
	uint8_t ecn;

	if (is_blocked(m, v->ip))
		return TSP_COUNT_BLOCKED;
	why = outer_reason(v);
	if (why == NO_REASON)
		why = source_reason(m, v, &t);
	if (why == NO_REASON)
		why = model_special(v->six + 24);
	if (why == NO_REASON)
		why = headers_reason(v);
	if (why != NO_REASON)
		return why;
	if (v->fragment)
		return TSP_COUNT_FRAGMENT_PASSED;
	ecn = congestion(v->six[1] >> 4 & 3, v->ip[1] & 3);
	if (ecn == 4)
		return TSP_COUNT_CONGESTION;
	t->packets++;
	t->bytes += v->room;
	return open_tunnel(m, v, t, ecn, out);
}

/** is_tunnel() - 1: a tunnel's packet; 0: not; -1: UDP of a blocked address */
static int is_tunnel(const struct model *m, struct view *v)
{
	size_t header = (v->ip[0] & 15u) * 4;
	const uint8_t *udp = v->ip + header;

	v->six = udp;
	if (v->ip[9] == 41)
		return 1;
	if (v->ip[9] != 17 || model_number(v->ip + 6) & 0x1fff ||
	    left(v, v->ip) < header + 8)
		return 0;
	v->udp = true;
	v->source = model_number(udp);
	v->port = model_number(udp + 2);
	v->six = udp + 8;
	if (v->port != m->ports[0] && v->port != m->ports[1])
		return 0;
	if (is_blocked(m, v->ip))
		return -1;
	return left(v, v->six) >= 1 && v->six[0] >> 4 == 6;
}

/** ipv4() - an IPv4 packet */
static void ipv4(struct model *m, struct view *v, struct model_result *out)
{
	uint32_t to, why;
	int kind;

	if (left(v, v->ip) < 20 || v->ip[0] >> 4 != 4 || (v->ip[0] & 15) < 5)
		return;
	to = model_number4(v->ip + 16);
	if (to != m->servers[0] && to != m->servers[1])
		return;
	if (v->ip[9] == 1 && v->ip[0] == 0x45 && !(model_number(v->ip + 6) & 0x3fff)) {
		model_error(m, v->ip, left(v, v->ip), out);
		return;
	}
	kind = is_tunnel(m, v);
	if (!kind)
		return;
	why = kind < 0 ? TSP_COUNT_BLOCKED : tunnel(m, v, out);
	out->counter = why;
	if (out->verdict != XDP_REDIRECT && why != TSP_COUNT_FRAGMENT_PASSED &&
	    why != TSP_COUNT_FOREIGN_PASSED && why != TSP_COUNT_UNCLAIMED)
		out->verdict = XDP_DROP;
}

/**
 * model_in() - a frame from the uplink
 * @m:		Server; traffic and path MTU are kept in it
 * @frame:	Frame
 * @len:	Its length, at least 14
 * @out:	Result
 */
void model_in(struct model *m, const uint8_t *frame, size_t len, struct model_result *out)
{
	struct view v = {.frame = frame, .end = len, .ip = frame + 14};
	uint16_t type = model_number(frame + 12);

	out->verdict = XDP_PASS;
	out->counter = out->second = NO_REASON;
	out->random_id = false;
	out->len = len;
	memcpy(out->frame, frame, len);
	if (type == 0x8100 || type == 0x88a8) {
		if (len < 18)
			return;
		type = model_number(frame + 16);
		v.ip += 4;
	}
	if (type == 0x0800)
		ipv4(m, &v, out);
	if (type == 0x86dd && left(&v, v.ip) >= 40 && model_pools_have(m, v.ip + 8)) {
		out->verdict = XDP_DROP;
		out->counter = TSP_COUNT_NATIVE;
	}
}
